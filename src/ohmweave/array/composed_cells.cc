// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_cells.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/base/random.h"

namespace ohmweave::array {

ComposedCells::ComposedCells(const ComposedCrossbar& crossbar, const ComposedPlan& plan,
                             const ProgrammedPairs& cells, uint64_t seed, uint64_t place)
    : rows_(cells.rows),
      outputs_(plan.shape.outputs),
      outputs_per_array_(plan.outputs_per_array),
      seed_(seed),
      place_(place),
      steps_(cells.steps[0]),
      variance_(cells.variance[0]) {
  for (size_t k = 0; k < steps_.size(); ++k) steps_[k] -= cells.steps[1][k];
  for (size_t k = 0; k < variance_.size(); ++k) variance_[k] += cells.variance[1][k];
  if (!crossbar.periphery().dac.component->exact()) make_drivers(crossbar, plan);
  if (!crossbar.periphery().sense_amplifier.component->exact()) make_amplifiers(crossbar, plan);
}

void ComposedCells::make_drivers(const ComposedCrossbar& crossbar, const ComposedPlan& plan) {
  const circuit::Dac& dac = *crossbar.periphery().dac.component;
  for (const ComposedBlock& b : place_blocks(crossbar, plan)) {  // arrays side by side follow one another
    if (b.block.group != rows_.group || b.block.first_row != rows_.first_row) continue;
    for (int64_t r = 0; r < rows_.count; ++r)
      drivers_.push_back(dac.levels({seed_, place_, b.block.array * crossbar.rows() + b.first_row + r}));
  }
}

void ComposedCells::make_amplifiers(const ComposedCrossbar& crossbar, const ComposedPlan& plan) {
  const auto& amplifier = crossbar.periphery().sense_amplifier;
  const double per_output = amplifier.per_array / static_cast<double>(plan.outputs_per_array);
  for (int64_t output = 0; output < outputs_; ++output) {
    const double column = static_cast<double>(rows_.number * outputs_ + output);
    const circuit::Instance which{seed_, place_, static_cast<int64_t>(column * per_output)};
    for (const SumPart& part : plan.parts)
      amplifiers_.push_back(amplifier.component->transfer(part.kept, which));
  }
}

void ComposedCells::add_row(int64_t row, int64_t digit, int64_t slice, std::span<float> sums,
                            std::span<float> variance) const {
  const auto at = static_cast<size_t>((slice * rows_.count + row) * outputs_);
  const int64_t together = drivers_.empty() ? outputs_ : outputs_per_array_;  // that have the same driver
  for (int64_t begin = 0, array = 0; begin < outputs_; begin += together, ++array) {
    const auto first = static_cast<size_t>(begin);
    const auto end = static_cast<size_t>(std::min(begin + together, outputs_));
    float driven = static_cast<float>(digit);
    if (!drivers_.empty()) {
      const circuit::DriveLevels& own = drivers_[static_cast<size_t>(array * rows_.count + row)];
      driven = static_cast<float>(own.values[static_cast<size_t>(digit)]);
    }
    if (driven == 0) continue;
    for (size_t o = first; o < end; ++o) sums[o] += driven * steps_[at + o];
    if (variance_.empty()) continue;
    for (size_t o = first; o < end; ++o) variance[o] += driven * driven * variance_[at + o];
  }
}

void ComposedCells::read(const ComposedPlan& plan, const SumPart& part, const int32_t* inputs,
                         std::span<float> sums, std::span<float> variance) const {
  std::fill(sums.begin(), sums.end(), 0.0F);
  std::fill(variance.begin(), variance.end(), 0.0F);
  for (int64_t r = 0; r < rows_.count; ++r)
    add_row(r, plan.digits.digit(inputs[r], part.digit), part.slice, sums, variance);
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
