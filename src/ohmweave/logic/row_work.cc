// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/row_work.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/random.h"

namespace ohmweave::logic {
namespace {

constexpr int64_t kTriedRows = 2048;  // averages over random operands are good to better than 1 %

void charge(const LogicCounts& counts, RowWork& work) {
  work.searches = counts[Gate::Search];
  work.init_cycles = counts.init_cycles;
  work.cycles = counts.cycles - work.searches;
  work.gates = static_cast<double>(counts.gates());
  work.sets = static_cast<double>(counts[Gate::Init1]);
  work.resets = static_cast<double>(counts[Gate::Init0]);
}

void write(LogicArray& rows, const LogicProgram& program, const LogicValues& operands) {
  for (size_t k = 0; k < operands.size(); ++k) rows.write(program.inputs[k].cells, operands[k]);
}

RowWork counted(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                ChargedInits charged, CellInitialisation initialisation) {
  if (const std::string why = refuse_work(method, operation, format, by, initialisation); !why.empty())
    base::fail(std::string(method.name), why);
  const LogicProgram program = build(method, operation, format, initialisation);
  RowWork work = row_work(program, charged, random_operands(method, operation, format, program, kTriedRows, 1),
                          random_operands(method, operation, format, program, kTriedRows, 2));
  if (by == CountedBy::Program) return work;
  const std::optional<LogicFormula> published = method.formula(operation, format);
  charge(published->charged, work);
  work.searches = published->counts[Gate::Search];
  work.init_cycles = published->counts.init_cycles;
  work.cycles = published->counts.cycles - work.searches;
  return work;
}

/// Random words for an operand of all rows.
std::vector<uint64_t> random_words(const LogicOperand& operand, int64_t rows, base::RandomStream& random) {
  std::vector<uint64_t> words(static_cast<size_t>(rows * LogicArray::words_of(operand.cells)));
  for (uint64_t& word : words) word = random.next64();
  return words;
}

}  // namespace

RowWork& RowWork::operator+=(const RowWork& more) {
  cycles += more.cycles, init_cycles += more.init_cycles, searches += more.searches;
  gates += more.gates, sets += more.sets, resets += more.resets;
  switches += more.switches, hottest_switches += more.hottest_switches;
  bitlines = std::max(bitlines, more.bitlines);
  return *this;
}

RowWork operator*(int64_t times, const RowWork& work) {
  const auto n = static_cast<double>(times);
  RowWork out = work;
  out.cycles *= times, out.init_cycles *= times, out.searches *= times;
  out.gates *= n, out.sets *= n, out.resets *= n;
  out.switches *= n, out.hottest_switches *= n;
  return out;
}

units::Time RowWork::time(const LogicCosts& costs) const {
  return static_cast<double>(cycles) * costs.cycle + static_cast<double>(searches) * costs.one_search();
}

units::Energy RowWork::energy(const LogicCosts& costs) const {
  return gates * costs.gate + sets * costs.set + resets * costs.reset +
         static_cast<double>(searches) / costs.search_rows * costs.search;
}

RowWork row_work(const LogicProgram& program, ChargedInits charged, const LogicValues& before,
                 const LogicValues& operands) {
  const LogicOperand& first = program.inputs.front();
  const auto count_of_rows = static_cast<int64_t>(operands.front().size()) / LogicArray::words_of(first.cells);
  LogicArray rows(count_of_rows, program.bitlines);
  write(rows, program, before);
  rows.run(program);
  write(rows, program, operands);
  LogicTally tally;
  rows.run(program, tally);
  RowWork work;
  charge(count(program), work);
  work.bitlines = program.bitlines;
  const auto n = static_cast<double>(count_of_rows);
  for (const int64_t switches : tally.switches) {
    work.switches += static_cast<double>(switches) / n;
    work.hottest_switches = std::max(work.hottest_switches, static_cast<double>(switches) / n);
  }
  if (charged == ChargedInits::Every) return work;
  work.sets = static_cast<double>(tally.init_to_one) / n;
  work.resets = static_cast<double>(tally.init_to_zero) / n;
  return work;
}

RowWork row_work(const LogicProgram& program, ChargedInits charged) {
  base::RandomStream random(1, 0, base::key_of("operands of a program"));
  LogicValues values[2];
  for (LogicValues& own : values)
    for (const LogicOperand& operand : program.inputs) own.push_back(random_words(operand, kTriedRows, random));
  return row_work(program, charged, values[0], values[1]);
}

std::string refuse_work(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                        CellInitialisation initialisation) {
  const std::string what = fmt::format("{} of {}", name_of(operation), to_string(format));
  if (const std::string why = method.refusal(operation, format); !why.empty())
    return fmt::format("'{}' cannot compute {}: {}", method.name, what, why);
  if (initialisation == CellInitialisation::Bulk) {
    if (const std::string why = refuse_bulk(method.build(operation, format)); !why.empty())
      return fmt::format("'{}' cannot initialise the cells of {} in bulk: {}", method.name, what, why);
  }
  if (by == CountedBy::Publication && (method.formula == nullptr || !method.formula(operation, format)))
    return fmt::format("the publication of '{}' has no formula for {}; use 'counts: program'", method.name,
                       what);
  return "";
}

RowWork operation_work(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                       ChargedInits charged, CellInitialisation initialisation) {
  static std::mutex mutex;
  static std::map<
      std::tuple<std::string_view, Arithmetic, int, int, CountedBy, ChargedInits, CellInitialisation>, RowWork>
      known;
  const std::lock_guard lock(mutex);
  const std::tuple key(method.name, operation, format.exponent, format.bits, by, charged, initialisation);
  if (const auto at = known.find(key); at != known.end()) return at->second;
  return known[key] = counted(method, operation, format, by, charged, initialisation);
}

}  // namespace ohmweave::logic
