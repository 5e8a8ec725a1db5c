// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/logic_arrays.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/logic/reference.h"
#include "ohmweave/network/data.h"

namespace ohmweave::cli {
namespace {

using tensor::Element;
using tensor::Tensor;

bool is_real(Element e) { return e == Element::Float16 || e == Element::Float32 || e == Element::Float64; }
bool is_unsigned(Element e) {
  return e == Element::UInt8 || e == Element::UInt16 || e == Element::UInt32 || e == Element::UInt64 ||
         e == Element::Bool;
}

[[noreturn]] void refuse(const std::string& path, int64_t row, const std::string& value, int bits) {
  base::fail(path, fmt::format("row {} holds {}, which does not fit in {} bits", row, value, bits));
}

std::vector<uint64_t> from_reals(const std::string& path, const Tensor& t, logic::LogicFormat format) {
  if (!format.floating())
    base::fail(
        path, fmt::format("holds {}; {} takes whole numbers", tensor::name_of(t.element()), to_string(format)));
  const Tensor reals = t.to(Element::Float64);
  std::vector<uint64_t> words;
  for (double x : reals.data<double>()) words.push_back(logic::float_pattern(format, x));
  return words;
}

/// Two's complement of `bits` bits, or the number itself.
std::vector<uint64_t> from_whole(const std::string& path, const Tensor& t, int bits, bool with_sign,
                                 bool allowed) {
  const uint64_t mask = bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  const size_t words_per_row = bits > 64 ? 2 : 1;
  std::vector<uint64_t> words;
  const Tensor wide = t.to(with_sign ? Element::Int64 : Element::UInt64);
  for (int64_t r = 0; r < t.size(); ++r) {
    const uint64_t value =
        with_sign ? static_cast<uint64_t>(wide.data<int64_t>()[r]) : wide.data<uint64_t>()[r];
    const bool negative = with_sign && static_cast<int64_t>(value) < 0;
    if (negative && !allowed)
      base::fail(path, fmt::format("row {} holds {}; this operation is of numbers without sign", r,
                                   static_cast<int64_t>(value)));
    const bool fits = bits >= 64 || (negative ? (value | mask >> 1) == ~uint64_t{0} : value <= mask);
    if (!fits)
      refuse(path, r, negative ? std::to_string(static_cast<int64_t>(value)) : std::to_string(value), bits);
    words.push_back(value & mask);
    if (words_per_row == 2) words.push_back(negative ? (uint64_t{1} << (bits - 64)) - 1 : 0);
  }
  return words;
}

std::vector<uint64_t> from_pairs(const std::string& path, const Tensor& t, int bits) {
  const Tensor wide = t.to(Element::UInt64);
  const auto words = wide.data<uint64_t>();
  for (int64_t r = 0; r < t.dim(0); ++r)
    if (bits < 128 && words[2 * r + 1] >> (bits - 64) != 0)
      refuse(path, r, fmt::format("{:#x} in its high word", words[2 * r + 1]), bits);
  return {words.begin(), words.end()};
}

}  // namespace

RowNumbers read_row_numbers(const std::string& path, int bits, logic::LogicFormat format, bool negative) {
  const Tensor t = network::read_npy(path);
  const bool pairs = bits > 64 && t.rank() == 2 && t.dim(1) == 2 && is_unsigned(t.element());
  if ((t.rank() != 1 && !pairs) || t.size() == 0)
    base::fail(path, fmt::format("has the shape {}; one number a row is expected{}", tensor::print(t.shape()),
                                 bits > 64 ? ", or rows x 2 unsigned words" : ""));
  RowNumbers out{.rows = t.dim(0)};
  if (pairs) {
    out.words = from_pairs(path, t, bits);
  } else if (is_real(t.element())) {
    out.kind = NumberKind::Real;
    out.words = from_reals(path, t, format);
  } else {
    out.kind = is_unsigned(t.element()) ? NumberKind::Unsigned : NumberKind::Signed;
    out.words = from_whole(path, t, bits, out.kind == NumberKind::Signed, negative);
  }
  return out;
}

Tensor row_numbers(const std::vector<uint64_t>& words, int bits, logic::LogicFormat format, NumberKind kind) {
  const auto rows = static_cast<int64_t>(words.size()) / (bits > 64 ? 2 : 1);
  if (bits > 64) return Tensor::of<uint64_t>({rows, 2}, words);
  if (format.floating() && kind == NumberKind::Real && fits_double(format)) {
    std::vector<double> reals;
    for (uint64_t word : words) reals.push_back(logic::float_value(format, word));
    return Tensor::of<double>({rows}, reals);
  }
  if (format.floating() || kind != NumberKind::Signed) return Tensor::of<uint64_t>({rows}, words);
  std::vector<int64_t> numbers;
  const int spare = 64 - bits;
  for (uint64_t word : words) numbers.push_back(static_cast<int64_t>(word << spare) >> spare);
  return Tensor::of<int64_t>({rows}, numbers);
}

}  // namespace ohmweave::cli
