// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/fixed_programs.h"

#include <utility>

#include "ohmweave/base/check.h"
#include "ohmweave/logic/row_divide.h"

namespace ohmweave::logic {
namespace {

void build_division(RowBuilder& row, int bits, KnownBits known) {
  const Word dividend = row.take(2 * bits), divisor = row.take(bits);
  const Word quotient = row.take(bits), remainder = row.take(bits);
  row.input("a", dividend);
  row.input("b", divisor);
  row.output("quotient", quotient);
  row.output("remainder", remainder);
  (known == KnownBits::Trimmed ? divide_trimmed : divide)(row, dividend, divisor, quotient, remainder);
}

void build_multiply_accumulate(RowBuilder& row, int bits, KnownBits known) {
  const Word x = row.take(bits), y = row.take(bits), addend = row.take(2 * bits), result = row.take(2 * bits);
  row.input("a", x);
  row.input("b", y);
  row.input("c", addend);
  row.output("result", result);
  multiply(row, x, y, result, known);
  add(row, result, addend, result);
}

void build_of_two(RowBuilder& row, Arithmetic operation, int bits, KnownBits known) {
  const Word x = row.take(bits), y = row.take(bits);
  const Word result = row.take(operation == Arithmetic::Mul ? 2 * bits : bits);
  row.input("a", x);
  row.input("b", y);
  row.output("result", result);
  if (operation == Arithmetic::Add) add(row, x, y, result);
  if (operation == Arithmetic::Sub) subtract(row, x, y, result);
  if (operation == Arithmetic::Mul) multiply(row, x, y, result, known);
}

}  // namespace

LogicProgram fixed_program(std::string name, Arithmetic operation, int bits, KnownBits known) {
  OHMWEAVE_CHECK(operation <= Arithmetic::Mac, "whole numbers are not floating");
  RowBuilder row(std::move(name));
  if (operation == Arithmetic::Div)
    build_division(row, bits, known);
  else if (operation == Arithmetic::Mac)
    build_multiply_accumulate(row, bits, known);
  else
    build_of_two(row, operation, bits, known);
  return std::move(row).finish();
}

}  // namespace ohmweave::logic
