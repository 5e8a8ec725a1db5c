// SPDX-License-Identifier: Apache-2.0
// Reports for people.
#include "ohmweave/units/text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/report/beside.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/report/readable.h"
#include "ohmweave/report/report.h"
#include "ohmweave/report/summary.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {
namespace {

/// A rate over a power or an area, of which a design may have none.
std::string rate_per(double rate, double by, const char* unit, std::string_view what) {
  return by > 0 ? in_unit(rate / by, unit) : fmt::format("{} unknown", what);
}

constexpr size_t kChainLines = 8, kBusiestLines = 5;

std::string plural(int64_t n, std::string_view word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

class Text {
 public:
  Text(const Report& r, bool colour) : r_(r), style_{colour} {}

  std::string run() {
    head();
    if (r_.values) values(*r_.values);
    if (r_.mapping && !r_.mapping->fits) {
      section("Costs", style_.red("none: " + r_.mapping->misfit));
    } else if (r_.costs) {
      costs(*r_.costs);
      shares("Energy", "of one inference", r_.costs->energy, r_.costs->energy_per_inference_J, joules_text);
      programming(r_.costs->programming);
      if (r_.costs->wear) {
        section("Wear", "of cells by computing, for an inference");
        table(wear_table(*r_.costs->wear));
      }
      shares("Area", plural(r_.mapping->chips, "chip"), r_.costs->area, r_.costs->area_m2, area_text);
    }
    out_ += beside_text(r_, style_);
    if (r_.mapping) {
      layers();
    } else if (r_.machine) {
      machine(*r_.machine);
    }
    if (r_.costs) time_spent();
    list("Not modelled", "counted in no cost", r_.not_modelled);
    list("Warnings", "", r_.warnings);
    return std::move(out_);
  }

 private:
  void section(std::string_view name, std::string_view what = {}) {
    out_ += "\n" + style_.bold(name);
    if (!what.empty()) out_ += std::string(name.size() < 11 ? 11 - name.size() : 2, ' ') + std::string(what);
    out_ += "\n";
  }
  void table(const Table& t) { out_ += t.text(style_); }

  void head() {
    out_ += style_.bold("Ohmweave " + base::version()) + "\n\n";
    auto line = [&](std::string_view name, const std::string& what) {
      out_ += fmt::format("{}{}{}\n", style_.bold(name), std::string(11 - name.size(), ' '), what);
    };
    if (!r_.network.empty()) {
      line("Network", fmt::format("{}: {} parameters, {} multiply-accumulates per inference", r_.network,
                                  units::print_count(static_cast<double>(r_.parameters)),
                                  units::print_count(static_cast<double>(r_.multiply_accumulates))));
    }
    line("Design", r_.machine ? fmt::format("{}: {}{}", r_.machine->name, r_.machine->title,
                                            r_.mapping ? ", " + plural(r_.mapping->chips, "chip") : "")
                              : "float: the exact reference, no machine");
    for (const std::string& change : changes(r_.design)) line("Changed", change);
  }

  /// Every part of one chip: power and area of all its instances together, as tables of papers print them.
  void machine(const machine::Machine& m) {
    const double ops = m.peak_operations_per_second(), watts = m.root->peak_power().si(),
                 area = m.root->area().si();
    section("Machine",
            fmt::format("{} a chip: {}, {}", in_unit(ops, "TOPS"), rate_per(ops, watts, "GOPS/W", "power"),
                        rate_per(ops, area, "GOPS/mm^2", "area")));
    Table t({{"part", Align::Left},
             {"kind", Align::Left},
             {"count"},
             {"power"},
             {"area"},
             {"from", Align::Left, true}});
    for (const machine::Node* n : m.nodes()) {
      const auto depth = static_cast<size_t>(std::count(n->path.begin(), n->path.end(), '.'));
      const double together = static_cast<double>(n->count) / static_cast<double>(n->shared_by);
      t.add({std::string(2 * depth, ' ') + n->name, n->component ? std::string(n->component->kind()) : "",
             fmt::format("{}{}", n->count, n->shared_by > 1 ? fmt::format("/{}", n->shared_by) : ""),
             watts_text(n->peak_power().si() * together), area_text(n->area().si() * together),
             n->component ? n->source : ""});
    }
    table(t);
  }

  void values(const Values& v) {
    section("Values", plural(v.samples, "sample") + " of " + v.data);
    const bool beside = r_.machine && v.compared;
    Table t({{"", Align::Left},
             {r_.machine ? "on " + r_.machine->name : "", Align::Right},
             {beside ? "exact" : "", Align::Right}});
    for (const Figure& f : v.figures)
      beside ? t.add({f.name, figure_text(f, f.ours), figure_text(f, f.exact)})
             : t.add({f.name, figure_text(f, r_.machine ? f.ours : f.exact)});
    if (r_.machine && v.agreement) t.add({agreement_name(v), accuracy_text(*v.agreement)});
    if (beside) t.add({"output error", percent(v.distance)});
    if (v.cell_energy_J) t.add({"energy of cells, by data", joules_text(*v.cell_energy_J)});
    table(t);
    if (v.figures.empty()) out_ += "  " + style_.dim("no labels: accuracy is not known") + "\n";
    worst_classes(v);
    if (!v.calibration.empty()) out_ += "  " + style_.dim("calibrated on " + v.calibration) + "\n";
    layer_errors(v);
    if (r_.trials) {
      section("Trials", plural(static_cast<int64_t>(r_.trials->seeds.size()), "seed") +
                            fmt::format(", {} to {}", r_.trials->seeds.front(), r_.trials->seeds.back()));
      out_ += trials_text(*r_.trials, r_, style_.colour);
    }
    if (r_.sensitivity) {
      section("Sensitivity", kSensitivityNote);
      out_ += sensitivity_text(*r_.sensitivity, r_, style_.colour);
    }
  }

  /// What every layer adds to the error.
  void layer_errors(const Values& v) {
    if (v.layers.empty()) return;
    section("Errors", fmt::format("of the layers' results, as a share of the exact ones, over {}",
                                  plural(v.layer_samples, "sample")));
    Table t({{"layer", Align::Left, true}, {"with exact sums"}, {"as the arrays sum"}});
    for (const LayerError& e : v.layers) t.add({e.layer, percent(e.rounded), percent(e.made)});
    table(t);
  }

  /// Where classes have names, those that were recognised least.
  void worst_classes(const Values& v) {
    constexpr size_t kShown = 3;
    std::vector<ClassResult> seen;
    const auto rate = [](const ClassResult& c) {
      return static_cast<double>(c.right) / static_cast<double>(c.samples);
    };
    for (const ClassResult& c : v.classes) {
      if (c.samples > 0 && c.right < c.samples) seen.push_back(c);
    }
    std::stable_sort(seen.begin(), seen.end(), [&](const auto& a, const auto& b) { return rate(a) < rate(b); });
    if (seen.size() > kShown) seen.resize(kShown);
    std::vector<std::string> parts;
    for (const ClassResult& c : seen) parts.push_back(fmt::format("{} {} of {}", c.name, c.right, c.samples));
    if (!parts.empty())
      out_ += "  " + style_.dim(fmt::format("least right: {}", fmt::join(parts, ", "))) + "\n";
  }

  void costs(const Costs& c) {
    section("Costs", c.upper_bound
                         ? style_.yellow("upper bounds: parts of the work depend on data that was not run")
                         : "");
    const std::string most = c.upper_bound ? "at most " : "", least = c.upper_bound ? "at least " : "";
    Table t({{"", Align::Left}, {"", Align::Right}, {"", Align::Left, true}});
    t.add({"latency", most + seconds_text(c.latency_s), "one sample through the empty machine"});
    t.add({"throughput", least + rate_text(c.throughput_per_s),
           fmt::format("one inference every {}{}", seconds_text(1 / c.throughput_per_s), pace_note(c))});
    t.add({"energy", most + joules_text(c.energy_per_inference_J), "of one inference"});
    t.add({"average power", watts_text(c.average_power_W),
           fmt::format("of {} peak", watts_text(c.peak_power_W))});
    t.add({"area", c.area_m2 > 0 ? area_text(c.area_m2) : "unknown", plural(r_.mapping->chips, "chip")});
    t.add({"peak", in_unit(c.peak_ops_per_s, "TOPS"),
           fmt::format("{}, {}", rate_per(c.peak_ops_per_s, c.peak_power_W, "GOPS/W", "power"),
                       rate_per(c.peak_ops_per_s, c.area_m2, "GOPS/mm^2", "area"))});
    t.add({"used of peak",
           percent(2 * static_cast<double>(r_.multiply_accumulates) * c.throughput_per_s / c.peak_ops_per_s),
           "operations of the network / operations at peak"});
    table(t);
  }
  static std::string pace_note(const Costs& c) {
    if (c.timing.steady) return ", exactly repeating";
    return c.samples > 1 ? fmt::format(", mean over {} samples", c.samples) : ", one sample at a time";
  }

  void shares(std::string_view name, std::string_view what, const std::vector<Share>& shares, double total,
              std::string (*print)(double)) {
    section(name, what);
    Table t({{"component", Align::Left, true},
             {std::string(name == "Area" ? "area" : "energy")},
             {"share"},
             {"from", Align::Left, true}});
    for (const Share& s : shares)
      t.add({s.part + (s.constant      ? " (constant)"
                       : s.programming ? " (programming)"
                                       : ""),
             print(s.si), percent(s.si / total), s.source});
    t.add({"total", print(total)});
    table(t);
  }

  void programming(const Programming& p) {
    if (p.arrays == 0) return;
    section("Programming",
            p.runs == 0 ? "of all weights once; counted in no cost above"
                        : fmt::format("of all weights once; in throughput and energy, for {} inferences each",
                                      units::print_count(static_cast<double>(p.runs), 6)));
    table(programming_table(p));
  }

  void layers() {
    const mapping::Mapping& m = *r_.mapping;
    section("Layers", fmt::format("{} of {} arrays hold weights, {} of their cells used",
                                  units::print_count(static_cast<double>(m.arrays_used), 6),
                                  units::print_count(static_cast<double>(m.arrays_available), 6),
                                  percent(m.utilization)));
    Table t({{"layer", Align::Left, true},
             {"operator", Align::Left, true},
             {"where", Align::Left, true},
             {"copies"},
             {"arrays"},
             {"used"},
             {"firings"},
             {"", Align::Left}});
    for (const mapping::Layer& l : m.layers) {
      if (l.where == mapping::Where::Free) continue;
      const bool held = l.where == mapping::Where::Crossbar, modelled = l.where != mapping::Where::NotModelled;
      t.add({l.name, l.op, modelled ? l.unit : "not modelled", modelled ? std::to_string(l.copies) : "",
             held ? std::to_string(l.all_arrays) : "", held ? percent(l.utilization) : "",
             std::to_string(l.firings), held && !l.lossless ? style_.yellow("lossy") : ""});
    }
    table(t);
  }

  void time_spent() {
    std::vector<ChainPart> chain = critical_chain(r_);
    if (chain.size() > kChainLines) chain.resize(kChainLines);
    const double end = units::to_time(r_.costs->timing.end).si();
    if (end <= 0) return;
    section("Time", fmt::format("{} took {}; what the chain of firings that made it so long consists of:",
                                plural(r_.costs->samples, "sample"), seconds_text(end)));
    Table t({{"stage", Align::Left, true}, {"firings"}, {"time"}, {"share"}, {"waited for", Align::Left}});
    for (const ChainPart& p : chain)
      t.add({p.stage, std::to_string(p.firings), seconds_text(p.seconds), percent(p.seconds / end),
             word_of(p.cause)});
    table(t);
    std::vector<std::pair<std::string, Busiest>> parts;
    for (auto& [part, b] : busiest(r_)) parts.emplace_back(part, b);
    std::stable_sort(parts.begin(), parts.end(),
                     [](const auto& a, const auto& b) { return a.second.busy > b.second.busy; });
    if (parts.size() > kBusiestLines) parts.resize(kBusiestLines);
    Table b({{"busiest part", Align::Left, true}, {"busy"}, {"where", Align::Left, true}});
    for (const auto& [part, p] : parts) b.add({part, percent(p.busy), p.resource});
    table(b);
  }

  void list(std::string_view name, std::string_view what, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    section(name, what);
    for (const std::string& l : lines) out_ += "  " + l + "\n";
  }

  const Report& r_;
  Style style_;
  std::string out_;
};

}  // namespace

std::string to_text(const Report& report, bool colour) { return Text(report, colour).run(); }

}  // namespace ohmweave::report
