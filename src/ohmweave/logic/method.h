// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// Arithmetic inside the rows. Add .. Mac are of whole numbers, Fadd .. Fdiv of floating-point numbers.
enum class Arithmetic : uint8_t { Add, Sub, Mul, Div, Mac, Fadd, Fsub, Fmul, Fdiv };
std::string_view name_of(Arithmetic operation);

/// What the operands are: whole numbers of `bits` bits, or a sign, `exponent` bits and `bits` bits of a
/// mantissa whose leading 1 is not stored (IEEE 754; bf16 is 8 and 7).
struct LogicFormat {
  int exponent = 0;  // 0: whole numbers
  int bits = 0;

  bool floating() const { return exponent > 0; }
  int width() const { return floating() ? 1 + exponent + bits : bits; }
  bool operator==(const LogicFormat&) const = default;
};
/// "fixed:32", "float:5:10", "bf16", "fp16", "fp32", "fp64"; errors go to base::fail.
LogicFormat parse_logic_format(std::string_view text);
std::string to_string(LogicFormat format);

/// What a publication counts by formulas, where that is not what its program does.
struct LogicFormula {
  LogicCounts counts;   // that pass time
  LogicCounts charged;  // that draw energy
};

/// A published way to compute, or ours. Operands are named a and b (Mac: also c, the addend), results are:
///   Add, Sub: `result`, of N bits (modulo 2^N);   Mul: `result`, 2 N bits, of numbers without sign;
///   Div: a of 2 N bits by b of N bits: `quotient` and `remainder`, of N bits, where the quotient fits;
///   Mac: `result` = a * b + c, 2 N bits;          Fadd .. Fdiv: `result` in the format.
/// Floating-point words are IEEE 754 patterns: mantissa lowest, then exponent, then sign.
struct LogicMethod {
  std::string_view name;    // for --method
  std::string_view source;  // the publication
  std::string_view leaves;  // what it leaves out or assumes: its domain, how it initialises cells
  /// Why it cannot do this ("" if it can).
  std::string (*refusal)(Arithmetic operation, LogicFormat format);
  LogicProgram (*build)(Arithmetic operation, LogicFormat format);
  /// Whether operands lie in its domain: where `build`'s program gives the result of IEEE 754 (nearest, ties to
  /// even) or of whole numbers. A word of more than 64 bits takes two of a.
  bool (*accepts)(Arithmetic operation, LogicFormat format, std::span<const uint64_t> a,
                  std::span<const uint64_t> b);
  std::optional<LogicFormula> (*formula)(Arithmetic operation, LogicFormat format) = nullptr;
};
/// All of them; the first is the default.
std::span<const LogicMethod> logic_methods();
/// The one of this name, if any.
const LogicMethod* find_logic_method(std::string_view name);
std::vector<std::string> logic_method_names();

}  // namespace ohmweave::logic
