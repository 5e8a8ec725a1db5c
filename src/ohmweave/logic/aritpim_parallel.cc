// SPDX-License-Identifier: Apache-2.0
// AritPIM's bit-parallel algorithms as a method.
#include "ohmweave/logic/aritpim_parallel.h"

#include <bit>

#include <fmt/format.h>

#include "ohmweave/logic/methods.h"

namespace ohmweave::logic {
namespace {

constexpr int kLeastExponent = 4;  // bits below a significand stand in lanes of the exponent
constexpr int kLeastMantissa = 2;

std::string refuse_float(Arithmetic operation, LogicFormat format) {
  if (operation == Arithmetic::Mac) return "it has no floating-point sum of products";
  if (format.exponent < kLeastExponent)
    return fmt::format("it needs an exponent of at least {} bits", kLeastExponent);
  if (format.bits < kLeastMantissa)
    return fmt::format("it needs a mantissa of at least {} bits", kLeastMantissa);
  const int least = std::bit_width(static_cast<unsigned>(format.bits + 2));
  const bool adds = operation == Arithmetic::Fadd || operation == Arithmetic::Fsub;
  if (adds && format.exponent < least)
    return fmt::format("a mantissa of {} bits needs an exponent of at least {}", format.bits, least);
  return "";
}

std::string refusal(Arithmetic operation, LogicFormat format) {
  if (format.floating()) return refuse_float(operation, format);
  if (operation == Arithmetic::Mac) return "it has no sum of products";
  if (operation == Arithmetic::Div && format.bits < 3) return "it divides by numbers of at least 3 bits";
  return "";
}

LogicProgram build(Arithmetic operation, LogicFormat format) {
  switch (operation) {
    case Arithmetic::Fadd:
    case Arithmetic::Fsub:
      return aritpim_parallel_sum(format, operation == Arithmetic::Fsub);
    case Arithmetic::Fmul:
      return aritpim_parallel_product(format);
    case Arithmetic::Fdiv:
      return aritpim_parallel_quotient(format);
    default:
      return aritpim_parallel_whole(operation, format.bits);
  }
}

}  // namespace

const LogicMethod kAritpimParallel = {
    "aritpim-parallel",
    "Leitersdorf, Leitersdorf, Gal, Dahan, Ronen, Kvatinsky: AritPIM, IEEE Trans. Emerging Topics in "
    "Computing, 2023",
    "all bits at once, each in a partition of its own, on the minimal periphery; NOT and NOR of two inputs, "
    "initialisations in cycles of their own; floating-point operands and results are 0 or normal, and 0 has no "
    "sign",
    refusal,
    build,
    [](Arithmetic operation, LogicFormat format, std::span<const uint64_t> a, std::span<const uint64_t> b) {
      return kAritpim.accepts(operation, format, a, b);
    }};

}  // namespace ohmweave::logic
