// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/logic_rows_gates.h"

#include <algorithm>

#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/reference.h"

namespace ohmweave::array {
namespace {

using logic::Arithmetic;
using logic::LogicFormat;

constexpr int64_t kRowsTogether = 8192;

/// Vectors whose sums take about that many rows.
int64_t vectors_together(const ProductShape& s) {
  return std::max<int64_t>(kRowsTogether / (s.groups * s.outputs), 1);
}

/// Operands of tap `tap` of all rows: one row per sum of each vector.
struct TapOperands {
  std::vector<uint64_t> inputs, weights;
};
TapOperands operands_of(const ProductShape& s, std::span<const uint64_t> inputs,
                        std::span<const uint64_t> weights, int64_t vectors, int64_t tap) {
  TapOperands out;
  for (int64_t vector = 0; vector < vectors; ++vector) {
    for (int64_t sum = 0; sum < s.groups * s.outputs; ++sum) {
      const int64_t group = sum / s.outputs;
      out.inputs.push_back(inputs[static_cast<size_t>((vector * s.groups + group) * s.rows + tap)]);
      out.weights.push_back(weights[static_cast<size_t>(sum * s.rows + tap)]);
    }
  }
  return out;
}

LogicFormat whole_of(const LogicRowsPlan& p) {
  return {0, std::max(p.formats.input.bits, p.formats.weight.bits)};
}
int64_t offset_of(const tensor::FixedPoint& format) { return format.is_signed ? -int64_t{format.least()} : 0; }

}  // namespace

RowOperation::RowOperation(const logic::LogicMethod& method, Arithmetic operation, LogicFormat format)
    : program_(method.build(operation, format)) {}

std::vector<uint64_t> RowOperation::run(std::span<const uint64_t> a, std::span<const uint64_t> b) const {
  const logic::LogicProgram& program = program_.program();
  logic::LogicArray rows(static_cast<int64_t>(a.size()), program.bitlines);
  rows.write(program.inputs[0].cells, a);
  rows.write(program.inputs[1].cells, b);
  program_.run(rows);
  return rows.read(program.outputs[0].cells);
}

RealGateRows::RealGateRows(std::shared_ptr<const LogicRowsPlan> plan, std::span<const float> weights,
                           std::span<const float> start, Tally per_vector)
    : plan_(std::move(plan)),
      format_{plan_->formats.floating->exponent, plan_->formats.floating->mantissa},
      product_(logic::kOhmweave, Arithmetic::Fmul, format_),
      sum_(logic::kOhmweave, Arithmetic::Fadd, format_),
      per_vector_(std::move(per_vector)) {
  for (float w : weights) weights_.push_back(logic::float_pattern(format_, w));
  for (float s : start) start_.push_back(logic::float_pattern(format_, s));
}

/// Sums over the taps [first, end).
std::vector<uint64_t> RealGateRows::sums_of(std::span<const uint64_t> inputs, int64_t vectors, int64_t first,
                                            int64_t end) const {
  const ProductShape& s = plan_->shape;
  const int64_t width = s.groups * s.outputs;
  std::vector<uint64_t> sums(static_cast<size_t>(vectors * width), 0);
  if (first == 0 && !start_.empty()) {
    for (int64_t vector = 0; vector < vectors; ++vector)
      std::copy(start_.begin(), start_.end(), sums.begin() + vector * width);
  }
  for (int64_t tap = first; tap < end; ++tap) {
    const TapOperands operands = operands_of(s, inputs, weights_, vectors, tap);
    sums = sum_.run(sums, product_.run(operands.inputs, operands.weights));
  }
  return sums;
}

void RealGateRows::multiply(std::span<const float> inputs, int64_t vectors, std::span<float> sums,
                            Tally& tally) const {
  const ProductShape& s = plan_->shape;
  const int64_t in = s.groups * s.rows, width = s.groups * s.outputs, together = vectors_together(s);
  for (int64_t done = 0; done < vectors; done += together) {
    const int64_t count = std::min(together, vectors - done);
    std::vector<uint64_t> words;
    for (float x : inputs.subspan(static_cast<size_t>(done * in), static_cast<size_t>(count * in)))
      words.push_back(logic::float_pattern(format_, x));
    std::vector<std::vector<uint64_t>> parts;
    for (int64_t first = 0; first < s.rows; first += plan_->taps_per_row)
      parts.push_back(sums_of(words, count, first, std::min(first + plan_->taps_per_row, s.rows)));
    for (size_t apart = 1; apart < parts.size(); apart *= 2)
      for (size_t k = 0; k + apart < parts.size(); k += 2 * apart)
        parts[k] = sum_.run(parts[k], parts[k + apart]);
    for (size_t k = 0; k < parts[0].size(); ++k)
      sums[static_cast<size_t>(done * width) + k] =
          static_cast<float>(logic::float_value(format_, parts[0][k]));
  }
  tally.add(per_vector_, vectors);
}

WholeGateRows::WholeGateRows(const LogicRows& rows, std::shared_ptr<const LogicRowsPlan> plan,
                             std::span<const int32_t> weights, Tally per_vector)
    : plan_(std::move(plan)),
      product_(rows.method(), Arithmetic::Mul, whole_of(*plan_)),
      sum_(rows.method(), Arithmetic::Add, {0, plan_->work.sum_bits}),
      input_offset_(offset_of(plan_->formats.input)),
      weight_offset_(offset_of(plan_->formats.weight)),
      per_vector_(std::move(per_vector)) {
  const int64_t taps = plan_->shape.rows;
  for (size_t k = 0; k < weights.size(); ++k) {
    weights_.push_back(static_cast<uint64_t>(weights[k] + weight_offset_));
    if (k % static_cast<size_t>(taps) == 0) known_.push_back(taps * weight_offset_ * input_offset_);
    known_.back() -= input_offset_ * static_cast<int64_t>(weights_.back());
  }
}

void WholeGateRows::multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t /*first*/,
                             std::span<int64_t> sums, Tally& tally) const {
  const ProductShape& s = plan_->shape;
  const int64_t in = s.groups * s.rows, width = s.groups * s.outputs, together = vectors_together(s);
  for (int64_t done = 0; done < vectors; done += together) {
    const int64_t count = std::min(together, vectors - done);
    std::vector<uint64_t> words;
    for (int32_t x : inputs.subspan(static_cast<size_t>(done * in), static_cast<size_t>(count * in)))
      words.push_back(static_cast<uint64_t>(x + input_offset_));
    std::vector<uint64_t> made(static_cast<size_t>(count * width), 0), input_sums = made;
    for (int64_t tap = 0; tap < s.rows; ++tap) {
      const TapOperands operands = operands_of(s, words, weights_, count, tap);
      made = sum_.run(made, product_.run(operands.inputs, operands.weights));
      if (weight_offset_ != 0) input_sums = sum_.run(input_sums, operands.inputs);
    }
    for (size_t k = 0; k < made.size(); ++k)
      sums[static_cast<size_t>(done * width) + k] = static_cast<int64_t>(made[k]) -
                                                    weight_offset_ * static_cast<int64_t>(input_sums[k]) +
                                                    known_[k % static_cast<size_t>(width)];
  }
  tally.add(per_vector_, vectors);
}

}  // namespace ohmweave::array
