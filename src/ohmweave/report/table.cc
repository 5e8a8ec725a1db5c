// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/table.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "ohmweave/base/check.h"

namespace ohmweave::report {
namespace {

constexpr int kGap = 2;        // blanks between columns
constexpr int kNarrowest = 8;  // a shrinking column keeps that much

struct Glyph {
  size_t bytes = 1;
  int columns = 1;
};

bool is_combining(uint32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x20D0 && c <= 0x20FF) || c == 0x200B || c == 0x200D ||
         (c >= 0xFE00 && c <= 0xFE0F);
}
bool is_wide(uint32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

/// What stands at the beginning of a text: an escape sequence of ours or one character. Bytes that are no UTF-8
/// count one.
Glyph first_glyph(std::string_view s) {
  if (s.size() > 1 && s[0] == '\033' && s[1] == '[') {
    size_t end = s.find('m');
    return {end == std::string_view::npos ? s.size() : end + 1, 0};
  }
  const auto lead = static_cast<unsigned char>(s[0]);
  size_t bytes = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes > s.size()) return {1, 1};
  uint32_t c = bytes == 1 ? lead : lead & (0x7FU >> bytes);
  for (size_t k = 1; k < bytes; ++k) c = c << 6 | (static_cast<unsigned char>(s[k]) & 0x3FU);
  return {bytes, is_combining(c) ? 0 : is_wide(c) ? 2 : 1};
}

std::string padded(const std::string& text, int columns, Align align) {
  std::string blanks(static_cast<size_t>(std::max(columns - width(text), 0)), ' ');
  return align == Align::Left ? text + blanks : blanks + text;
}

}  // namespace

std::string Style::wrap(std::string_view code, std::string_view text) const {
  if (!colour || text.empty()) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

int width(std::string_view utf8) {
  int out = 0;
  while (!utf8.empty()) {
    Glyph g = first_glyph(utf8);
    out += g.columns;
    utf8.remove_prefix(g.bytes);
  }
  return out;
}

std::string shorten(std::string_view utf8, int columns) {
  if (width(utf8) <= columns) return std::string(utf8);
  std::string out;
  int used = 1;  // of the ellipsis
  bool escaped = false;
  while (!utf8.empty()) {
    Glyph g = first_glyph(utf8);
    if (used + g.columns > columns) break;
    escaped |= utf8[0] == '\033';
    out += utf8.substr(0, g.bytes);
    used += g.columns;
    utf8.remove_prefix(g.bytes);
  }
  return out + "…" + (escaped ? "\033[0m" : "");
}

void Table::add(std::vector<std::string> cells) {
  OHMWEAVE_CHECK(cells.size() <= columns_.size(), "a row has more cells than its table has columns");
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::widths(int most) const {
  std::vector<int> out;
  for (size_t k = 0; k < columns_.size(); ++k) {
    int w = width(columns_[k].head);
    for (const auto& row : rows_) w = std::max(w, width(row[k]));
    out.push_back(w);
  }
  int total = std::accumulate(out.begin(), out.end(), kGap * (static_cast<int>(out.size()) - 1));
  while (total > most) {  // the widest of the shrinking columns gives one
    int widest = -1;
    for (size_t k = 0; k < columns_.size(); ++k) {
      if (columns_[k].shrinks && out[k] > kNarrowest &&
          (widest < 0 || out[k] > out[static_cast<size_t>(widest)]))
        widest = static_cast<int>(k);
    }
    if (widest < 0) break;
    --out[static_cast<size_t>(widest)];
    --total;
  }
  return out;
}

std::string Table::text(const Style& style, int indent, int most) const {
  const std::vector<int> w = widths(most - indent);
  std::string out;
  auto line = [&](auto&& cell) {
    std::string text(static_cast<size_t>(indent), ' ');
    for (size_t k = 0; k < columns_.size(); ++k) {
      if (k > 0) text += std::string(kGap, ' ');
      text += cell(k);
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out += text + "\n";
  };
  bool heads = std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.head.empty(); });
  if (heads)
    line(
        [&](size_t k) { return padded(style.bold(shorten(columns_[k].head, w[k])), w[k], columns_[k].align); });
  for (const auto& row : rows_)
    line([&](size_t k) { return padded(shorten(row[k], w[k]), w[k], columns_[k].align); });
  return out;
}

}  // namespace ohmweave::report
