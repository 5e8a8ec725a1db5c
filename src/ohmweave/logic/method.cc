// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/method.h"

#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/logic/methods.h"

namespace ohmweave::logic {
namespace {

struct NamedFormat {
  std::string_view name;
  LogicFormat format;
};
constexpr std::array<NamedFormat, 4> kNamedFormats = {
    {{"bf16", {8, 7}}, {"fp16", {5, 10}}, {"fp32", {8, 23}}, {"fp64", {11, 52}}}};

constexpr std::array<std::string_view, 9> kNames = {"add",  "sub",  "mul",  "div", "mac",
                                                    "fadd", "fsub", "fmul", "fdiv"};

constexpr int kMostBits = 64;  // of an operand
constexpr int kLeastExponent = 2, kMostExponent = 15;

/// The whole text as a number.
std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

LogicFormat parse_fixed(std::string_view text) {
  const std::optional<int> bits = number(text.substr(text.find(':') + 1));
  if (!bits || *bits < 1 || *bits > kMostBits)
    base::fail(std::string(text), fmt::format("whole numbers have 1 to {} bits, as in fixed:32", kMostBits));
  return {0, *bits};
}

LogicFormat parse_float(std::string_view text) {
  const size_t first = text.find(':'), second = text.find(':', first + 1);
  std::optional<int> exponent, mantissa;
  if (second != std::string_view::npos) {
    exponent = number(text.substr(first + 1, second - first - 1));
    mantissa = number(text.substr(second + 1));
  }
  if (!exponent || !mantissa)
    base::fail(std::string(text), "write the bits of exponent and mantissa, as in float:5:10");
  if (*exponent < kLeastExponent || *exponent > kMostExponent)
    base::fail(std::string(text), fmt::format("an exponent has {} to {} bits", kLeastExponent, kMostExponent));
  const int most = kMostBits - 1 - *exponent;
  if (*mantissa < 1 || *mantissa > most)
    base::fail(std::string(text),
               fmt::format("with an exponent of {} bits a mantissa has 1 to {}, its leading 1 not counted",
                           *exponent, most));
  return {*exponent, *mantissa};
}

}  // namespace

std::string_view name_of(Arithmetic operation) { return kNames[static_cast<size_t>(operation)]; }

LogicFormat parse_logic_format(std::string_view text) {
  std::vector<std::string> known{"fixed:32", "float:5:10"};
  for (const NamedFormat& named : kNamedFormats) {
    if (named.name == text) return named.format;
    known.emplace_back(named.name);
  }
  if (text.starts_with("fixed:")) return parse_fixed(text);
  if (text.starts_with("float:")) return parse_float(text);
  base::fail(std::string(text), "not a number format; there are fixed:N, float:E:M, bf16, fp16, fp32, fp64" +
                                    base::did_you_mean(text, known));
}

std::string to_string(LogicFormat format) {
  for (const NamedFormat& named : kNamedFormats)
    if (named.format == format) return std::string(named.name);
  if (format.floating()) return fmt::format("float:{}:{}", format.exponent, format.bits);
  return fmt::format("fixed:{}", format.bits);
}

std::span<const LogicMethod> logic_methods() {
  static const std::array methods = {kOhmweave,    kAritpim,    kAritpimUnsigned, kAritpimParallel, kMultpim,
                                     kMultpimArea, kMultpimNor, kHajali,          kFloatpim,        kFelix,
                                     kNor9,        kBnn3d};
  return methods;
}

const LogicMethod* find_logic_method(std::string_view name) {
  for (const LogicMethod& method : logic_methods())
    if (method.name == name) return &method;
  return nullptr;
}

std::vector<std::string> logic_method_names() {
  std::vector<std::string> names;
  for (const LogicMethod& method : logic_methods()) names.emplace_back(method.name);
  return names;
}

}  // namespace ohmweave::logic
