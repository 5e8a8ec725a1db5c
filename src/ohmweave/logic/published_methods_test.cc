// SPDX-License-Identifier: Apache-2.0
// What holds for every method, published or ours.
#include <gtest/gtest.h>

#include "ohmweave/logic/array.h"
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/testing/checks.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {
namespace {

constexpr Arithmetic kAll[] = {Arithmetic::Add,  Arithmetic::Sub,  Arithmetic::Mul,
                               Arithmetic::Div,  Arithmetic::Mac,  Arithmetic::Fadd,
                               Arithmetic::Fsub, Arithmetic::Fmul, Arithmetic::Fdiv};
constexpr LogicFormat kFormats[] = {{0, 2}, {0, 5}, {0, 16}, {0, 33}, {0, 64},
                                    {4, 3}, {8, 7}, {5, 10}, {8, 23}};

template <typename Body>
void for_each_program(Body body) {
  for (const LogicMethod& method : logic_methods())
    for (const LogicFormat format : kFormats)
      for (const Arithmetic operation : kAll) {
        const bool floating = operation >= Arithmetic::Fadd;
        if (floating == format.floating() && method.refusal(operation, format).empty())
          body(method, operation, format);
      }
}

TEST(LogicMethods, ComputeWhatPlainArithmeticDoes) {
  for_each_program([](const LogicMethod& method, Arithmetic operation, LogicFormat format) {
    SCOPED_TRACE(std::string(method.name) + " " + std::string(name_of(operation)) + " " + to_string(format));
    testing::expect_values(method, operation, format, 300);
  });
}

/// Results of rows whose cells all held this before operands were written.
LogicValues results_after(bool held, const LogicProgram& program, const LogicValues& operands, int64_t rows) {
  LogicArray array(rows, program.bitlines);
  Word all;
  for (int cell = 0; cell < program.bitlines; ++cell) all.push_back(static_cast<Bitline>(cell));
  array.write(all, std::vector<uint64_t>(static_cast<size_t>(rows) * ((all.size() + 63) / 64),
                                         held ? ~uint64_t{0} : 0));
  for (size_t i = 0; i < operands.size(); ++i) array.write(program.inputs[i].cells, operands[i]);
  array.run(program);
  LogicValues results;
  for (const LogicOperand& output : program.outputs) results.push_back(array.read(output.cells));
  return results;
}

TEST(LogicMethods, DoNotRelyOnWhatCellsHeld) {
  for_each_program([](const LogicMethod& method, Arithmetic operation, LogicFormat format) {
    const LogicProgram program = method.build(operation, format);
    const LogicValues operands = random_operands(method, operation, format, program, 100, 2);
    EXPECT_EQ(results_after(true, program, operands, 100), results_after(false, program, operands, 100))
        << method.name << " " << name_of(operation) << " " << to_string(format);
  });
}

TEST(LogicMethods, PublishedOnesRefuseTheRest) {
  EXPECT_EQ(kMultpim.refusal(Arithmetic::Div, {0, 8}), "it only has add and mul");
  EXPECT_EQ(kHajali.refusal(Arithmetic::Add, {0, 8}), "it only has mul");
  EXPECT_EQ(kHajali.refusal(Arithmetic::Mul, {0, 1}), "it multiplies numbers of at least 2 bits");
  EXPECT_EQ(kFelix.refusal(Arithmetic::Mul, {0, 8}), "it only has add");
  EXPECT_EQ(kFloatpim.refusal(Arithmetic::Fsub, {8, 7}), "it only has add, mul, fadd and fmul");
}

}  // namespace
}  // namespace ohmweave::logic
