// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/testing/checks.h"

#include <gtest/gtest.h>

#include "ohmweave/logic/array.h"

namespace ohmweave::logic::testing {

void expect_values(const LogicMethod& method, Arithmetic operation, LogicFormat format, int64_t rows) {
  const std::string refused = method.refusal(operation, format);
  if (!refused.empty()) return;
  const LogicProgram program = method.build(operation, format);
  check(program);
  const LogicValues operands = random_operands(method, operation, format, program, rows, 1);
  const LogicValues results = run_rows(program, operands);
  const LogicVerification verification = verify(method, operation, format, program, operands, results);
  EXPECT_EQ(verification.wrong, 0) << program.name << ", row " << verification.first.value_or(-1);
  EXPECT_GT(verification.verified, rows / 2) << program.name;
}

std::vector<uint64_t> results_in_used_rows(const LogicProgram& program, const LogicValues& operands) {
  Word all;
  for (int cell = 0; cell < program.bitlines; ++cell) all.push_back(static_cast<Bitline>(cell));
  const size_t words = LogicArray::words_of(program.inputs[0].cells);
  const size_t rows = operands[0].size() / words;
  LogicArray array(static_cast<int64_t>(rows), program.bitlines);
  array.write(all, std::vector<uint64_t>(rows * LogicArray::words_of(all), ~uint64_t{0}));
  for (size_t i = 0; i < operands.size(); ++i) array.write(program.inputs[i].cells, operands[i]);
  array.run(program);
  return array.read(program.outputs[0].cells);
}

}  // namespace ohmweave::logic::testing
