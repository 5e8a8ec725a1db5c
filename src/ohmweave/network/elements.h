// SPDX-License-Identifier: Apache-2.0
// Functions of one value, applied element by element.
#pragma once

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/wide_vectors.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {

template <class T, class R, class F>
void map_elements(const tensor::Tensor& in, tensor::Tensor& out, F f) {
  constexpr int64_t kBlock = 1 << 14;
  const T* from = in.data<T>().data();
  R* to = out.mutable_data<R>().data();
  int64_t n = in.size();
  base::parallel_for((n + kBlock - 1) / kBlock, [&](int64_t block) {
    const int64_t begin = block * kBlock, end = std::min(n, begin + kBlock);
    base::with_wide_vectors([=] {
      for (int64_t k = begin; k < end; ++k) to[k] = f(from[k]);
    });
  });
}

/// For operators of reals; f is given a float or a double.
template <class F>
Results map_reals(const Operation& o, const Types& types, F f) {
  tensor::Tensor out = tensor::Tensor::uninitialized(types[0].element, types[0].shape);
  bool fits = with_float(o.element(0),
                         [&](auto zero) { map_elements<decltype(zero), decltype(zero)>(o.tensor(0), out, f); });
  o.require(fits, fmt::format("takes reals, not {}", tensor::name_of(o.element(0))));
  return {out};
}

/// For operators of any numbers.
template <class F>
Results map_numbers(const Operation& o, const Types& types, F f) {
  tensor::Tensor out = tensor::Tensor::uninitialized(types[0].element, types[0].shape);
  bool fits = with_number(
      o.element(0), [&](auto zero) { map_elements<decltype(zero), decltype(zero)>(o.tensor(0), out, f); });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}

/// An operator with one operand whose result has its type.
inline Operator unary(Op op, const char* name, Results (*evaluate)(const Operation&, const Types&),
                      std::vector<Parameter> attributes = {}) {
  return {.op = op,
          .name = name,
          .family = Family::Unary,
          .attributes = std::move(attributes),
          .infer = infer_like_first,
          .evaluate = evaluate,
          .batch = batch_like_first,
          .lift = lift_consumed};
}

}  // namespace ohmweave::network
