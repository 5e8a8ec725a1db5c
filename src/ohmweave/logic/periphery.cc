// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/periphery.h"

#include <algorithm>

#include <fmt/format.h>

namespace ohmweave::logic {
namespace {

/// A gate as the drivers see it.
struct DrivenGate {
  Gate gate = Gate::Nor;
  std::vector<int> places;  // of inputs and output within their partitions
  bool split = false;       // inputs in several partitions
  int from = 0, to = 0;     // partitions of inputs and of the output

  int distance() const { return to - from; }
};

class Drivers {
 public:
  explicit Drivers(const LogicProgram& program) : program_(program) {}

  DrivenGate see(const LogicOperation& operation) const {
    DrivenGate seen;
    seen.gate = operation.gate;
    for (const Bitline input : operation.used()) seen.places.push_back(place_of(input));
    seen.places.push_back(place_of(operation.output));
    seen.from = partition_of(operation.inputs[0]);
    seen.to = partition_of(operation.output);
    for (const Bitline input : operation.used()) seen.split |= partition_of(input) != seen.from;
    return seen;
  }

 private:
  int partition_of(Bitline cell) const {
    const auto after = std::upper_bound(program_.partitions.begin(), program_.partitions.end(), cell);
    return static_cast<int>(after - program_.partitions.begin()) - 1;
  }
  int place_of(Bitline cell) const {
    const int partition = partition_of(cell);
    return partition < 0 ? cell : cell - program_.partitions[partition];
  }

  const LogicProgram& program_;
};

const char* beyond_standard(const std::vector<DrivenGate>& gates, bool other_operations) {
  if (other_operations) return "gates together with initialisations";
  for (const DrivenGate& one : gates) {
    if (one.split) return "a gate with inputs in several partitions";
    if (one.gate != gates[0].gate) return "gates of several kinds";
    if (one.places != gates[0].places) return "gates at several places of their partitions";
    if ((one.distance() > 0) != (gates[0].distance() > 0)) return "gates in both directions";
  }
  return "";
}

const char* beyond_minimal(std::vector<DrivenGate> gates) {
  std::ranges::sort(gates, {}, &DrivenGate::from);
  for (size_t i = 1; i < gates.size(); ++i) {
    if (gates[i].distance() != gates[0].distance()) return "gates over several distances";
    if (gates[i].from - gates[i - 1].from != gates[1].from - gates[0].from) return "gates at uneven steps";
  }
  return "";
}

}  // namespace

std::string violation(const LogicProgram& program, Periphery periphery) {
  if (periphery == Periphery::Unlimited) return "";
  const Drivers drivers(program);
  int64_t cycle = -1;
  for (size_t begin = 0, end = 0; begin < program.operations.size(); begin = end, ++cycle) {
    std::vector<DrivenGate> gates;
    bool others = false;
    for (end = begin; end == begin || (end < program.operations.size() && program.operations[end].joins);
         ++end) {
      if (kind_of(program.operations[end].gate).switches) {
        gates.push_back(drivers.see(program.operations[end]));
      } else {
        others = true;
      }
    }
    if (gates.empty()) continue;
    std::string problem = beyond_standard(gates, others);
    if (problem.empty() && periphery == Periphery::Minimal) problem = beyond_minimal(gates);
    if (!problem.empty()) return fmt::format("cycle {}: {}", cycle + 1, problem);
  }
  return "";
}

Periphery least_periphery(const LogicProgram& program) {
  for (const Periphery periphery : {Periphery::Minimal, Periphery::Standard})
    if (violation(program, periphery).empty()) return periphery;
  return Periphery::Unlimited;
}

}  // namespace ohmweave::logic
