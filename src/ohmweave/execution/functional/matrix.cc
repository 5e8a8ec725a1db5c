// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/matrix.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/base/random.h"
#include "ohmweave/network/quantize_range.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::execution {
namespace {

using tensor::Element;
using tensor::Tensor;

constexpr int64_t kTogether = 64;  // vectors that are multiplied in one piece

bool is_whole(Element e) { return e != Element::Float16 && e != Element::Float32 && e != Element::Float64; }

struct Codes {
  MatrixOperand operand;
  std::vector<int32_t> codes;
};

Codes codes_of(const Tensor& t, const tensor::FixedPoint& format, tensor::Scales scales,
               const std::string& name) {
  Codes out{{is_whole(t.element()), format, 1}, {}};
  out.codes.reserve(static_cast<size_t>(t.size()));
  if (out.operand.codes) {
    const auto check = [&](auto code) {
      if (std::cmp_less(code, format.least()) || std::cmp_greater(code, format.most()))
        base::fail(name, fmt::format("{} is no code of {}: those are {} to {}", code, tensor::print(format),
                                     format.least(), format.most()));
    };
    if (t.element() == Element::UInt64) {  // some are no int64
      for (const uint64_t code : t.data<uint64_t>()) check(code);
    }
    const Tensor whole = t.to(Element::Int64);
    for (const int64_t code : whole.data<int64_t>()) {
      check(code);
      out.codes.push_back(static_cast<int32_t>(code));
    }
    return out;
  }
  const Tensor reals = t.to(Element::Float64);
  const std::span<const double> values = reals.data<double>();
  if (!std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); }))
    base::fail(name, "has numbers that are not finite");
  if (!format.is_signed && std::any_of(values.begin(), values.end(), [](double x) { return x < 0; }))
    base::fail(name, fmt::format("has negative numbers, and the design's inputs ({}) have no sign",
                                 tensor::print(format)));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double covering = network::covering_scale(format, *least, *most, scales);
  const double scale = out.operand.scale = covering > 0 ? covering : 1;
  for (const double x : values)
    out.codes.push_back(
        static_cast<int32_t>(std::clamp<double>(std::nearbyint(x / scale), format.least(), format.most())));
  return out;
}

/// Rows and columns exchanged: arrays take a matrix output by output.
template <class Number>
std::vector<Number> transposed(const std::vector<Number>& from, int64_t rows, int64_t columns) {
  std::vector<Number> out(from.size());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c)
      out[static_cast<size_t>(c * rows + r)] = from[static_cast<size_t>(r * columns + c)];
  }
  return out;
}

Tensor outputs_of(const std::vector<int64_t>& sums, const tensor::Shape& shape, int fraction_bits,
                  const MatrixOperand& w, const MatrixOperand& x) {
  if (w.codes && x.codes) {
    Tensor out(Element::Int64, shape);
    const int64_t half = fraction_bits > 0 ? int64_t{1} << (fraction_bits - 1) : 0;
    std::transform(sums.begin(), sums.end(), out.mutable_data<int64_t>().begin(),
                   [&](int64_t s) { return (s + half) >> fraction_bits; });
    return out;
  }
  Tensor out(Element::Float64, shape);
  const double unit = std::ldexp(w.scale * x.scale, -fraction_bits);
  std::transform(sums.begin(), sums.end(), out.mutable_data<double>().begin(),
                 [&](int64_t s) { return static_cast<double>(s) * unit; });
  return out;
}

void compare(MatrixProduct& p) {
  const Tensor ours = p.outputs.to(Element::Float64), exact = p.exact.to(Element::Float64);
  double off = 0, all = 0, largest = 0;
  for (const double e : exact.data<double>()) largest = std::max(largest, std::abs(e));
  const double unit = largest > 0 ? largest : 1;  // squares of large numbers are none
  for (size_t k = 0; k < ours.data<double>().size(); ++k) {
    const double e = exact.data<double>()[k], d = ours.data<double>()[k] - e;
    if (!std::isfinite(d)) base::fail("mvm", "the outputs are beyond the range of numbers");
    off += d / unit * (d / unit);
    all += e / unit * (e / unit);
    p.largest_error = std::max(p.largest_error, std::abs(d));
  }
  p.relative_error = off == 0 ? 0 : std::sqrt(off / all);
}

std::vector<float> rounded(const Tensor& t, const tensor::FloatingPoint& format, const std::string& name) {
  const Tensor out = tensor::round(t.to(Element::Float32), format);
  const std::span<const float> values = out.data<float>();
  if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
    base::fail(name,
               fmt::format("has numbers that are not finite, or too large for {}", tensor::print(format)));
  return {values.begin(), values.end()};
}

/// Sums of products in double precision, as batch x columns; `held` is columns x rows.
Tensor exact_product(const std::vector<float>& held, const std::vector<float>& inputs,
                     const array::ProductShape& shape, int64_t batch) {
  Tensor out(Element::Float64, {batch, shape.outputs});
  const std::span<double> to = out.mutable_data<double>();
  base::parallel_for(batch, [&](int64_t v) {
    for (int64_t o = 0; o < shape.outputs; ++o) {
      double sum = 0;
      for (int64_t k = 0; k < shape.rows; ++k)
        sum += static_cast<double>(held[static_cast<size_t>(o * shape.rows + k)]) *
               static_cast<double>(inputs[static_cast<size_t>(v * shape.rows + k)]);
      to[static_cast<size_t>(v * shape.outputs + o)] = sum;
    }
  });
  return out;
}

/// Calls body(first, count, tally) for all vectors in pieces, and adds up what they tally.
template <class Body>
array::Tally for_each_piece(int64_t batch, Body body) {
  array::Tally tally;
  base::Progress progress("vectors", batch);
  std::mutex guard;
  base::parallel_for((batch + kTogether - 1) / kTogether, [&](int64_t b) {
    const int64_t first = b * kTogether, count = std::min(kTogether, batch - first);
    array::Tally own;
    body(first, count, own);
    std::lock_guard lock(guard);
    tally.add(own);
    progress.advance(count);
  });
  return tally;
}
template <class Number>
std::span<Number> piece(std::span<Number> all, int64_t first, int64_t count, int64_t each) {
  return all.subspan(static_cast<size_t>(first * each), static_cast<size_t>(count * each));
}

/// multiply() on a machine of floating-point numbers.
MatrixProduct multiply_reals(const machine::Machine& machine, const Tensor& weights, const Tensor& vectors,
                             const std::string& weights_name, const std::string& inputs_name) {
  const tensor::FloatingPoint format = *machine.formats.floating;
  const int64_t batch = vectors.dim(0);
  const array::ProductShape shape{weights.dim(0), weights.dim(1), 1};
  const std::vector<float> held = transposed(rounded(weights, format, weights_name), shape.rows, shape.outputs),
                           inputs = rounded(vectors, format, inputs_name);
  MatrixProduct out;
  out.weights.floating = out.inputs.floating = format;
  const array::Array& array = *machine.arrays().array;
  out.plan = array.plan(shape, machine.formats);
  const std::unique_ptr<array::RealContents> contents = array.program_reals(out.plan, held, {});
  Tensor sums(Element::Float32, {batch, shape.outputs});
  const std::span<float> all = sums.mutable_data<float>();
  out.tally = for_each_piece(batch, [&](int64_t first, int64_t count, array::Tally& own) {
    contents->multiply(piece(std::span(inputs), first, count, shape.rows), count,
                       piece(all, first, count, shape.outputs), own);
  });
  out.outputs = sums.to(Element::Float64);
  out.exact = exact_product(held, inputs, shape, batch);
  compare(out);
  return out;
}

void check_shapes(const Tensor& w, const Tensor& x, const std::string& w_name, const std::string& x_name) {
  if (w.rank() != 2 || w.size() == 0)
    base::fail(w_name, fmt::format("is {}; a matrix is rows x columns", tensor::print(w.shape())));
  if (x.rank() != 2 || x.size() == 0)
    base::fail(x_name, fmt::format("is {}; vectors are batch x rows", tensor::print(x.shape())));
  if (x.dim(1) != w.dim(0))
    base::fail(x_name,
               fmt::format("has vectors of {} numbers, but {} has {} rows", x.dim(1), w_name, w.dim(0)));
}

}  // namespace

MatrixProduct multiply(const machine::Machine& machine, const Tensor& weights, const Tensor& vectors,
                       uint64_t seed, const std::string& weights_name, const std::string& inputs_name) {
  const Tensor inputs = vectors.rank() == 1 ? vectors.reshaped({1, vectors.size()}) : vectors;
  check_shapes(weights, inputs, weights_name, inputs_name);
  if (machine.formats.floating) return multiply_reals(machine, weights, inputs, weights_name, inputs_name);
  const int64_t rows = weights.dim(0), columns = weights.dim(1), batch = inputs.dim(0);
  Codes w = codes_of(weights, machine.formats.weight, machine.scales, weights_name);
  const Codes x = codes_of(inputs, machine.formats.input, machine.scales, inputs_name);
  const std::vector<int32_t> held = transposed(w.codes, rows, columns);

  MatrixProduct out{w.operand, x.operand, nullptr, {}, {}, {}};
  const array::Array& array = *machine.arrays().array;
  const array::ProductShape shape{rows, columns, 1};
  const uint64_t place = base::key_of("mvm");
  std::vector<int64_t> sums(static_cast<size_t>(batch * columns));
  out.plan = array.plan(shape, machine.formats);
  if (array.wants_sums()) {
    array::SeenSums seen;
    array.program(out.plan, held, seed, place)->observe(x.codes, batch, sums, seen);
    out.plan = array.plan(shape, machine.formats, &seen);
  }
  const std::unique_ptr<array::Contents> contents = array.program(out.plan, held, seed, place);
  out.tally = for_each_piece(batch, [&](int64_t first, int64_t count, array::Tally& own) {
    contents->multiply(piece(std::span(x.codes), first, count, rows), count, first,
                       piece(std::span(sums), first, count, columns), own);
  });
  out.outputs = outputs_of(sums, {batch, columns}, contents->fraction_bits(), w.operand, x.operand);
  tensor::IntegerProduct(shape, machine.formats.input, held).multiply(x.codes, batch, sums);
  out.exact = outputs_of(sums, {batch, columns}, 0, w.operand, x.operand);
  compare(out);
  return out;
}

}  // namespace ohmweave::execution
