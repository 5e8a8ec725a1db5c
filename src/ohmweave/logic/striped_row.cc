// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/striped_row.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {

Lanes every(const Lanes& lanes, int first, int last, int step) {
  const int size = static_cast<int>(lanes.size());
  const int begin = first < 0 ? std::max(0, size + first) : first;
  const int end = std::min(size, last < 0 ? size + last : last);
  Lanes some;
  for (int i = begin; i < end; i += step) some.push_back(lanes[i]);
  return some;
}

Lanes from(const Lanes& lanes, int first) { return every(lanes, first, static_cast<int>(lanes.size())); }

StripedRow::StripedRow(std::string name, int partitions) : name_(std::move(name)), partitions_(partitions) {}

Lanes StripedRow::all() const {
  Lanes lanes(partitions_);
  std::iota(lanes.begin(), lanes.end(), 0);
  return lanes;
}

int StripedRow::take(const Lanes& lanes) {
  int place = 0;
  const auto free = [&](int at) {
    return std::ranges::none_of(lanes, [&](int lane) { return taken_[at][lane]; });
  };
  while (place < static_cast<int>(taken_.size()) && !free(place)) ++place;
  if (place == static_cast<int>(taken_.size())) taken_.emplace_back(partitions_, false);
  for (const int lane : lanes) taken_[place][lane] = true;
  return place;
}

void StripedRow::give(int place, const Lanes& lanes) {
  for (const int lane : lanes) taken_[place][lane] = false;
}

void StripedRow::step(Gate gate, std::initializer_list<int> inputs, int output, const Lanes& sources,
                      const Lanes& targets) {
  OHMWEAVE_CHECK(sources.size() == targets.size(), "a gate from some partitions to others, not as many");
  for (size_t i = 0; i < targets.size(); ++i) {
    Step step{.gate = gate, .joins = i > 0, .output = {output, targets[i]}, .inputs = {}};
    for (const int input : inputs) step.inputs.push_back({input, sources[i]});
    steps_.push_back(std::move(step));
  }
  highest_ = std::max(highest_, output);
}

void StripedRow::set(bool value, int place, const Lanes& lanes) {
  step(value ? Gate::Init1 : Gate::Init0, {}, place, lanes, lanes);
}

void StripedRow::invert(int input, int output, const Lanes& sources, const Lanes& targets) {
  step(Gate::Not, {input}, output, sources, targets);
}

void StripedRow::nor(int a, int b, int output, const Lanes& sources, const Lanes& targets) {
  step(Gate::Nor, {a, b}, output, sources, targets);
}

void StripedRow::fresh_invert(int input, int output, const Lanes& lanes) {
  fresh_invert(input, output, lanes, lanes);
}

void StripedRow::fresh_invert(int input, int output, const Lanes& sources, const Lanes& targets) {
  set(true, output, targets);
  invert(input, output, sources, targets);
}

void StripedRow::fresh_nor(int a, int b, int output, const Lanes& lanes) {
  set(true, output, lanes);
  nor(a, b, output, lanes);
}

namespace {

/// The lanes of each cycle of a shift: gates whose paths do not meet.
template <typename Body>
void for_each_turn(const Lanes& lanes, int distance, Body body) {
  const int size = static_cast<int>(lanes.size()), reach = std::abs(distance);
  for (int turn = 0; turn <= reach; ++turn) {
    const Lanes low = every(lanes, turn, std::max(0, size - reach), reach + 1);
    const Lanes high = every(lanes, turn + reach, size, reach + 1);
    if (!low.empty()) body(distance > 0 ? low : high, distance > 0 ? high : low);
  }
}

}  // namespace

void StripedRow::shift_inverted(int input, int output, const Lanes& lanes, int distance) {
  for_each_turn(lanes, distance,
                [&](const Lanes& sources, const Lanes& targets) { invert(input, output, sources, targets); });
}

void StripedRow::shift_nor(int a, int b, int output, const Lanes& lanes, int distance) {
  for_each_turn(lanes, distance,
                [&](const Lanes& sources, const Lanes& targets) { nor(a, b, output, sources, targets); });
}

void StripedRow::note(std::vector<Number>& numbers, std::string name, int place, const Lanes& lanes) {
  if (numbers.empty() || numbers.back().name != name) numbers.push_back({std::move(name), {}});
  for (const int lane : lanes) numbers.back().cells.push_back({place, lane});
}

LogicProgram StripedRow::finish() {
  const int width = highest_ + 1;
  const auto bitline = [width](Cell cell) { return static_cast<Bitline>(cell.partition * width + cell.place); };
  LogicProgram program{.name = name_, .bitlines = partitions_ * width};
  for (int partition = 0; partition < partitions_; ++partition)
    program.partitions.push_back(bitline({0, partition}));
  for (const Step& step : steps_) {
    LogicOperation operation;
    operation.gate = step.gate;
    operation.joins = step.joins;
    operation.fan_in = static_cast<uint8_t>(step.inputs.size());
    operation.output = bitline(step.output);
    std::ranges::transform(step.inputs, operation.inputs, bitline);
    program.operations.push_back(operation);
  }
  for (const auto& [numbers, operands] :
       {std::pair(&inputs_, &program.inputs), std::pair(&outputs_, &program.outputs)}) {
    for (const Number& number : *numbers) {
      operands->push_back({number.name, {}});
      for (const Cell cell : number.cells) operands->back().cells.push_back(bitline(cell));
    }
  }
  check(program);
  return program;
}

void Stripe::release() {
  if (row_ != nullptr) row_->give(place_, lanes_);
  row_ = nullptr;
}

}  // namespace ohmweave::logic
