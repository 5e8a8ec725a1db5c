// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/sweep.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/paths.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/report/pareto.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (char c : text) {
    if (c == ',') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

/// The objectives of a point, less is better; nothing if one is missing.
std::optional<std::vector<double>> aims(const Sweep& sweep, const SweepPoint& point) {
  std::vector<double> out;
  for (size_t objective : sweep.objectives) {
    const Aspect& aspect = sweep.aspects[objective];
    const std::optional<double> value = point.figure(objective);
    if (!value) return std::nullopt;
    out.push_back(aspect.better == Aspect::Better::More ? -*value : *value);
  }
  return out;
}

std::string short_key(const std::string& key) {
  const size_t dot = key.rfind('.');
  const size_t before = dot == std::string::npos || dot == 0 ? std::string::npos : key.rfind('.', dot - 1);
  return before == std::string::npos ? key : key.substr(before + 1);
}

std::vector<std::string> names_of(const Sweep& sweep, bool last_only) {
  std::vector<std::string> out;
  for (size_t k : sweep.objectives) out.push_back(last_only ? sweep.aspects[k].key : sweep.aspects[k].name);
  return out;
}

}  // namespace

std::optional<double> SweepPoint::figure(size_t aspect) const {
  if (aspect >= figures.size() || std::isnan(figures[aspect])) return std::nullopt;
  return figures[aspect];
}

int64_t Sweep::done() const {
  return std::count_if(points.begin(), points.end(), [](const SweepPoint& p) { return p.done; });
}

std::vector<bool> Sweep::front() const {
  std::vector<std::vector<double>> known;
  std::vector<size_t> place;
  for (size_t k = 0; k < points.size(); ++k) {
    if (std::optional<std::vector<double>> a = aims(*this, points[k])) {
      known.push_back(*std::move(a));
      place.push_back(k);
    }
  }
  const std::vector<bool> best = pareto_front(known);
  std::vector<bool> out(points.size(), false);
  for (size_t k = 0; k < place.size(); ++k) out[place[k]] = best[k];
  return out;
}

SweepPoint point_of(const Report& report, const std::vector<Aspect>& aspects) {
  SweepPoint out;
  out.done = true;
  if (report.mapping && !report.mapping->fits) {
    out.error = report.mapping->misfit;
    return out;
  }
  for (const Aspect& a : aspects) {
    const double value = a.value(report).value_or(std::nan(""));
    out.figures.push_back(std::isfinite(value) ? value : std::nan(""));
  }
  return out;
}

std::vector<size_t> parse_objectives(const std::string& text, const std::vector<Aspect>& aspects) {
  std::vector<std::string> known;
  for (const Aspect& a : aspects) {
    if (a.better != Aspect::Better::Neither) known.push_back(a.key);
  }
  std::vector<size_t> out;
  for (const std::string& word : words_of(text)) {
    const auto at = std::find_if(aspects.begin(), aspects.end(), [&](const Aspect& a) {
      return a.key == word && a.better != Aspect::Better::Neither;
    });
    if (at == aspects.end()) {
      const std::string hint = base::did_you_mean(word, known);
      base::fail("--pareto",
                 fmt::format("there is no objective '{}'{}", word,
                             hint.empty() ? fmt::format("; known: {}", fmt::join(known, ", ")) : hint));
    }
    const auto index = static_cast<size_t>(at - aspects.begin());
    if (std::find(out.begin(), out.end(), index) != out.end())
      base::fail("--pareto", fmt::format("'{}' is given twice", word));
    out.push_back(index);
  }
  return out;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string sweep_csv(const Sweep& sweep) {
  std::vector<std::string> fields;
  for (const GridAxis& axis : sweep.grid.axes()) fields.push_back(csv_field(axis.key));
  for (const Aspect& a : sweep.aspects) fields.push_back(csv_field(a.column()));
  std::string out = fmt::format("{},pareto,error\n", fmt::join(fields, ","));
  const std::vector<bool> front = sweep.front();
  for (size_t k = 0; k < sweep.points.size(); ++k) {
    const SweepPoint& p = sweep.points[k];
    if (!p.done) continue;
    fields.clear();
    for (const std::string& value : sweep.grid.values(static_cast<int64_t>(k)))
      fields.push_back(csv_field(value));
    for (size_t a = 0; a < sweep.aspects.size(); ++a) {
      const std::optional<double> value = p.figure(a);
      fields.push_back(value ? fmt::format("{}", *value) : "");
    }
    const char* mark = front[k] ? "1" : "0";
    out += fmt::format("{},{},{}\n", fmt::join(fields, ","), p.error.empty() ? mark : "", csv_field(p.error));
  }
  return out;
}

namespace {

constexpr size_t kShown = 40;

/// The table for people has what most ask for, and the objectives; everything is in CSV and JSON.
bool in_table(const Sweep& sweep, size_t aspect) {
  constexpr std::string_view kUsual[] = {"top1", "latency", "throughput", "energy", "power", "area", "chips_used"};
  const bool usual =
      std::find(std::begin(kUsual), std::end(kUsual), sweep.aspects[aspect].key) != std::end(kUsual);
  return usual || std::find(sweep.objectives.begin(), sweep.objectives.end(), aspect) != sweep.objectives.end();
}

void add_row(const Sweep& sweep, size_t point, bool marked, const Style& style, Table& table) {
  const SweepPoint& p = sweep.points[point];
  const std::vector<std::string> values = sweep.grid.values(static_cast<int64_t>(point));
  std::vector<std::string> row{marked ? style.green("*") : ""};
  for (size_t k = 0; k < values.size(); ++k) {
    if (sweep.grid.axes()[k].values.size() > 1) row.push_back(values[k]);
  }
  for (size_t a = 0; a < sweep.aspects.size(); ++a) {
    if (!in_table(sweep, a)) continue;
    const std::optional<double> value = p.figure(a);
    row.push_back(value ? sweep.aspects[a].print(*value) : "-");
  }
  table.add(std::move(row));
}

/// How often each error, with the first point that has it.
std::string errors_text(const Sweep& sweep, const Style& style) {
  std::vector<std::string> order;
  std::map<std::string, std::pair<int64_t, size_t>> found;
  for (size_t k = 0; k < sweep.points.size(); ++k) {
    const std::string& error = sweep.points[k].error;
    if (error.empty()) continue;
    if (found.try_emplace(error, 0, k).second) order.push_back(error);
    ++found[error].first;
  }
  std::string out;
  for (const std::string& error : order) {
    const auto& [count, first] = found[error];
    const std::string where = sweep.grid.text(static_cast<int64_t>(first));
    out += fmt::format("  {} {}{}: {}\n", count, count == 1 ? "point" : "points, first",
                       where.empty() ? "" : " " + where, style.red(error));
  }
  return out.empty() ? out : fmt::format("\n{}\n{}", style.bold("Errors"), out);
}

}  // namespace

std::string sweep_text(const Sweep& sweep, bool colour) {
  const Style style{colour};
  std::string out = style.bold("Ohmweave " + base::version()) + "\n\n";
  auto line = [&](std::string_view name, const std::string& what) {
    out += fmt::format("{}{}{}\n", style.bold(name), std::string(11 - name.size(), ' '), what);
  };
  const std::vector<bool> front = sweep.front();
  const auto best = std::count(front.begin(), front.end(), true);
  line("Network", sweep.network);
  line("Design", sweep.design);
  for (const GridAxis& axis : sweep.grid.axes()) {
    std::string values = fmt::format("{}", fmt::join(axis.values, ","));
    line(&axis == sweep.grid.axes().data() ? "Grid" : "", fmt::format("{}={}", axis.key, shorten(values, 60)));
  }
  line("Points", sweep.done() == sweep.grid.size()
                     ? fmt::format("{}", sweep.grid.size())
                     : fmt::format("{} of {}: interrupted", sweep.done(), sweep.grid.size()));
  line("Front", fmt::format("{}, marked *: no other is as good in {} and better in one", best,
                            fmt::join(names_of(sweep, false), ", ")));

  std::vector<Column> columns{{"", Align::Left}};
  for (const GridAxis& axis : sweep.grid.axes()) {
    if (axis.values.size() > 1) columns.push_back({short_key(axis.key), Align::Right, true});
  }
  for (size_t a = 0; a < sweep.aspects.size(); ++a) {
    if (in_table(sweep, a)) columns.push_back({sweep.aspects[a].key, Align::Right});
  }
  Table table(columns);
  size_t shown = 0, left = 0;
  for (const bool marked : {true, false}) {
    for (size_t k = 0; k < sweep.points.size(); ++k) {
      const SweepPoint& p = sweep.points[k];
      if (!p.done || !p.error.empty() || front[k] != marked) continue;
      if (++shown <= kShown) {
        add_row(sweep, k, marked, style, table);
      } else {
        ++left;
      }
    }
  }
  if (!table.empty()) out += "\n" + table.text(style);
  if (left > 0) out += style.dim(fmt::format("  and {} more, which --csv FILE writes", left)) + "\n";
  return out + errors_text(sweep, style);
}

ordered_json to_json(const Sweep& sweep) {
  ordered_json out;
  out["format"] = "ohmweave-sweep/1";
  out["version"] = base::version();
  out["network"] = sweep.network;
  out["design"] = sweep.design;
  out["axes"] = ordered_json::array();
  for (const GridAxis& axis : sweep.grid.axes())
    out["axes"].push_back({{"key", axis.key}, {"values", axis.values}});
  out["objectives"] = names_of(sweep, true);
  out["points"] = ordered_json::array();
  const std::vector<bool> front = sweep.front();
  for (size_t k = 0; k < sweep.points.size(); ++k) {
    const SweepPoint& p = sweep.points[k];
    if (!p.done) continue;
    ordered_json set = ordered_json::object(), figures = ordered_json::object();
    const std::vector<std::string> values = sweep.grid.values(static_cast<int64_t>(k));
    for (size_t a = 0; a < values.size(); ++a) set[sweep.grid.axes()[a].key] = values[a];
    for (size_t a = 0; a < sweep.aspects.size(); ++a)
      figures[sweep.aspects[a].column()] = number(p.figure(a).value_or(std::nan("")));
    ordered_json point;
    point["set"] = std::move(set);
    point["figures"] = std::move(figures);
    point["pareto"] = static_cast<bool>(front[k]);
    point["error"] = p.error.empty() ? ordered_json(nullptr) : ordered_json(p.error);
    out["points"].push_back(std::move(point));
  }
  return out;
}

}  // namespace ohmweave::report
