// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/column_kernels_target.h"
#include "ohmweave/array/tile_columns.h"

#if defined(__x86_64__)
#include <immintrin.h>

OHMWEAVE_BEGIN_TARGET("avx2,aes,popcnt")

namespace ohmweave::array {
#include "ohmweave/array/column_kernels_256.h"
#include "ohmweave/array/column_lists_256.h"
#include "ohmweave/array/column_wide_256.h"
namespace {

struct Ops : Words256 {
  using Register = __m256i;
  static constexpr const char* kName = "avx2";
  static constexpr int kRegisters = 2, kHalves = 1;

  static Register add8(Register a, Register b) { return _mm256_add_epi8(a, b); }
  static Register add_saturated8(Register a, Register b) { return _mm256_adds_epu8(a, b); }
  static Register min8(Register a, Register b) { return _mm256_min_epu8(a, b); }
  static Register even(Register a) { return _mm256_and_si256(a, _mm256_set1_epi16(255)); }
  static Register odd(Register a) { return _mm256_srli_epi16(a, 8); }
  static void part(const Register* line, Half* first, Half* second) { *first = line[0], *second = line[1]; }
};

}  // namespace
#include "ohmweave/array/column_kernels_body.h"
}  // namespace ohmweave::array

OHMWEAVE_END_TARGET

namespace ohmweave::array {
const ColumnKernels* column_kernels_avx2() {
  const bool has =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("popcnt");
  return has ? &kKernels : nullptr;
}
}  // namespace ohmweave::array
#else
namespace ohmweave::array {
const ColumnKernels* column_kernels_avx2() { return nullptr; }
}  // namespace ohmweave::array
#endif
