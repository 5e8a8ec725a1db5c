// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ohmweave::base {

#if defined(__x86_64__)
template <class Body>
[[gnu::target("avx2"), gnu::flatten]] void with_avx2(Body body) {
  body();
}
template <class Body>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl"), gnu::flatten]] void with_avx512(Body body) {
  body();
}
#endif

/// Calls body(), a loop of plain arithmetic over arrays, which is compiled three times: for any processor of
/// its kind, and for the wider vectors that many and most have. All give the same bits: nothing is fused or
/// reordered.
template <class Body>
void with_wide_vectors(Body body) {
#if defined(__x86_64__)
  static const bool widest = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (widest) return with_avx512(body);
  static const bool wide = __builtin_cpu_supports("avx2");
  if (wide) return with_avx2(body);
#endif
  body();
}

}  // namespace ohmweave::base
