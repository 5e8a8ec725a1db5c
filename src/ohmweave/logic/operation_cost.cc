// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/operation_cost.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {
namespace {

constexpr int64_t kTriedRows = 1024;  // averages over random operands are good to about 1 %
constexpr uint64_t kSeed = 1;

/// Switches of the program in rows of random operands.
LogicTally tried(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                 const LogicProgram& program) {
  const LogicValues operands = random_operands(method, operation, format, program, kTriedRows, kSeed);
  LogicArray rows(kTriedRows, program.bitlines);
  for (size_t k = 0; k < operands.size(); ++k) rows.write(program.inputs[k].cells, operands[k]);
  LogicTally tally;
  rows.run(program, tally);
  return tally;
}

void charge(const LogicCounts& counts, OperationCost& cost) {
  cost.searches = counts[Gate::Search];
  cost.init_cycles = counts.init_cycles;
  cost.cycles = counts.cycles - cost.searches - cost.init_cycles;
  cost.gates = static_cast<double>(counts.gates());
  cost.sets = static_cast<double>(counts[Gate::Init1]);
  cost.resets = static_cast<double>(counts[Gate::Init0]);
}

}  // namespace

units::Time OperationCost::time(const LogicCosts& costs) const {
  return static_cast<double>(cycles + init_cycles) * costs.cycle +
         static_cast<double>(searches) * costs.one_search();
}

units::Energy OperationCost::energy(const LogicCosts& costs) const {
  return gates * costs.gate + sets * costs.set + resets * costs.reset +
         static_cast<double>(searches) / costs.search_rows * costs.search;
}

namespace {

OperationCost counted(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                      ChargedInits charged, CellInitialisation initialisation) {
  const std::string what = fmt::format("{} of {}", name_of(operation), to_string(format));
  const std::string refusal = method.refusal(operation, format);
  if (!refusal.empty())
    base::fail(std::string(method.name), fmt::format("cannot compute {}: {}", what, refusal));
  const LogicProgram program = build(method, operation, format, initialisation);
  const LogicTally tally = tried(method, operation, format, program);
  OperationCost cost;
  cost.bitlines = program.bitlines;
  const auto rows = static_cast<double>(kTriedRows);
  for (const int64_t n : tally.switches) {
    cost.switches += static_cast<double>(n) / rows;
    cost.hottest_switches = std::max(cost.hottest_switches, static_cast<double>(n) / rows);
  }
  if (by == CountedBy::Publication) {
    const auto published = method.formula != nullptr ? method.formula(operation, format) : std::nullopt;
    if (!published) base::fail(std::string(method.name), fmt::format("publishes no formula for {}", what));
    charge(published->charged, cost);
    cost.searches = published->counts[Gate::Search];
    cost.init_cycles = published->counts.init_cycles;
    cost.cycles = published->counts.cycles - cost.searches - cost.init_cycles;
    return cost;
  }
  charge(count(program), cost);
  if (charged == ChargedInits::Switched) {
    cost.sets = static_cast<double>(tally.init_to_one) / rows;
    cost.resets = static_cast<double>(tally.init_to_zero) / rows;
  }
  return cost;
}

}  // namespace

OperationCost& OperationCost::operator+=(const OperationCost& other) {
  cycles += other.cycles, init_cycles += other.init_cycles, searches += other.searches;
  gates += other.gates, sets += other.sets, resets += other.resets;
  bitlines = std::max(bitlines, other.bitlines);
  switches += other.switches;
  hottest_switches += other.hottest_switches;
  return *this;
}

OperationCost operation_cost(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                             ChargedInits charged, CellInitialisation initialisation) {
  static std::mutex mutex;
  static std::map<
      std::tuple<std::string_view, Arithmetic, int, int, CountedBy, ChargedInits, CellInitialisation>,
      OperationCost>
      known;
  const std::lock_guard lock(mutex);
  const std::tuple key(method.name, operation, format.exponent, format.bits, by, charged, initialisation);
  if (const auto at = known.find(key); at != known.end()) return at->second;
  return known[key] = counted(method, operation, format, by, charged, initialisation);
}

}  // namespace ohmweave::logic
