// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/diagnostics.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

namespace ohmweave::base {
namespace {

std::string_view line_of(const Source& source, uint32_t line) {
  std::string_view text = source.text;
  for (uint32_t k = 1; k < line; ++k) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

const char* word(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      return "note";
  }
  return "";
}

const char* colour_of(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "\033[1;31m";
    case Severity::Warning:
      return "\033[1;35m";
    case Severity::Note:
      return "\033[1;36m";
  }
  return "";
}

constexpr size_t kWidestLine = 120;  // of source text under a message, in bytes

/// The part of a line that is shown: all of it, or a stretch around the span where the line is very long.
struct Excerpt {
  std::string text;   // what a terminal would take for a command replaced by '?'
  size_t before = 0;  // bytes of `text` before the span
  size_t marked = 1;  // bytes of the span that are shown, at least one
};

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }  // UTF-8

Excerpt excerpt(std::string_view line, const Span& span) {
  const size_t column = std::min<size_t>(std::max(span.column, 1U) - 1, line.size());
  size_t begin = 0, end = line.size();
  if (line.size() > kWidestLine) {
    begin = column > kWidestLine / 3 ? column - kWidestLine / 3 : 0;
    end = std::min(line.size(), begin + kWidestLine);
    while (begin > 0 && continues_character(line[begin])) --begin;
    while (end < line.size() && continues_character(line[end])) ++end;
  }
  Excerpt out;
  if (begin > 0) out.text = "...";
  out.before = out.text.size() + column - begin;
  out.marked = std::clamp<size_t>(span.length, 1, std::max<size_t>(end - column, 1));
  for (char c : line.substr(begin, end - begin)) {
    bool control = (static_cast<unsigned char>(c) < 0x20U && c != '\t') || c == '\x7f';
    out.text += control ? '?' : c;
  }
  if (end < line.size()) out.text += "...";
  return out;
}

/// "    ^~~~" under an excerpt: one column per character, tabs kept.
std::string marker(const Excerpt& shown) {
  std::string blank, mark;
  for (size_t k = 0; k < shown.before; ++k) {
    if (!continues_character(shown.text[k])) blank += shown.text[k] == '\t' ? '\t' : ' ';
  }
  for (size_t k = shown.before; k < shown.before + shown.marked; ++k) {
    if (k >= shown.text.size() || !continues_character(shown.text[k])) mark += mark.empty() ? '^' : '~';
  }
  return blank + (mark.empty() ? "^" : mark);
}

std::string render_one(const Diagnostic& d, bool colour) {
  std::string out;
  const Span& s = d.span;
  if (s.source) out += s.source->name + ":";
  if (s.source && s.line > 0) out += fmt::format("{}:{}:", s.line, s.column);
  if (s.source) out += ' ';
  const char* on = colour ? colour_of(d.severity) : "";
  const char* off = colour ? "\033[0m" : "";
  out += fmt::format("{}{}:{} {}\n", on, word(d.severity), off, d.message);
  if (!s.source || s.line == 0) return out;
  std::string_view line = line_of(*s.source, s.line);
  if (line.empty()) return out;
  const Excerpt shown = excerpt(line, s);
  out += fmt::format("{:4} | {}\n", s.line, shown.text);
  const std::string margin(fmt::formatted_size("{:4}", s.line), ' ');
  out += fmt::format("{} | {}{}{}\n", margin, on, marker(shown), off);
  return out;
}

size_t edit_distance(std::string_view a, std::string_view b) {  // with transpositions of neighbours
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

}  // namespace

Span whole(std::string name) { return {std::make_shared<const Source>(Source{std::move(name), {}}), 0, 0, 0}; }

void Diagnostics::error(Span span, std::string message) {
  all_.push_back({Severity::Error, std::move(message), std::move(span)});
}
void Diagnostics::warning(Span span, std::string message) {
  all_.push_back({Severity::Warning, std::move(message), std::move(span)});
}
void Diagnostics::note(Span span, std::string message) {
  all_.push_back({Severity::Note, std::move(message), std::move(span)});
}
void Diagnostics::append(const Diagnostics& other) {
  all_.insert(all_.end(), other.all_.begin(), other.all_.end());
}

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

void Diagnostics::stop_if_errors() const {
  if (has_errors()) throw Failure(*this);
}

std::string Diagnostics::render(bool colour) const {
  struct Group {  // a diagnostic and the notes that follow it
    size_t first, count;
  };
  std::vector<Group> groups;
  for (size_t k = 0; k < all_.size(); ++k) {
    if (all_[k].severity == Severity::Note && !groups.empty()) {
      ++groups.back().count;
    } else {
      groups.push_back({k, 1});
    }
  }
  auto key = [&](const Group& g) {
    const Span& s = all_[g.first].span;
    return std::tuple(s.source ? s.source->name : std::string(), s.line, s.column);
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const Group& a, const Group& b) { return key(a) < key(b); });
  std::string out;
  for (const Group& g : groups) {
    for (size_t k = 0; k < g.count; ++k) out += render_one(all_[g.first + k], colour);
  }
  return out;
}

Failure::Failure(Diagnostics diagnostics)
    : diagnostics_(std::move(diagnostics)), text_(diagnostics_.render()) {}

void fail(Span span, std::string message) {
  Diagnostics d;
  d.error(std::move(span), std::move(message));
  throw Failure(std::move(d));
}

void fail(std::string name, std::string message) { fail(whole(std::move(name)), std::move(message)); }

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t least =
      std::min(std::max<size_t>(word.size() / 3, 1) + 1, word.size());  // a word is no misspelling of any
  for (const std::string& c : candidates) {
    size_t d = edit_distance(lower(word), lower(c));
    if (d < least) least = d, best = c;
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best = closest(word, candidates);
  return best.empty() ? "" : fmt::format("; did you mean '{}'?", best);
}

}  // namespace ohmweave::base
