// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/beside.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/report/baseline_text.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/report/readable.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using nlohmann::ordered_json;

Bounded over(const Bounded& theirs, double ours) {
  Bounded out{theirs.value / ours, {}, {}};
  if (theirs.low) out.low = *theirs.low / ours;
  if (theirs.high) out.high = *theirs.high / ours;
  return out;
}
Bounded under(double ours, const Bounded& theirs) {
  Bounded out{ours / theirs.value, {}, {}};
  if (theirs.high) out.low = ours / *theirs.high;
  if (theirs.low) out.high = ours / *theirs.low;
  return out;
}

ordered_json bounded_json(const Bounded& b) {
  ordered_json out;
  out["value"] = number(b.value);
  out["low"] = b.low ? number(*b.low) : ordered_json(nullptr);
  out["high"] = b.high ? number(*b.high) : ordered_json(nullptr);
  return out;
}

std::string times_text(double ratio) { return units::print(ratio, {}, 3) + "x"; }
std::string between_text(const Bounded& b) {
  if (!b.low || !b.high) return "";
  if (*b.high <= *b.low * (1 + 1e-9)) return "measured";
  return fmt::format("{} to {}", times_text(*b.low), times_text(*b.high));
}

/// "one sample at a time", "batches of 16, training".
std::string workload_text(const Workload& w) {
  std::string out = w.batch == 1 ? "one sample at a time" : fmt::format("batches of {}", w.batch);
  if (w.pass != Pass::Forward) out += ", " + std::string(config::word_of(w.pass));
  return out;
}

bool is_quoted(const Comparison& c, const Standing& s) { return s.quoted && *s.quoted == c.measured; }

std::string quoted_text(const Beside& b) {
  const Standing& s = b.standing;
  if (!s.quoted) return "by the model: nobody measured these layers with its software and batch";
  const Comparison& c = *std::find_if(s.measured.begin(), s.measured.end(),
                                      [&](const Comparison& each) { return is_quoted(each, s); });
  return fmt::format("measured with {}{} ({}); the model says {}, {:+.1f} %", s.quoted->software,
                     s.quoted->version.empty() ? "" : " " + s.quoted->version, s.quoted->from,
                     seconds_text(c.model_s), 100 * c.difference());
}

/// Measurements of the same work that are not the figure quoted.
std::string other_text(const Beside& b) {
  const Standing& s = b.standing;
  std::string out;
  for (const Comparison& c : s.measured) {
    const Measured& m = c.measured;
    if (m.workload() != b.baseline->workload() || is_quoted(c, s)) continue;
    out += fmt::format("{}{}{} {} (model {:+.1f} %){}", out.empty() ? "also measured: " : "; ", m.software,
                       m.version.empty() ? "" : " " + m.version, seconds_text(m.seconds()),
                       100 * c.difference(), m.differs.empty() ? "" : ", with " + m.differs);
  }
  return out;
}

}  // namespace

Beside beside(const std::string& configuration, const network::Graph& graph) {
  auto baseline = std::make_shared<const Baseline>(load_baseline(configuration));
  Standing standing = report::standing(*baseline, graph);
  return {std::move(baseline), std::move(standing)};
}

Ratios ratios(const Costs& ours, const Standing& theirs) {
  return {over(theirs.latency_s, ours.latency_s), under(ours.throughput_per_s, theirs.throughput_per_s),
          over(theirs.energy_J, ours.energy_per_inference_J)};
}

ordered_json beside_json(const Beside& theirs, const Costs* ours) {
  const Baseline& b = *theirs.baseline;
  const Standing& s = theirs.standing;
  ordered_json out;
  out["name"] = b.name;
  out["title"] = b.title;
  out["configuration"] = b.configuration;
  out["batch"] = b.batch;
  out["pass"] = config::word_of(b.pass);
  out["quoted"] = s.quoted ? "measured" : "model";
  out["latency_s"] = bounded_json(s.latency_s);
  out["throughput_per_s"] = bounded_json(s.throughput_per_s);
  out["energy_per_inference_J"] = bounded_json(s.energy_J);
  out["average_power_W"] = number(s.energy_J.value * s.throughput_per_s.value);
  out["uncertainty"] = s.uncertainty;
  out["ratio"] = nullptr;
  if (ours != nullptr) {
    const Ratios r = ratios(*ours, s);
    out["ratio"] = {{"latency", bounded_json(r.latency)},
                    {"throughput", bounded_json(r.throughput)},
                    {"energy", bounded_json(r.energy)}};
  }
  ordered_json& model = out["model"];
  model["word"] = b.model;
  model["latency_s"] = number(s.model.latency_s);
  model["throughput_per_s"] = number(s.model.throughput_per_s);
  model["energy_per_inference_J"] = number(s.model.energy_J);
  model["used_of_peak"] = number(s.model.used_of_peak);
  model["chips"] = s.model.chips;
  model["limited"] = ordered_json::array();
  for (const auto& [limit, seconds] : s.model.time)
    model["limited"].push_back({{"by", limit}, {"time_s", seconds}});
  out["measured"] = ordered_json::array();
  for (const Comparison& c : s.measured) out["measured"].push_back(comparison_json(c));
  return out;
}

std::string beside_text(const Report& report, const Style& style) {
  std::string out;
  for (const Beside& b : report.baselines) {
    const Standing& s = b.standing;
    out += fmt::format("\n{}  {}: {}, {}\n", style.bold("Beside"), b.baseline->name, b.baseline->title,
                       workload_text(b.baseline->workload()));
    Table t({{"", Align::Left}, {"theirs"}, {"ours better by"}, {"between", Align::Left}});
    const std::optional<Ratios> r = report.costs ? std::optional(ratios(*report.costs, s)) : std::nullopt;
    const auto add = [&](const char* name, const std::string& theirs, const Bounded Ratios::*ratio) {
      t.add({name, theirs, r ? times_text(((*r).*ratio).value) : "", r ? between_text((*r).*ratio) : ""});
    };
    add("latency", seconds_text(s.latency_s.value), &Ratios::latency);
    add("throughput", rate_text(s.throughput_per_s.value), &Ratios::throughput);
    add("energy", joules_text(s.energy_J.value), &Ratios::energy);
    out += t.text(style) + "  " + style.dim(quoted_text(b)) + "\n";
    if (const std::string others = other_text(b); !others.empty()) out += "  " + style.dim(others) + "\n";
    out += "  " + style.dim("bounds: " + s.uncertainty) + "\n";
  }
  return out;
}

std::vector<Aspect> beside_aspects(const std::vector<Report>& reports) {
  std::vector<Aspect> out;
  if (reports.empty()) return out;
  for (size_t k = 0; k < reports[0].baselines.size(); ++k) {
    const std::string& name = reports[0].baselines[k].baseline->configuration;
    const auto add = [&](const std::string& what, const Bounded Ratios::*ratio) {
      const auto value = [k, ratio](const Report& r) {
        return r.costs ? std::optional((ratios(*r.costs, r.baselines[k].standing).*ratio).value) : std::nullopt;
      };
      out.push_back(
          {name + "_" + what, "", what + " over " + name, Aspect::Better::More, false, value, times_text});
    };
    add("throughput", &Ratios::throughput);
    add("energy", &Ratios::energy);
  }
  return out;
}

std::string beside_remarks(const std::vector<Report>& reports, const Style& style) {
  std::string out;
  if (reports.empty()) return out;
  for (const Beside& b : reports[0].baselines) {
    const Bounded& rate = b.standing.throughput_per_s;
    std::string bounds;
    if (rate.low && rate.high && *rate.low < *rate.high)
      bounds =
          fmt::format("; the ratio may be {} to {} times this", units::print(rate.value / *rate.high, {}, 3),
                      units::print(rate.value / *rate.low, {}, 3));
    out += style.dim(fmt::format("{}: {}, {}{}: {}", b.baseline->configuration,
                                 workload_text(b.baseline->workload()), quoted_text(b), bounds,
                                 b.standing.uncertainty)) +
           "\n";
  }
  return out;
}

}  // namespace ohmweave::report
