// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wires_lines.h"

#include <vector>

namespace ohmweave::array {

#if defined(__x86_64__)
namespace avx512 {
extern const LineKernel kernel;
}
namespace avx2 {
extern const LineKernel kernel;
}
#endif
namespace portable {
extern const LineKernel kernel;
}

std::span<const LineKernel* const> line_kernels() {
  static const std::vector<const LineKernel*> all = [] {
    std::vector<const LineKernel*> out;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) out.push_back(&avx512::kernel);
    if (__builtin_cpu_supports("avx2")) out.push_back(&avx2::kernel);
#endif
    out.push_back(&portable::kernel);
    return out;
  }();
  return all;
}

const LineKernel& line_kernel() { return *line_kernels().front(); }

}  // namespace ohmweave::array
