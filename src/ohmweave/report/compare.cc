// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/compare.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/report/aspects.h"
#include "ohmweave/report/beside.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

std::vector<Aspect> lines(const std::vector<Report>& reports) {
  const auto has_values = [](const Report& r) { return r.values.has_value(); };
  const auto first = std::find_if(reports.begin(), reports.end(), has_values);
  std::vector<Aspect> out = value_aspects(first != reports.end() ? *first->values : Values{});
  for (Aspect& a : cost_aspects()) out.push_back(std::move(a));
  for (Aspect& a : beside_aspects(reports)) out.push_back(std::move(a));
  return out;
}

std::string ratio_text(double ours, double first) {
  return fmt::format("{}x", units::print(ours / first, {}, 3));
}

/// The designs from one on, as many as fit a terminal beside each other.
Table part_of(const std::vector<Report>& reports, const std::vector<Aspect>& aspects, size_t begin, size_t end,
              const Style& style) {
  constexpr int kHead = 16;
  std::vector<Column> columns{{"", Align::Left}};
  const std::vector<std::string> names = numbered_names(reports);
  for (size_t k = begin; k < end; ++k) {
    columns.push_back({shorten(names[k], kHead), Align::Right});
    columns.push_back({"", Align::Right});
  }
  Table t(columns);
  for (const Aspect& f : aspects) {
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

namespace {

constexpr size_t kBeside = 3;

std::string tables(const std::vector<Report>& reports, const std::vector<Aspect>& aspects, const Style& style) {
  std::string out;
  for (size_t begin = 0; begin < reports.size(); begin += kBeside) {
    const Table t = part_of(reports, aspects, begin, std::min(begin + kBeside, reports.size()), style);
    if (!t.empty()) out += (out.empty() ? "" : "\n") + t.text(style);
  }
  return out;
}

std::string head(const std::vector<Report>& reports, const Terms& terms, const Style& style) {
  std::string out = style.bold("Ohmweave " + base::version()) + "\n\n";
  const auto line = [&](std::string_view name, const std::string& what) {
    out += fmt::format("{}{}{}\n", style.bold(name), std::string(11 - name.size(), ' '), what);
  };
  line("Network", reports[0].network);
  for (size_t k = 0; k < reports.size(); ++k)
    line(k == 0 ? "Designs" : "", fmt::format("{}  {}", k + 1, reports[k].design));
  const TermsInWords words = in_words(reports, terms);
  line("Equal", fmt::format("{}", fmt::join(words.equal, ", ")));
  if (!words.different.empty())
    line("Different", style.yellow(fmt::format("{}", fmt::join(words.different, ", "))));
  return out;
}

/// What a report has to say beside its figures: why it has none, what it leaves out, what it does not keep.
std::string remarks(const std::vector<Report>& reports, const Style& style) {
  std::string out;
  for (size_t k = 0; k < reports.size(); ++k) {
    const Report& r = reports[k];
    if (r.mapping && !r.mapping->fits)
      out += style.red(fmt::format("{}: {}", r.design, r.mapping->misfit)) + "\n";
    for (const std::string& what : r.not_modelled)
      out += style.dim(fmt::format("{}: not modelled: {}", r.design, what)) + "\n";
    if (!r.mapping) continue;
    const auto in_arrays = [](const mapping::Layer& l) { return l.where == mapping::Where::Crossbar; };
    const auto loses = [&](const mapping::Layer& l) { return in_arrays(l) && !l.lossless; };
    const std::vector<mapping::Layer>& layers = r.mapping->layers;
    const auto lossy = std::count_if(layers.begin(), layers.end(), loses),
               held = std::count_if(layers.begin(), layers.end(), in_arrays);
    if (lossy > 0)
      out += style.yellow(
                 fmt::format("{}: arrays may not make the exact sums of {} of {} layers", k + 1, lossy, held)) +
             "\n";
  }
  return out.empty() ? out : "\n" + out;
}

}  // namespace

std::string compare_text(const std::vector<Report>& reports, bool colour, const Terms& terms) {
  if (reports.empty()) return {};
  const Style style{colour};
  std::string out = head(reports, terms, style) + "\n" + tables(reports, lines(reports), style);
  if (const std::optional<double> budget = budget_of(reports, terms))
    out += "\n" + style.bold("Within one " + budget_text(*terms.iso, *budget)) + "\n" +
           tables(reports, budget_aspects(*terms.iso, *budget), style);
  for (size_t k = 0; k < reports.size(); ++k) {
    const Report& r = reports[k];
    const auto heading = [&](const char* what) {
      return "\n" + style.bold(fmt::format("{} of {}", what, numbered_names(reports)[k])) + "  ";
    };
    if (r.trials)
      out += heading("Trials") + fmt::format("{} seeds\n", r.trials->seeds.size()) +
             trials_text(*r.trials, r, colour);
    if (r.sensitivity)
      out += heading("Sensitivity") + kSensitivityNote + "\n" + sensitivity_text(*r.sensitivity, r, colour);
  }
  return out + remarks(reports, style) + beside_remarks(reports, style);
}

}  // namespace ohmweave::report
