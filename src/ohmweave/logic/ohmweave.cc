// SPDX-License-Identifier: Apache-2.0
// Our own method: IEEE 754 whole, and whole numbers by AritPIM's procedures without their gates on known bits.
#include <fmt/format.h>

#include "ohmweave/logic/fixed_programs.h"
#include "ohmweave/logic/ieee_float.h"
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/reference.h"

namespace ohmweave::logic {
namespace {

void build_float(RowBuilder& row, Arithmetic operation, LogicFormat format) {
  const FloatCells x = FloatCells::take(row, format);
  FloatCells y = FloatCells::take(row, format);
  row.input("a", x.word());
  row.input("b", y.word());
  if (operation == Arithmetic::Mac) {
    const FloatCells addend = FloatCells::take(row, format), z = FloatCells::take(row, format);
    const FloatCells product = FloatCells::take(row, format);
    row.input("c", addend.word());
    row.output("result", z.word());
    ieee::multiply(row, x, y, product);
    return ieee::add(row, product, addend, z);
  }
  const FloatCells z = FloatCells::take(row, format);
  row.output("result", z.word());
  if (operation == Arithmetic::Fmul) return ieee::multiply(row, x, y, z);
  if (operation == Arithmetic::Fdiv) return ieee::divide(row, x, y, z);
  const ScratchBit sign(row);
  if (operation == Arithmetic::Fsub) {
    row.invert(y.sign, sign);
    y.sign = sign;
  }
  ieee::add(row, x, y, z);
}

LogicProgram build(Arithmetic operation, LogicFormat format) {
  std::string name = fmt::format("ohmweave {} {}", name_of(operation), to_string(format));
  if (!format.floating()) return fixed_program(std::move(name), operation, format.bits, KnownBits::Trimmed);
  RowBuilder row(std::move(name));
  build_float(row, operation, format);
  return std::move(row).finish();
}

std::string refusal(Arithmetic, LogicFormat) { return ""; }

bool accepts(Arithmetic operation, LogicFormat format, std::span<const uint64_t> a,
             std::span<const uint64_t> b) {
  return operation != Arithmetic::Div || !expected_result(operation, format, a, b).empty();
}

constexpr std::string_view kSource = "this project; whole numbers after AritPIM (IEEE TETC 2023)";

}  // namespace

const LogicMethod kOhmweave = {
    "ohmweave",
    kSource,
    "nothing of IEEE 754 but flags, payloads of NaN and other directions of rounding; whole quotients have to "
    "fit. NOT and NOR of two inputs in whole rows, each cell initialised in a cycle of its own",
    refusal,
    build,
    accepts};

}  // namespace ohmweave::logic
