// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/matrix.h"

#include <algorithm>
#include <cmath>
#include <mutex>

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
    const Tensor whole = t.to(Element::Int64);
    for (const int64_t code : whole.data<int64_t>()) {
      if (code < format.least() || code > format.most())
        base::fail(name, fmt::format("{} is no code of {}: those are {} to {}", code, tensor::print(format),
                                     format.least(), format.most()));
      out.codes.push_back(static_cast<int32_t>(code));
    }
    return out;
  }
  const Tensor reals = t.to(Element::Float32);
  const std::span<const float> values = reals.data<float>();
  if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
    base::fail(name, "has numbers that are not finite");
  if (!format.is_signed && std::any_of(values.begin(), values.end(), [](float x) { return x < 0; }))
    base::fail(name, fmt::format("has negative numbers, and the design's inputs ({}) have no sign",
                                 tensor::print(format)));
  network::Distribution spread(network::Clipping::MinMax);
  spread.add(values);
  const tensor::Quantization quantization{format,
                                          {spread.scale(format, network::Clipping::MinMax, 100, scales)}};
  out.operand.scale = quantization.scales[0];
  const Tensor codes = tensor::quantize(reals, quantization);
  out.codes.assign(codes.data<int32_t>().begin(), codes.data<int32_t>().end());
  return out;
}

/// Rows and columns exchanged: arrays take a matrix output by output.
std::vector<int32_t> transposed(const std::vector<int32_t>& from, int64_t rows, int64_t columns) {
  std::vector<int32_t> out(from.size());
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
  double off = 0, all = 0;
  for (size_t k = 0; k < ours.data<double>().size(); ++k) {
    const double e = exact.data<double>()[k], d = ours.data<double>()[k] - e;
    off += d * d;
    all += e * e;
    p.largest_error = std::max(p.largest_error, std::abs(d));
  }
  p.relative_error = off == 0 ? 0 : std::sqrt(off / all);
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
  base::Progress progress("vectors", batch);
  std::mutex guard;
  base::parallel_for((batch + kTogether - 1) / kTogether, [&](int64_t b) {
    const int64_t first = b * kTogether, count = std::min(kTogether, batch - first);
    array::Tally own;
    contents->multiply(
        std::span(x.codes).subspan(static_cast<size_t>(first * rows), static_cast<size_t>(count * rows)), count,
        first,
        std::span(sums).subspan(static_cast<size_t>(first * columns), static_cast<size_t>(count * columns)),
        own);
    std::lock_guard lock(guard);
    out.tally.add(own);
    progress.advance(count);
  });
  out.outputs = outputs_of(sums, {batch, columns}, contents->fraction_bits(), w.operand, x.operand);
  tensor::IntegerProduct(shape, machine.formats.input, machine.formats.weight, held)
      .multiply(x.codes, batch, sums);
  out.exact = outputs_of(sums, {batch, columns}, 0, w.operand, x.operand);
  compare(out);
  return out;
}

}  // namespace ohmweave::execution
