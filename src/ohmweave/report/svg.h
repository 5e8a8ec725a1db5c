// SPDX-License-Identifier: Apache-2.0
// Pictures: a writer of SVG and a layered layout of graphs, for whatever is to be drawn.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ohmweave::report {

struct Point {
  double x = 0, y = 0;
};

/// An SVG document in pieces. Lengths are pixels; numbers are written with one decimal, so that the same
/// picture is the same text everywhere. Colours come from a style sheet: elements only name their class.
class Svg {
 public:
  /// `style`: rules of CSS.
  explicit Svg(std::string_view style) : style_(style) {}
  /// `hint` is shown where the pointer rests.
  void rect(Point corner, Point size, double radius, std::string_view kind, std::string_view hint = "");
  enum class Anchor { Start, Middle, End };
  void text(Point at, std::string_view text, std::string_view kind, Anchor anchor = Anchor::Middle);
  /// Straight down where points stand below each other, and bent gently where not.
  void flow(const std::vector<Point>& points, std::string_view kind);
  /// Straight lines with rounded corners.
  void line(const std::vector<Point>& points, double radius, std::string_view kind);
  /// The document, of this size, from (0, 0); the background has the class `paper`.
  std::string document(Point size, std::string_view title) const;

 private:
  void path(const std::string& d, std::string_view kind);
  std::string style_, body_;
};

/// Text in which markup means nothing.
std::string escape_markup(std::string_view text);

}  // namespace ohmweave::report
