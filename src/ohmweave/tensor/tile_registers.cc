// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/tile_registers.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ohmweave::tensor {

bool may_use_amx() {
#if defined(__x86_64__) && defined(SYS_arch_prctl)
  constexpr unsigned kTilesOfBytes = 1U << 24 | 1U << 25;
  constexpr int kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  unsigned a, b, c, d;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kTilesOfBytes) != kTilesOfBytes) return false;
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace ohmweave::tensor
