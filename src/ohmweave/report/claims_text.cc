// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/config/load.h"
#include "ohmweave/report/claims.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using nlohmann::ordered_json;

constexpr int kWidth = 150;  // of the table on a terminal

/// Ours in the unit that the paper used.
std::string in_unit_of(const ClaimResult& r, double value) {
  const std::string& printed = r.claim.published_text;
  std::optional<units::Measure> m = units::parse_measure(printed);
  if (!m) return in_unit(value, "");
  return in_unit(value, std::string_view(printed).substr(std::min(m->unit_at, printed.size())));
}
std::string ours_text(const ClaimResult& r) { return r.ours ? in_unit_of(r, *r.ours) : ""; }
/// How sure a mean of trials is.
std::string confidence_text(const ClaimResult& r) {
  if (!r.confidence) return "";
  return fmt::format("mean of {}, 95 % confidence: {} to {}", r.claim.trials,
                     in_unit_of(r, r.confidence->first), in_unit_of(r, r.confidence->second));
}
std::string ratio_text(const ClaimResult& r) { return r.ratio ? fmt::format("{:.3f}", *r.ratio) : ""; }
std::string status_text(ClaimStatus s) {
  std::string out(config::word_of(s));
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}
std::string kind_text(ClaimKind k) {
  std::string out(config::word_of(k));
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}
std::string note_text(const ClaimResult& r) {
  std::string out;
  for (const std::string& part : {r.problem, confidence_text(r), r.claim.note}) {
    if (!part.empty()) out += (out.empty() ? "" : "; ") + part;
  }
  return out;
}

std::string coloured(const ClaimResult& r, const Style& style) {
  const std::string word = status_text(r.status);
  if (r.status == ClaimStatus::Reproduced) return style.green(word);
  return r.claim.expected == ClaimStatus::Reproduced ? style.red(word) : style.yellow(word);
}

std::vector<std::string> cells(const ClaimResult& r, const Style& style) {
  return {r.claim.id,    r.claim.metric,          r.claim.published_text, ours_text(r),
          ratio_text(r), kind_text(r.claim.kind), coloured(r, style)};
}

/// The notes of claims that are not reproduced or are means; neighbours with the same note share it.
std::string notes_text(const std::vector<const ClaimResult*>& results, const Style& style) {
  std::vector<std::pair<std::string, std::string>> notes;  // of which claims
  for (const ClaimResult* r : results) {
    if (r->status == ClaimStatus::Reproduced && r->problem.empty() && !r->confidence) continue;
    const std::string note = note_text(*r);
    if (notes.empty() || notes.back().second != note)
      notes.emplace_back(r->claim.id, note);
    else
      notes.back().first += ", " + r->claim.id;
  }
  std::string out;
  for (const auto& [claims, note] : notes) out += fmt::format("  {} {}\n", style.bold(claims + ":"), note);
  return out;
}

/// What our figures rest on that no source tells.
std::string assumed_text(const std::string& design_path, const Style& style) {
  if (design_path.empty()) return {};
  std::string out;
  for (const config::Assumption& a : config::assumptions(config::load(design_path))) {
    const std::string value = a.value.empty() ? "" : " = " + a.value;
    out += fmt::format("    {}{}  {}\n", a.path, value, style.dim(a.why));
  }
  return out.empty() ? out : "\n  Assumed, once for all networks:\n" + out;
}

}  // namespace

ordered_json claims_json(const std::vector<ClaimResult>& results) {
  ordered_json out = ordered_json::array();
  for (const ClaimResult& r : results) {
    auto figure = [](const std::optional<double>& v) { return v ? number(*v) : ordered_json(nullptr); };
    ordered_json o;
    o["design"] = r.claim.design;
    o["id"] = r.claim.id;
    o["metric"] = r.claim.metric;
    o["workload"] = r.claim.workload;
    o["published"] = figure(r.claim.published);
    o["ours"] = figure(r.ours);
    o["ratio"] = figure(r.ratio);
    o["kind"] = config::word_of(r.claim.kind);
    o["status"] = config::word_of(r.status);
    std::string note = fmt::format("{}: {}", r.claim.source, r.claim.published_text);
    if (const std::string more = note_text(r); !more.empty()) note += "; " + more;
    o["note"] = std::move(note);
    o["confidence"] = nullptr;
    if (r.confidence) o["confidence"] = {number(r.confidence->first), number(r.confidence->second)};
    out.push_back(std::move(o));
  }
  return out;
}

std::string claims_text(const std::vector<ClaimResult>& results, bool colour) {
  const Style style{colour};
  std::string out;
  std::map<std::string, std::vector<const ClaimResult*>> by_design;
  for (const ClaimResult& r : results) by_design[r.claim.design].push_back(&r);
  for (const auto& [design, of_design] : by_design) {
    Table t({{"claim", Align::Left},
             {"metric", Align::Left, true},
             {"published"},
             {"ours"},
             {"ratio"},
             {"kind", Align::Left},
             {"status", Align::Left}});
    std::map<ClaimStatus, int> counted;
    for (const ClaimResult* r : of_design) {
      t.add(cells(*r, style));
      ++counted[r->status];
    }
    out += style.bold(design) + "\n" + t.text(style, 2, kWidth);
    out += fmt::format("\n  {} claims: {} reproduced, {} missed, {} not run\n", of_design.size(),
                       counted[ClaimStatus::Reproduced], counted[ClaimStatus::Missed],
                       counted[ClaimStatus::NotRun]);
    out += notes_text(of_design, style);
    const Claim& first = of_design.front()->claim;
    if (first.beside_design) out += assumed_text(first.design_path, style);
    out += "\n";
  }
  return out;
}

}  // namespace ohmweave::report
