// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::program {

/// Thrown when a line cannot be understood further; what is wrong is in the diagnostics already.
struct BadLine {};

/// Reads one line of a program's text, word by word.
class TextCursor {
 public:
  TextCursor(std::shared_ptr<const base::Source> source, uint32_t line, std::string_view text,
             base::Diagnostics& diagnostics)
      : source_(std::move(source)), line_(line), text_(text), diagnostics_(&diagnostics) {}

  /// Nothing but blanks or a comment is left.
  bool at_end();
  /// Takes a character if it is next.
  bool take(char c);
  void expect(char c);
  /// Takes a word if it is next.
  bool take_word(std::string_view word);
  void expect_word(std::string_view word);

  /// A keyword or a name: a word without quotes, or (unless a keyword) anything in quotes.
  std::string keyword(std::string_view what);
  std::string name(std::string_view what);
  /// The name of a loop; `quoted` tells whether it stood in quotes.
  std::string loop(bool* quoted = nullptr);
  /// A whole number from `least` to `most`.
  int64_t integer(int64_t least, int64_t most);
  bool next_is_digit();
  bool next_is(char c);
  units::Picoseconds time();
  units::Data data();
  void expect_end();

  /// Where the word taken last stands.
  base::Span span() const { return span_at(start_, at_ - start_); }
  [[noreturn]] void fail(std::string message);

 private:
  void skip_blanks();
  base::Span span_at(size_t at, size_t length) const;
  std::string quoted();
  [[noreturn]] void fail_expecting(std::string_view what);

  std::shared_ptr<const base::Source> source_;
  uint32_t line_;
  std::string_view text_;
  size_t start_ = 0, at_ = 0;
  base::Diagnostics* diagnostics_;
};

}  // namespace ohmweave::program
