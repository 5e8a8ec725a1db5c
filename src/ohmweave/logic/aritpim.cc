// SPDX-License-Identifier: Apache-2.0
// AritPIM's bit-serial algorithms as methods.
#include <fmt/format.h>

#include "ohmweave/logic/aritpim_float.h"
#include "ohmweave/logic/aritpim_parts.h"
#include "ohmweave/logic/fixed_programs.h"
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/reference.h"

namespace ohmweave::logic {
namespace {

LogicProgram build_float(Arithmetic operation, LogicFormat format) {
  RowBuilder row(fmt::format("aritpim {} {}", name_of(operation), to_string(format)));
  const FloatCells x = FloatCells::take(row, format), z_or_y = FloatCells::take(row, format);
  const FloatCells z = FloatCells::take(row, format);
  FloatCells y = z_or_y;
  row.input("a", x.word());
  row.input("b", y.word());
  row.output("result", z.word());
  switch (operation) {
    case Arithmetic::Fmul:
      aritpim::multiply_float(row, x, y, z);
      break;
    case Arithmetic::Fdiv:
      aritpim::divide_float(row, x, y, z);
      break;
    case Arithmetic::Fsub: {
      const ScratchBit flipped(row);
      row.invert(y.sign, flipped);
      y.sign = flipped;
      aritpim::add_signed(row, x, y, z);
      break;
    }
    default:
      aritpim::add_signed(row, x, y, z);
  }
  return std::move(row).finish();
}

LogicProgram build(Arithmetic operation, LogicFormat format) {
  if (format.floating()) return build_float(operation, format);
  return fixed_program(fmt::format("aritpim {} {}", name_of(operation), to_string(format)), operation,
                       format.bits, KnownBits::AsPublished);
}

LogicProgram build_unsigned(Arithmetic operation, LogicFormat format) {
  RowBuilder row(fmt::format("aritpim-unsigned {} {}", name_of(operation), to_string(format)));
  const auto take = [&] { return FloatCells{0, row.take(format.exponent), row.take(format.bits)}; };
  const FloatCells x = take(), y = take(), z = take();
  row.input("a", x.magnitude());
  row.input("b", y.magnitude());
  row.output("result", z.magnitude());
  aritpim::add_unsigned(row, x, y, z);
  return std::move(row).finish();
}

/// Distances of exponents, of exponent + 1 bits, have to reach across a significand.
std::string refuse_narrow_exponent(LogicFormat format, int places) {
  const int least = aritpim::shift_bits(places) - 1;
  if (format.exponent >= least) return "";
  return fmt::format("a mantissa of {} bits needs an exponent of at least {}", format.bits, least);
}

std::string refusal(Arithmetic operation, LogicFormat format) {
  if (operation == Arithmetic::Mac && format.floating()) return "it has no floating-point sum of products";
  const bool adds = operation == Arithmetic::Fadd || operation == Arithmetic::Fsub;
  return adds ? refuse_narrow_exponent(format, format.bits + 3) : "";
}
std::string refusal_unsigned(Arithmetic operation, LogicFormat format) {
  if (operation != Arithmetic::Fadd) return "it has floating-point addition only";
  return refuse_narrow_exponent(format, format.bits + 2);
}

bool zero_or_normal(LogicFormat format, uint64_t bits) {
  const FloatPattern x{format, bits};
  return x.zero() || x.normal();
}

/// Exponents of all ones are numbers like others to it; results that leave the normal range are not rounded as
/// IEEE 754 would, and 0 has no sign. The smallest normal number may come of a product that IEEE 754 rounds up
/// among subnormal numbers.
bool accepts_float(Arithmetic operation, LogicFormat format, uint64_t a, uint64_t b) {
  if (!zero_or_normal(format, a) || !zero_or_normal(format, b)) return false;
  const FloatPattern result{format, expected_result(operation, format, {&a, 1}, {&b, 1})[0]};
  const bool exact_below = operation == Arithmetic::Fadd || operation == Arithmetic::Fsub;
  if (result.zero()) return !result.negative();
  return result.normal() && (exact_below || result.magnitude() > result.smallest_normal());
}

bool accepts(Arithmetic operation, LogicFormat format, std::span<const uint64_t> a,
             std::span<const uint64_t> b) {
  if (format.floating()) return accepts_float(operation, format, a[0], b[0]);
  return operation != Arithmetic::Div || !expected_result(operation, format, a, b).empty();
}
bool accepts_unsigned(Arithmetic operation, LogicFormat format, std::span<const uint64_t> a,
                      std::span<const uint64_t> b) {
  const uint64_t sign = FloatPattern{format}.sign_bit();
  return ((a[0] | b[0]) & sign) == 0 && accepts_float(operation, format, a[0], b[0]);
}

constexpr std::string_view kSource =
    "Leitersdorf, Leitersdorf, Gal, Dahan, Ronen, Kvatinsky: AritPIM, IEEE Trans. Emerging Topics in "
    "Computing, 2023";

}  // namespace

const LogicMethod kAritpim = {
    "aritpim",
    kSource,
    "bit by bit in whole rows, NOT and NOR of two inputs, each cell initialised in a cycle of its own; "
    "floating-point operands and results are 0 or normal, and 0 has no sign",
    refusal,
    build,
    accepts};
const LogicMethod kAritpimUnsigned = {
    "aritpim-unsigned", kSource,        "as aritpim, floating-point addition of numbers without sign",
    refusal_unsigned,   build_unsigned, accepts_unsigned};

}  // namespace ohmweave::logic
