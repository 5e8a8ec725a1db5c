// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/logic/testing/checks.h"

#include <gtest/gtest.h>

#include "ohmweave/mapping/logic/verification.h"

namespace ohmweave::mapping::testing {

void expect_values(const LogicMethod& method, Arithmetic operation, LogicFormat format, int64_t rows) {
  const std::string refused = method.refusal(operation, format);
  if (!refused.empty()) return;
  const array::LogicProgram program = method.build(operation, format);
  array::check(program);
  const LogicValues operands = random_operands(method, operation, format, program, rows, 1);
  const LogicValues results = run_rows(program, operands);
  const LogicVerification verification = verify(method, operation, format, program, operands, results);
  EXPECT_EQ(verification.wrong, 0) << program.name << ", row " << verification.first.value_or(-1);
  EXPECT_GT(verification.verified, rows / 2) << program.name;
}

}  // namespace ohmweave::mapping::testing
