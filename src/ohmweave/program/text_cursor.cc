// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/text_cursor.h"

#include <charconv>

#include <fmt/format.h>

#include "ohmweave/program/text_words.h"
#include "ohmweave/units/text.h"

namespace ohmweave::program {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void TextCursor::skip_blanks() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  start_ = at_;
}

bool TextCursor::at_end() {
  skip_blanks();
  return at_ == text_.size() || text_[at_] == '#';
}

bool TextCursor::next_is(char c) {
  skip_blanks();
  return at_ < text_.size() && text_[at_] == c;
}

bool TextCursor::next_is_digit() {
  skip_blanks();
  return at_ < text_.size() && is_digit(text_[at_]);
}

bool TextCursor::take(char c) {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

void TextCursor::expect(char c) {
  if (!take(c)) fail_expecting(fmt::format("'{}'", c));
}

bool TextCursor::take_word(std::string_view word) {
  skip_blanks();
  const bool follows = text_.substr(at_).starts_with(word);
  const size_t end = at_ + word.size();
  if (!follows || (end < text_.size() && is_bare(text_[end]))) return false;
  at_ = end;
  return true;
}

void TextCursor::expect_word(std::string_view word) {
  if (!take_word(word)) fail_expecting(fmt::format("'{}'", word));
}

std::string TextCursor::quoted() {
  std::string out;
  for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    out += text_[at_];
  }
  if (at_ == text_.size()) fail("a quote without its end");
  ++at_;
  return out;
}

std::string TextCursor::keyword(std::string_view what) {
  if (at_end()) fail_expecting(what);
  while (at_ < text_.size() && is_bare(text_[at_])) ++at_;
  if (at_ == start_) fail_expecting(what);
  return std::string(text_.substr(start_, at_ - start_));
}

std::string TextCursor::name(std::string_view what) { return next_is('"') ? quoted() : keyword(what); }

std::string TextCursor::loop(bool* in_quotes) {
  const bool quotes = next_is('"');
  if (in_quotes) *in_quotes = quotes;
  if (quotes) return quoted();
  if (at_ == text_.size() || !is_loop_start(text_[at_])) fail_expecting("the name of a loop");
  while (at_ < text_.size() && is_in_loop(text_[at_])) ++at_;
  return std::string(text_.substr(start_, at_ - start_));
}

int64_t TextCursor::integer(int64_t least, int64_t most) {
  skip_blanks();
  size_t begin = at_;
  if (begin + 1 < text_.size() && text_[begin] == '+' && is_digit(text_[begin + 1])) ++begin;
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text_.data() + begin, text_.data() + text_.size(), value);
  if (problem == std::errc::invalid_argument) fail_expecting("a whole number");
  at_ = static_cast<size_t>(end - text_.data());
  if (problem != std::errc() || value < least || value > most) {
    if (most == INT64_MAX) fail(fmt::format("the number must be at least {}", least));
    fail(fmt::format("the number must be {}..{}", least, most));
  }
  return value;
}

units::Picoseconds TextCursor::time() {
  constexpr int64_t kMost = int64_t{1} << 60;
  const int64_t whole = integer(0, kMost);
  const size_t begin = start_;
  std::string_view decimals;
  if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1])) {
    const size_t from = ++at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    decimals = text_.substr(from, at_ - from);
  }
  const std::string word = keyword("a unit of time");
  for (const TimeUnit& unit : kTimeUnits) {
    if (word != unit.word) continue;
    if (whole > kMost / unit.picoseconds) break;
    int64_t value = whole * unit.picoseconds, scale = unit.picoseconds;
    for (char digit : decimals) {
      scale /= 10;
      value += (digit - '0') * scale;
      if (scale == 0 && digit != '0') {
        start_ = begin;
        fail("times are whole picoseconds");
      }
    }
    return value;
  }
  start_ = begin;
  fail("expected a time, such as '16 ns'");
}

units::Data TextCursor::data() {
  skip_blanks();
  const size_t begin = start_;
  const std::string number = keyword("an amount of data"), unit = keyword("a unit of data");
  start_ = begin;
  const auto value = units::parse<units::Data>(number + ' ' + unit);
  if (!value || value->si() < 0)
    fail(fmt::format("'{} {}' is no amount of data, such as '128 B'", number, unit));
  return *value;
}

void TextCursor::expect_end() {
  if (!at_end()) fail_expecting("nothing more on this line");
}

base::Span TextCursor::span_at(size_t at, size_t length) const {
  return {source_, line_, static_cast<uint32_t>(at) + 1, static_cast<uint32_t>(std::max<size_t>(length, 1))};
}

void TextCursor::fail(std::string message) {
  diagnostics_->error(span(), std::move(message));
  throw BadLine{};
}

void TextCursor::fail_expecting(std::string_view what) {
  skip_blanks();
  size_t end = at_;
  while (end < text_.size() && is_bare(text_[end])) ++end;
  if (end == at_ && at_ < text_.size()) ++end;
  const std::string_view found = text_.substr(at_, end - at_);
  at_ = end;
  fail(found.empty() ? fmt::format("expected {} before the end of the line", what)
                     : fmt::format("expected {}, found '{}'", what, found));
}

}  // namespace ohmweave::program
