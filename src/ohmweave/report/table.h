// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ohmweave::report {

/// Emphasis for terminals; every function returns its text unchanged where colour is off.
struct Style {
  bool colour = false;
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string red(std::string_view text) const { return wrap("31", text); }
  std::string green(std::string_view text) const { return wrap("32", text); }
  std::string yellow(std::string_view text) const { return wrap("33", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const;
};

/// Columns a UTF-8 text takes on a terminal: escape sequences and combining marks take none, East Asian wide
/// characters two.
int width(std::string_view utf8);
/// The text cut to at most `columns`, with an ellipsis in place of its end if it was longer.
std::string shorten(std::string_view utf8, int columns);

enum class Align { Left, Right };
struct Column {
  std::string head;
  Align align = Align::Right;
  bool shrinks = false;  // gives way where the table is wider than the terminal: its texts are shortened
};

/// Rows of cells under aligned heads, no wider than `most` columns of a terminal if its shrinking columns can
/// help it.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// As many cells as there are columns; fewer leave the rest of the row empty.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Lines ending in a newline each, without trailing blanks. Without heads no line of heads is made.
  std::string text(const Style& style, int indent = 2, int most = kTerminal) const;

  static constexpr int kTerminal = 100;

 private:
  std::vector<int> widths(int most) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ohmweave::report
