// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/verilog_tokens.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace ohmweave::logic {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         c == '\'';
}

/// The value of a digit of a base that is a power of two; -1 if it is none.
int digit_of(char c, int bits) {
  int value = -1;
  if (c >= '0' && c <= '9') value = c - '0';
  if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
  if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
  return value < 1 << bits ? value : -1;
}

}  // namespace

VerilogTokens::VerilogTokens(std::shared_ptr<const base::Source> source, base::Diagnostics& diagnostics)
    : source_(std::move(source)), diagnostics_(&diagnostics) {
  scan();
}

void VerilogTokens::fail(const Token& at, std::string message) {
  diagnostics_->error(at.span, std::move(message));
  throw BadVerilog{};
}

std::string VerilogTokens::describe(const Token& token) const {
  return token.text.empty() ? "the end of the file" : fmt::format("'{}'", token.text);
}

void VerilogTokens::fail_expecting(std::string_view what) {
  fail(next_, fmt::format("expected {}, found {}", what, describe(next_)));
}

void VerilogTokens::advance(size_t characters) {
  const size_t to = std::min(at_ + characters, source_->text.size());
  for (; at_ < to; ++at_) {
    if (source_->text[at_] != '\n') continue;
    ++line_;
    line_start_ = at_ + 1;
  }
}

void VerilogTokens::skip_blanks() {
  const std::string& text = source_->text;
  const auto skip_to = [&](std::string_view end, size_t from) {
    const size_t found = text.find(end, at_ + from);
    advance(found == std::string::npos ? text.size() : found + end.size() - at_);
  };
  while (at_ < text.size()) {
    if (is_blank(text[at_])) {
      advance(1);
    } else if (starts("//") || text[at_] == '`') {
      skip_to("\n", 0);
    } else if (starts("/*")) {
      skip_to("*/", 2);
    } else if (starts("(*") && !starts("(*)")) {
      skip_to("*)", 2);
    } else {
      return;
    }
  }
}

void VerilogTokens::scan() {
  skip_blanks();
  const std::string_view text = source_->text;
  size_t length = 0;
  bool escaped = false;
  if (at_ < text.size() && text[at_] == '\\') {
    escaped = true;
    advance(1);
    while (at_ + length < text.size() && !is_blank(text[at_ + length])) ++length;
  } else if (at_ < text.size() && is_word(text[at_])) {
    while (at_ + length < text.size() && is_word(text[at_ + length])) ++length;
  } else if (at_ < text.size()) {
    length = starts("~^") || starts("^~") || starts("~&") || starts("~|") ? 2 : 1;
  }
  next_ = {text.substr(at_, length),
           {source_, line_, static_cast<uint32_t>(at_ - line_start_) + 1,
            static_cast<uint32_t>(std::max<size_t>(length, 1))},
           escaped};
  advance(length);
}

VerilogTokens::Token VerilogTokens::next() {
  Token taken = next_;
  scan();
  return taken;
}

bool VerilogTokens::take(std::string_view text) {
  if (next_.escaped || next_.text != text) return false;
  scan();
  return true;
}

void VerilogTokens::expect(std::string_view text) {
  if (!take(text)) fail_expecting(fmt::format("'{}'", text));
}

VerilogTokens::Token VerilogTokens::name(std::string_view what) {
  const bool is_name =
      !next_.text.empty() &&
      (next_.escaped || (is_word(next_.text[0]) && !is_digit(next_.text[0]) && next_.text[0] != '\''));
  if (!is_name) fail_expecting(what);
  return next();
}

int VerilogTokens::integer() {
  int value = 0;
  const char* end = next_.text.data() + next_.text.size();
  const auto [at, error] = std::from_chars(next_.text.data(), end, value);
  if (next_.escaped || error != std::errc{} || at != end || value < 0 || value > 1 << 24)
    fail_expecting("a number of a bit");
  scan();
  return value;
}

std::vector<bool> VerilogTokens::number(int most_bits) {
  const Token at = next();
  const size_t quote = at.text.find('\'');
  const std::string_view size = at.text.substr(0, quote);
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(size.data(), size.data() + size.size(), value);
  const bool plain = quote == std::string_view::npos;
  if (error != std::errc{} || stop != size.data() + size.size() ||
      value > (plain ? UINT32_MAX : static_cast<uint64_t>(most_bits)))
    fail(at, fmt::format("'{}' is no number of at most {} bits", at.text, plain ? 32 : most_bits));
  std::vector<bool> out;
  if (plain) {
    for (int k = 0; k < 32; ++k) out.push_back((value >> k & 1) != 0);
    return out;
  }
  const char base = quote + 1 < at.text.size() ? at.text[quote + 1] : ' ';
  const std::string_view digits = at.text.substr(std::min(quote + 2, at.text.size()));
  const int bits = base == 'b' || base == 'B'   ? 1
                   : base == 'o' || base == 'O' ? 3
                   : base == 'h' || base == 'H' ? 4
                                                : 0;
  if (bits == 0 || digits.empty())
    fail(at, fmt::format("'{}' is no constant of binary, octal or hexadecimal digits, as 4'b0101 is", at.text));
  for (size_t k = digits.size(); k-- > 0;) {
    if (digits[k] == '_') continue;
    const int digit = digit_of(digits[k], bits);
    if (digit < 0) fail(at, fmt::format("'{}' is no digit of '{}'", digits[k], at.text));
    for (int j = 0; j < bits; ++j) out.push_back((digit >> j & 1) != 0);
  }
  if (value == 0) fail(at, fmt::format("'{}' has no bits", at.text));
  out.resize(value);
  return out;
}

bool VerilogTokens::skip_past(std::string_view text) {
  while (!next_.text.empty()) {
    if (next().text == text) return true;
  }
  return false;
}

}  // namespace ohmweave::logic
