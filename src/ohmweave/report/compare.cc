// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/compare.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/report/aspects.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

std::vector<Aspect> lines(const std::vector<Report>& reports) {
  const auto has_values = [](const Report& r) { return r.values.has_value(); };
  const auto first = std::find_if(reports.begin(), reports.end(), has_values);
  std::vector<Aspect> out = value_aspects(first != reports.end() ? *first->values : Values{});
  for (Aspect& a : cost_aspects()) out.push_back(std::move(a));
  return out;
}

std::string ratio_text(double ours, double first) {
  return fmt::format("{}x", units::print(ours / first, {}, 3));
}

/// The designs from one on, as many as fit a terminal beside each other.
Table part_of(const std::vector<Report>& reports, size_t begin, size_t end, const Style& style) {
  constexpr int kHead = 16;
  std::vector<Column> columns{{"", Align::Left}};
  const std::vector<std::string> names = numbered_names(reports);
  for (size_t k = begin; k < end; ++k) {
    columns.push_back({shorten(names[k], kHead), Align::Right});
    columns.push_back({"", Align::Right});
  }
  Table t(columns);
  for (const Aspect& f : lines(reports)) {
    std::vector<std::string> row{f.name};
    const std::optional<double> first = f.value(reports[0]);
    bool any = false;
    for (size_t k = begin; k < end; ++k) {
      const std::optional<double> v = f.value(reports[k]);
      any |= v.has_value();
      row.push_back(v ? f.print(*v) : "-");
      row.push_back(k > 0 && v && first && f.ratio && *first > 0 ? style.dim(ratio_text(*v, *first)) : "");
    }
    if (any) t.add(std::move(row));
  }
  return t;
}

}  // namespace

std::vector<std::string> numbered_names(const std::vector<Report>& reports) {
  std::vector<std::string> out;
  for (const Report& r : reports) out.push_back(r.design);
  out = short_names(out);
  for (size_t k = 0; k < out.size(); ++k) out[k] = fmt::format("{} {}", k + 1, out[k]);
  return out;
}

std::string compare_text(const std::vector<Report>& reports, bool colour) {
  if (reports.empty()) return {};
  constexpr size_t kBeside = 3;
  const Style style{colour};
  std::string out = style.bold("Ohmweave " + base::version()) + "\n\n" + style.bold("Network") + "    " +
                    reports[0].network + "\n";
  for (size_t k = 0; k < reports.size(); ++k)
    out += fmt::format("{}{}  {}\n", k == 0 ? style.bold("Designs") + "    " : std::string(11, ' '), k + 1,
                       reports[k].design);
  for (size_t begin = 0; begin < reports.size(); begin += kBeside)
    out += "\n" + part_of(reports, begin, std::min(begin + kBeside, reports.size()), style).text(style);
  for (const Report& r : reports) {
    if (r.mapping && !r.mapping->fits) out += "\n" + style.red(r.design + ": " + r.mapping->misfit) + "\n";
    for (const std::string& what : r.not_modelled)
      out += fmt::format("{}\n", style.dim(fmt::format("{}: not modelled: {}", r.design, what)));
  }
  return out;
}

}  // namespace ohmweave::report
