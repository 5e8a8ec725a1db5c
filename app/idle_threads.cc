// SPDX-License-Identifier: Apache-2.0
// Threads that wait for work sleep instead of spinning: between the layers of a small network, and on a machine
// that others use too, spinning costs more than waking up. OpenMP's runtime reads its settings when it is loaded,
// so this has to come before: the loader calls a program's .preinit_array first. Who sets it himself is left alone.
#include <cstdlib>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {
void let_idle_threads_sleep() { setenv("OMP_WAIT_POLICY", "passive", 0); }
__attribute__((section(".preinit_array"), used)) void (*const before_everything)() = let_idle_threads_sleep;
}  // namespace
#endif
