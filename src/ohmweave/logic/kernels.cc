// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/kernels.h"

#include <vector>

namespace ohmweave::logic {

namespace portable {
extern const LogicKernels kKernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const LogicKernels kKernels;
}
namespace avx512 {
extern const LogicKernels kKernels;
}
#endif

namespace {

std::vector<const LogicKernels*> usable() {
  std::vector<const LogicKernels*> all;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq"))
    all.push_back(&avx512::kKernels);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) all.push_back(&avx2::kKernels);
#endif
  all.push_back(&portable::kKernels);
  return all;
}

}  // namespace

std::span<const LogicKernels* const> logic_kernels() {
  static const std::vector<const LogicKernels*> all = usable();
  return all;
}

}  // namespace ohmweave::logic
