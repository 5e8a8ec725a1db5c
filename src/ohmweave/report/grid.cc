// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/grid.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace ohmweave::report {
namespace {

constexpr const char* kOption = "--set";

/// At commas outside of brackets, braces and quotes.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out(1);
  int depth = 0;
  char quote = 0;
  for (char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth <= 0) {
      out.emplace_back();
      continue;
    }
    out.back() += c;
  }
  return out;
}

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t n = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// The numbers of "1..8", "2..64*2", "8..32+8"; nothing if the text is none of these.
std::optional<std::vector<int64_t>> range_of(const std::string& key, const std::string& text) {
  const size_t dots = text.find("..");
  if (dots == std::string::npos) return std::nullopt;
  const std::optional<int64_t> first = whole_number(text.substr(0, dots));
  if (!first) return std::nullopt;
  const size_t step_at = text.find_first_of("*+", dots + 2);
  const std::optional<int64_t> last = whole_number(text.substr(dots + 2, step_at - dots - 2));
  const std::optional<int64_t> step =
      step_at == std::string::npos ? std::optional<int64_t>(1) : whole_number(text.substr(step_at + 1));
  const bool times = step_at != std::string::npos && text[step_at] == '*';
  if (!last || !step || *last < *first || *step < (times ? 2 : 1) || (times && *first < 1))
    base::fail(kOption,
               fmt::format("{}: '{}' is no range; it should look like 1..8, 8..32+8 or 1..64*2", key, text));
  std::vector<int64_t> out;
  for (int64_t n = *first;;) {
    out.push_back(n);
    if (static_cast<int64_t>(out.size()) > Grid::kMostPoints)
      base::fail(kOption, fmt::format("{}: '{}' are more than {} values", key, text, Grid::kMostPoints));
    if (times ? n > *last / *step : n > *last - *step) return out;
    n = times ? n * *step : n + *step;
  }
}

}  // namespace

GridAxis parse_axis(const std::string& text) {
  const config::Override all = config::parse_override(text);
  GridAxis out{all.path, {}};
  for (const std::string& value : split(all.value)) {
    if (value.empty())
      base::fail(kOption, fmt::format("'{}' has no value between two commas or at its end", text));
    if (const std::optional<std::vector<int64_t>> range = range_of(out.key, value)) {
      for (int64_t n : *range) out.values.push_back(std::to_string(n));
    } else {
      out.values.push_back(value);
    }
  }
  std::set<std::string> seen;
  for (const std::string& value : out.values) {
    if (!seen.insert(value).second)
      base::fail(kOption, fmt::format("{} takes the value '{}' twice", out.key, value));
  }
  return out;
}

Grid::Grid(std::vector<GridAxis> axes) : axes_(std::move(axes)) {
  std::set<std::string> keys;
  for (const GridAxis& axis : axes_) {
    if (!keys.insert(axis.key).second)
      base::fail(kOption, fmt::format("{} is given twice; its values can stand in one list", axis.key));
    const auto n = static_cast<int64_t>(axis.values.size());
    if (size_ > kMostPoints / n)
      base::fail(kOption, fmt::format("the grid has more than {} points; leave out values", kMostPoints));
    size_ *= n;
  }
}

std::vector<std::string> Grid::values(int64_t point) const {
  std::vector<std::string> out(axes_.size());
  for (size_t k = axes_.size(); k-- > 0;) {
    const auto n = static_cast<int64_t>(axes_[k].values.size());
    out[k] = axes_[k].values[static_cast<size_t>(point % n)];
    point /= n;
  }
  return out;
}

std::vector<config::Override> Grid::overrides(int64_t point) const {
  std::vector<std::string> chosen = values(point);
  std::vector<config::Override> out;
  for (size_t k = 0; k < axes_.size(); ++k) out.push_back({axes_[k].key, std::move(chosen[k])});
  return out;
}

std::string Grid::text(int64_t point) const {
  std::string out;
  const std::vector<std::string> chosen = values(point);
  for (size_t k = 0; k < axes_.size(); ++k) {
    if (axes_[k].values.size() > 1)
      out += fmt::format("{}{}={}", out.empty() ? "" : " ", axes_[k].key, chosen[k]);
  }
  return out;
}

}  // namespace ohmweave::report
