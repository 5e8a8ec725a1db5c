// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/initialisation.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"

namespace ohmweave::logic {
namespace {

constexpr int kForever = std::numeric_limits<int>::max();

/// What a cell holds from one initialisation to the next.
struct Value {
  bool one = true;    // what it starts from
  int last_use = -1;  // the last operation that reads or writes it
  int cell = -1;      // its place in the new row, once it has one
};

/// Which value each operation writes and reads.
struct Flow {
  std::vector<Value> values;
  std::vector<int> written;               // by operation; -1 for initialisations
  std::vector<std::vector<int>> reads;    // by operation
  std::vector<std::vector<int>> outputs;  // of the program
};

Flow flow_of(const LogicProgram& program) {
  Flow flow;
  std::vector<int> now(static_cast<size_t>(program.bitlines), -1);  // the value in each cell
  for (const LogicOperand& input : program.inputs) {
    for (Bitline cell : input.cells) {
      now[cell] = static_cast<int>(flow.values.size());
      flow.values.push_back({true, kForever, cell});
    }
  }
  const auto use = [&](Bitline cell, int time) {
    OHMWEAVE_CHECK(now[cell] >= 0, "a cell is used before it is initialised");
    int& last = flow.values[static_cast<size_t>(now[cell])].last_use;
    last = std::max(last, time);
    return now[cell];
  };
  for (int time = 0; time < static_cast<int>(program.operations.size()); ++time) {
    const LogicOperation& operation = program.operations[static_cast<size_t>(time)];
    flow.written.push_back(-1);
    flow.reads.emplace_back();
    if (operation.gate == Gate::Init0 || operation.gate == Gate::Init1) {
      now[operation.output] = static_cast<int>(flow.values.size());
      flow.values.push_back({operation.gate == Gate::Init1});
      continue;
    }
    OHMWEAVE_CHECK(kind_of(operation.gate).output_from && !operation.joins,
                   "only gates that start from 1, one a cycle, are initialised in bulk");
    for (Bitline input : operation.used()) flow.reads.back().push_back(use(input, time));
    flow.written.back() = use(operation.output, time);
  }
  for (const LogicOperand& output : program.outputs) {
    flow.outputs.emplace_back();
    for (Bitline cell : output.cells) flow.outputs.back().push_back(use(cell, kForever));
  }
  return flow;
}

/// The cells of the new row.
class Cells {
 public:
  Cells(const LogicProgram& program, int count) : used_(static_cast<size_t>(count), false) {
    for (const LogicOperand& input : program.inputs)
      for (Bitline cell : input.cells) used_[cell] = true;
    for (size_t cell = used_.size(); cell-- > 0;)
      if (!used_[cell]) spent_.push_back(static_cast<Bitline>(cell));
  }
  /// A cell that holds 1, or 0, initialised now if there is none.
  Bitline take(bool one, std::vector<LogicOperation>& operations) {
    if (!one) return take_zero(operations);
    if (fresh_.empty()) initialise_spent(operations);
    const Bitline cell = fresh_.back();
    fresh_.pop_back();
    return cell;
  }
  void give_back(Bitline cell) { spent_.push_back(cell); }

 private:
  Bitline take_zero(std::vector<LogicOperation>& operations) {
    std::vector<Bitline>& from = spent_.empty() ? fresh_ : spent_;
    OHMWEAVE_CHECK(!from.empty(), "more values than cells");
    const Bitline cell = from.back();
    from.pop_back();
    operations.push_back(LogicOperation::gate_of(Gate::Init0, {}, cell));
    return cell;
  }
  void initialise_spent(std::vector<LogicOperation>& operations) {
    OHMWEAVE_CHECK(!spent_.empty(), "more values than cells");
    bool joins = false;
    for (Bitline cell : spent_) {
      operations.push_back(LogicOperation::gate_of(Gate::Init1, {}, cell));
      operations.back().joins = joins;
      joins = true;
    }
    fresh_.swap(spent_);
    std::sort(fresh_.rbegin(), fresh_.rend());
  }

  std::vector<bool> used_;
  std::vector<Bitline> fresh_, spent_;
};

}  // namespace

LogicProgram initialised_in_bulk(const LogicProgram& program, int cells) {
  OHMWEAVE_CHECK(program.partitions.empty() && cells >= program.bitlines, "a row too short or cut");
  Flow flow = flow_of(program);
  Cells row(program, cells);
  LogicProgram result{.name = program.name, .inputs = program.inputs};
  const auto cell_of = [&](int value) {
    Value& v = flow.values[static_cast<size_t>(value)];
    if (v.cell < 0) v.cell = row.take(v.one, result.operations);
    return static_cast<Bitline>(v.cell);
  };
  for (size_t time = 0; time < program.operations.size(); ++time) {
    const int output = flow.written[time];
    if (output < 0) continue;
    LogicOperation operation = program.operations[time];
    for (size_t i = 0; i < flow.reads[time].size(); ++i) operation.inputs[i] = cell_of(flow.reads[time][i]);
    operation.output = cell_of(output);
    result.operations.push_back(operation);
    std::vector<int> touched = flow.reads[time];
    touched.push_back(output);
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    for (int value : touched) {
      const Value& v = flow.values[static_cast<size_t>(value)];
      if (v.last_use == static_cast<int>(time)) row.give_back(static_cast<Bitline>(v.cell));
    }
  }
  for (size_t o = 0; o < flow.outputs.size(); ++o) {
    result.outputs.push_back({program.outputs[o].name, {}});
    for (int value : flow.outputs[o]) result.outputs.back().cells.push_back(cell_of(value));
  }
  for (const LogicOperation& operation : result.operations)
    result.bitlines = std::max(result.bitlines, operation.output + 1);
  for (const LogicOperand& input : result.inputs)
    for (Bitline cell : input.cells) result.bitlines = std::max(result.bitlines, cell + 1);
  return result;
}

std::string refuse_bulk(const LogicProgram& program) {
  if (!program.partitions.empty()) return "its row has partitions, which are initialised together already";
  std::vector<bool> held(static_cast<size_t>(program.bitlines), false);  // cells that hold something known
  for (const LogicOperand& input : program.inputs)
    for (Bitline cell : input.cells) held[cell] = true;
  for (const LogicOperation& operation : program.operations) {
    if (operation.gate == Gate::Search || operation.gate == Gate::All) return "it selects rows by searches";
    if (operation.gate == Gate::Init0 || operation.gate == Gate::Init1) {
      held[operation.output] = true;
      continue;
    }
    if (!kind_of(operation.gate).output_from) return "it has gates whose output starts from 0";
    if (operation.joins || !held[operation.output])
      return "it shares cycles, or cells that it initialises once";
  }
  return "";
}

LogicProgram build(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                   CellInitialisation initialisation) {
  LogicProgram program = method.build(operation, format);
  if (initialisation == CellInitialisation::Published) return program;
  if (const std::string why = refuse_bulk(program); !why.empty())
    base::fail(std::string(method.name),
               fmt::format("cannot initialise the cells of {} in bulk: {}", name_of(operation), why));
  return initialised_in_bulk(program, program.bitlines);
}

}  // namespace ohmweave::logic
