// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/wide_vectors.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::network {

/// Row-major strides, in elements.
inline std::vector<int64_t> strides_of(const tensor::Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t k = shape.size(); k-- > 1;) strides[k - 1] = strides[k] * shape[k];
  return strides;
}

/// Strides to read `from` as if it had the shape `to`: 0 along axes of extent 1 or missing in front.
inline std::vector<int64_t> broadcast_strides(const tensor::Shape& from, const tensor::Shape& to) {
  std::vector<int64_t> own = strides_of(from), strides(to.size(), 0);
  size_t missing = to.size() - from.size();
  for (size_t k = 0; k < from.size(); ++k) strides[missing + k] = from[k] == 1 ? 0 : own[k];
  return strides;
}

/// A walk over an index space with N strided places to look at; neighbouring axes that all of them pass through
/// evenly are joined, so that the innermost stretch is long.
template <size_t N>
class Walk {
 public:
  Walk(const tensor::Shape& shape, const std::array<std::vector<int64_t>, N>& strides) {
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1) continue;
      std::array<int64_t, N> step;
      for (size_t p = 0; p < N; ++p) step[p] = strides[p][axis];
      bool joined = !extents_.empty();
      for (size_t p = 0; p < N && joined; ++p) joined = steps_.back()[p] == step[p] * shape[axis];
      if (joined)
        extents_.back() *= shape[axis], steps_.back() = step;
      else
        extents_.push_back(shape[axis]), steps_.push_back(step);
    }
    if (extents_.empty()) extents_.push_back(1), steps_.push_back({});
  }

  /// Calls body(begin, n, places, steps): n elements of the row-major order from `begin` on, and where each
  /// place stands. In parallel, in stretches that do not depend on the number of threads.
  using Places = std::array<int64_t, N>;
  void run(base::FunctionRef<void(int64_t, int64_t, const Places&, const Places&)> body) const {
    constexpr int64_t kBlock = 1 << 14;
    int64_t inner = extents_.back();
    int64_t rows = std::accumulate(extents_.begin(), extents_.end() - 1, int64_t{1}, std::multiplies<>());
    if (inner == 0 || rows == 0) return;
    int64_t pieces = (inner + kBlock - 1) / kBlock;        // of one row
    int64_t group = std::max<int64_t>(kBlock / inner, 1);  // rows of one task
    int64_t groups = (rows + group - 1) / group;
    base::parallel_for(groups * pieces, [&](int64_t task) {
      int64_t first = task / pieces * group, piece = task % pieces * kBlock;
      int64_t n = std::min(inner - piece, kBlock);
      for (int64_t row = first; row < std::min(first + group, rows); ++row) {
        Places places = places_of(row);
        for (size_t p = 0; p < N; ++p) places[p] += piece * steps_.back()[p];
        body(row * inner + piece, n, places, steps_.back());
      }
    });
  }

 private:
  std::array<int64_t, N> places_of(int64_t row) const {
    std::array<int64_t, N> places{};
    for (size_t axis = extents_.size() - 1; axis-- > 0;) {
      int64_t index = row % extents_[axis];
      row /= extents_[axis];
      for (size_t p = 0; p < N; ++p) places[p] += index * steps_[axis][p];
    }
    return places;
  }

  std::vector<int64_t> extents_;
  std::vector<std::array<int64_t, N>> steps_;
};

/// Element k of an operand of a loop: side by side, at a distance, or always the same.
template <class T>
struct Adjacent {
  const T* first;
  T operator()(int64_t k) const { return first[k]; }
};
template <class T>
struct Spaced {
  const T* first;
  int64_t step;
  T operator()(int64_t k) const { return first[k * step]; }
};
template <class T>
struct Staying {
  T value;
  T operator()(int64_t) const { return value; }
};

/// to[k] = f(from...) along a walk with a place per operand.
template <class R, class... Ts, class F>
void zip_along(const Walk<sizeof...(Ts)>& walk, R* to, F f, const Ts*... from) {
  constexpr size_t kCount = sizeof...(Ts);
  using Places = std::array<int64_t, kCount>;
  walk.run([&](int64_t begin, int64_t n, const Places& places, const Places& steps) {
    [&]<size_t... I>(std::index_sequence<I...>) {
      R* target = to + begin;
      auto each = [&](auto... element) {
        base::with_wide_vectors([=] {
          for (int64_t k = 0; k < n; ++k) target[k] = f(element(k)...);
        });
      };
      // Loops that compilers make fast: operands side by side, or one of two that stays.
      if (((steps[I] == 1) && ...)) return each(Adjacent<Ts>{from + places[I]}...);
      if constexpr (kCount == 2) {
        const std::tuple<const Ts*...> at{from + places[I]...};
        const auto* a = std::get<0>(at);
        const auto* b = std::get<1>(at);
        using A = std::decay_t<decltype(*a)>;
        using B = std::decay_t<decltype(*b)>;
        if (steps[0] == 1 && steps[1] == 0) return each(Adjacent<A>{a}, Staying<B>{*b});
        if (steps[0] == 0 && steps[1] == 1) return each(Staying<A>{*a}, Adjacent<B>{b});
      }
      each(Spaced<Ts>{from + places[I], steps[I]}...);
    }
    (std::make_index_sequence<kCount>{});
  });
}

/// out[k] = f(in...[k]) with broadcasting to the shape of out; R and Ts are the element types.
template <class R, class... Ts, class F>
void zip(tensor::Tensor& out, F f, const std::pair<const tensor::Tensor*, Ts>&... in) {
  Walk<sizeof...(Ts)> walk(out.shape(), {broadcast_strides(in.first->shape(), out.shape())...});
  zip_along<R>(walk, out.mutable_data<R>().data(), f, in.first->template data<Ts>().data()...);
}
/// Names an operand of zip() and its element type.
template <class T>
std::pair<const tensor::Tensor*, T> as(const tensor::Tensor& t) {
  return {&t, T{}};
}

}  // namespace ohmweave::network
