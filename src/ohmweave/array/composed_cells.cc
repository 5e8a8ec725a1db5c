// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_cells.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/base/random.h"

namespace ohmweave::array {

ComposedCells::ComposedCells(const ComposedCrossbar& crossbar, const ComposedPlan& plan, const Rows& rows,
                             std::span<const int32_t> weights, uint64_t seed, uint64_t place)
    : rows_(rows), outputs_(plan.shape.outputs), seed_(seed), place_(place) {
  const device::Cell& cell = crossbar.cell();
  const auto cells = static_cast<size_t>(rows.count * outputs_);
  std::vector<int32_t> levels(cells);
  std::vector<float> steps(cells), variance(cells);
  const auto slices = static_cast<size_t>(plan.slices.count);
  steps_.assign(slices * cells, 0);
  if (cell.noisy()) variance_.assign(slices * cells, 0);
  for (size_t s = 0; s < slices; ++s) {
    for (int part = 0; part < plan.slices.columns; ++part) {
      for (size_t k = 0; k < cells; ++k) {
        const auto row = static_cast<int64_t>(k) / outputs_, output = static_cast<int64_t>(k) % outputs_;
        const auto at = static_cast<size_t>(output * plan.shape.rows + rows.first_row + row);
        levels[k] = static_cast<int32_t>(plan.slices.level(weights[at], static_cast<int>(s), part));
      }
      const auto pair = static_cast<int64_t>(2 * s) + part + 2 * rows.number * plan.slices.count;
      cell.program(levels, {seed, place, pair * crossbar.rows() * outputs_}, steps);
      if (cell.noisy()) cell.read_variance(steps, variance);
      for (size_t k = 0; k < cells; ++k) {
        steps_[s * cells + k] += part == 0 ? steps[k] : -steps[k];
        if (cell.noisy()) variance_[s * cells + k] += variance[k];
      }
    }
  }
  const circuit::SenseAmplifier& amplifier = *crossbar.periphery().sense_amplifier.component;
  if (amplifier.exact()) return;
  const double per_output =
      crossbar.periphery().sense_amplifier.per_array / static_cast<double>(plan.outputs_per_array);
  for (int64_t output = 0; output < outputs_; ++output) {
    const double column = static_cast<double>(rows.number * outputs_ + output);
    const circuit::Instance which{seed, place, static_cast<int64_t>(column * per_output)};
    for (const SumPart& part : plan.parts) amplifiers_.push_back(amplifier.transfer(part.kept, which));
  }
}

void ComposedCells::read(const ComposedPlan& plan, const SumPart& part, const int32_t* inputs,
                         std::span<float> sums, std::span<float> variance) const {
  std::fill(sums.begin(), sums.end(), 0.0F);
  std::fill(variance.begin(), variance.end(), 0.0F);
  const auto outputs = static_cast<size_t>(outputs_);
  for (int64_t r = 0; r < rows_.count; ++r) {
    const auto digit = static_cast<float>(plan.digits.digit(inputs[r], part.digit));
    if (digit == 0) continue;
    const auto at = static_cast<size_t>((part.slice * rows_.count + r) * outputs_);
    const float* own = steps_.data() + at;
    for (size_t o = 0; o < outputs; ++o) sums[o] += digit * own[o];
    if (variance_.empty()) continue;
    const float* spread = variance_.data() + at;
    for (size_t o = 0; o < outputs; ++o) variance[o] += digit * digit * spread[o];
  }
}

/// What the amplifier keeps of a sum, in units of 2^shift.
int64_t ComposedCells::convert(size_t part, int64_t output, const circuit::KeptBits& kept, double sum) const {
  if (amplifiers_.empty()) return circuit::SenseAmplifier::convert(static_cast<int64_t>(sum), kept);
  const size_t parts = amplifiers_.size() / static_cast<size_t>(outputs_);
  const circuit::Transfer& t = amplifiers_[static_cast<size_t>(output) * parts + part];
  return std::llround(std::ldexp(t.value(t.code(sum)), -kept.shift));
}

void ComposedCells::add(const ComposedPlan& plan, const int32_t* inputs, int64_t input_stride, int64_t vectors,
                        int64_t first, int64_t* sums, int64_t sum_stride) const {
  const auto outputs = static_cast<size_t>(outputs_);
  std::vector<float> part_sums(outputs), variance(outputs);
  for (int64_t v = 0; v < vectors; ++v) {
    base::RandomStream random(seed_, place_ + static_cast<uint64_t>(rows_.number),
                              static_cast<uint64_t>(first + v));
    for (size_t p = 0; p < plan.parts.size(); ++p) {
      const SumPart& part = plan.parts[p];
      if (part.kept.count == 0) continue;
      read(plan, part, inputs + v * input_stride, part_sums, variance);
      const bool negative = plan.digits.weight(part.digit) < 0;
      for (size_t o = 0; o < outputs; ++o) {
        const double own = amplifiers_.empty() ? 0 : amplifiers_[o * plan.parts.size() + p].noise;
        const double deviation = std::sqrt(static_cast<double>(variance[o]) + own * own);
        double sum = negative ? -static_cast<double>(part_sums[o]) : static_cast<double>(part_sums[o]);
        if (deviation > 0) sum += deviation * random.normal();
        const int64_t result = convert(p, static_cast<int64_t>(o), part.kept, sum) * (int64_t{1} << part.left);
        sums[v * sum_stride + static_cast<int64_t>(o)] += result * (int64_t{1} << plan.result_place);
      }
    }
  }
}

}  // namespace ohmweave::array
