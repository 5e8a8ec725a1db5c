// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::logic {

/// Thrown when a statement cannot be understood further; what is wrong is in the diagnostics already.
struct BadVerilog {};

/// Verilog as words and symbols, without comments, attributes (* *) and compiler directives.
class VerilogTokens {
 public:
  struct Token {
    std::string_view text;  // empty: the end of the file
    base::Span span;
    bool escaped = false;  // a name of any characters, written behind a backslash
  };
  VerilogTokens(std::shared_ptr<const base::Source> source, base::Diagnostics& diagnostics);

  const Token& peek() const { return next_; }
  Token next();
  /// Takes a symbol or keyword if it is next.
  bool take(std::string_view text);
  void expect(std::string_view text);
  Token name(std::string_view what);
  int integer();
  bool next_is_number() const { return !next_.escaped && !next_.text.empty() && is_digit(next_.text[0]); }
  /// "8'h1f", "1'b0" or "3": its bits, least significant first, at most so many.
  std::vector<bool> number(int most_bits);
  /// False if the file ends first.
  bool skip_past(std::string_view text);
  std::string describe(const Token& token) const;
  [[noreturn]] void fail_expecting(std::string_view what);

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  void skip_blanks();
  void advance(size_t characters);
  bool starts(std::string_view text) const { return source_->text.compare(at_, text.size(), text) == 0; }
  void scan();
  [[noreturn]] void fail(const Token& at, std::string message);

  std::shared_ptr<const base::Source> source_;
  base::Diagnostics* diagnostics_;
  size_t at_ = 0, line_start_ = 0;
  uint32_t line_ = 1;
  Token next_;
};

}  // namespace ohmweave::logic
