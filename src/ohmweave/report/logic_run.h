// SPDX-License-Identifier: Apache-2.0
// A program of stateful logic in rows: what it is, one run of it, and what people and programs are told of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/logic/costs.h"
#include "ohmweave/logic/initialisation.h"
#include "ohmweave/logic/verification.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// What is asked for.
struct LogicSpec {
  std::string operation;  // a word of logic::Arithmetic, or the path of a netlist
  std::string format;     // of an operation: logic::parse_logic_format
  std::string method;     // of an operation; empty: the default
  logic::CellInitialisation initialisation = logic::CellInitialisation::Published;  // of an operation's cells
  int cells = 1024;                                                                 // of a row, for a netlist
  int fan_in = 2;                                                                   // of a NOR of a netlist
  int partitions = 1;                                                               // of a row, for a netlist
};

/// What is run in the rows, wherever it comes from. Throws base::Failure that names what is wrong with the
/// specification.
struct LogicJob {
  explicit LogicJob(const LogicSpec& spec);

  std::string title;
  std::vector<std::pair<std::string, std::string>> about;  // key and value, for people and programs
  std::vector<std::pair<std::string, int64_t>> figures;    // the same of whole numbers
  logic::LogicProgram program;
  std::optional<logic::LogicCounts> formula;  // what the publication counts in place of the program
  logic::LogicFormat format;                  // of the operands; of a netlist: whole numbers
  bool signed_operands = true;                // negative ones make sense
  bool signed_results = false;                // where operands are signed
  std::function<logic::LogicValues(int64_t rows, uint64_t seed)> draw;
  std::function<logic::LogicVerification(const logic::LogicValues& operands, const logic::LogicValues& results,
                                         int64_t rows)>
      verify;

 private:
  void compute(const LogicSpec& spec);
  void compile(const LogicSpec& spec);
};

struct LogicRun {
  int64_t rows = 0;
  uint64_t seed = 1;
  double failures = 0;  // probability that a switching cell fails to switch
  logic::LogicCosts costs;
  logic::LogicValues results;
  logic::LogicCounts counts;
  logic::LogicTally tally;
  logic::LogicBill bill;
  logic::LogicVerification verification;

  /// A result that is not to be explained by failing cells.
  bool faulty() const { return verification.wrong > 0 && failures == 0; }
};
/// Runs a job on operands of so many rows and verifies every one. `how` has rows, seed, failures and costs.
LogicRun run_logic(const LogicJob& job, const logic::LogicValues& operands, LogicRun how);

std::string logic_text(const LogicJob& job, const LogicRun& run, const Style& style, int columns);
/// Format ohmweave-logic-run/1.
nlohmann::ordered_json logic_json(const LogicJob& job, const LogicRun& run);
/// "operand a is c0..c7", a line each, and the listing of the program.
std::string logic_listing(const logic::LogicProgram& program);

}  // namespace ohmweave::report
