// SPDX-License-Identifier: Apache-2.0
// Round numbers and their texts.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/report/chart.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

constexpr double kSlack = 1e-9;  // of the range: a bound that is itself round belongs to it

/// 1, 2 or 5 times a power of ten, not less than `least`.
double round_step(double least) {
  const double decade = std::pow(10, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (factor * decade >= least * (1 - kSlack)) return factor * decade;
  }
  return 10 * decade;
}

/// Those factors of every `step`-th decade that are within the range.
std::vector<double> of_decades(double low, double high, std::initializer_list<double> factors, int step) {
  std::vector<double> out;
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  for (int e = static_cast<int>(std::floor(std::log10(low))); e <= last; ++e) {
    if (e % step != 0) continue;
    for (double f : factors) {
      const double at = f * std::pow(10, e);
      if (at >= low * (1 - kSlack) && at <= high * (1 + kSlack)) out.push_back(at);
    }
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int most) {
  if (!(high > low) || most < 1) return {low};
  const auto multiples = [&](double step) {
    const double slack = kSlack * (high - low);
    std::vector<double> out;
    for (double k = std::ceil((low - slack) / step); k * step <= high + slack; ++k)
      out.push_back(k * step + 0.0);
    return out;
  };
  // Where neither end is round, `most` multiples may fit with a step that is less than one part of so many.
  std::vector<double> out = multiples(round_step((high - low) / (most + 1)));
  if (out.size() > static_cast<size_t>(most)) out = multiples(round_step((high - low) / most));
  return out;
}

std::vector<double> log_ticks(double low, double high, int most) {
  OHMWEAVE_CHECK(low > 0 && high >= low, "a logarithmic axis begins above zero");
  const auto limit = static_cast<size_t>(std::max(most, 2));
  std::vector<double> out = of_decades(low, high, {1, 2, 5}, 1);
  if (out.size() < 3) return round_ticks(low, high, most);
  if (out.size() > limit) out = of_decades(low, high, {1, 3}, 1);
  if (out.size() > limit) out = of_decades(low, high, {1}, 1);
  for (int step = 2; out.size() > limit; ++step) out = of_decades(low, high, {1}, step);
  return out;
}

std::string chart_text(double si, std::string_view unit, int digits) {
  if (unit.empty()) return units::print_count(si, digits);
  const std::optional<units::Unit> known = units::parse_unit(unit);
  OHMWEAVE_CHECK(known.has_value(), "not a unit");
  std::string out = units::print(si, known->dimension, digits);
  replace_all(out, "^2", "\u00b2");
  replace_all(out, " u", " \u00b5");
  return out;
}

double chart_text_width(std::string_view text, double font_size) { return 0.58 * font_size * width(text); }

}  // namespace ohmweave::report
