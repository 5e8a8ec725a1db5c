// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/paths.h"
#include "ohmweave/cli/circuit.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/report/chart.h"
#include "ohmweave/report/heat_map.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

using array::CellAccess;

std::string amperes(double si) { return units::print(units::Current::from_si(si)); }
std::string ohms(double si) { return units::print(units::Resistance::from_si(si)); }

void compare_with_ideal(const Circuit& c, CircuitSummary& s) {
  double most = -1;
  for (int64_t n = 0; n < c.vectors(); ++n) {
    std::vector<double> ideal(static_cast<size_t>(c.columns()));
    for (int64_t i = 0; i < c.rows(); ++i) {
      for (int64_t j = 0; j < c.columns(); ++j)
        ideal[static_cast<size_t>(j)] += c.cell_current(i, j, n, c.volts(n)[static_cast<size_t>(i)]);
    }
    for (int64_t j = 0; j < c.columns(); ++j) {
      const double wanted = ideal[static_cast<size_t>(j)];
      const double got = c.currents[static_cast<size_t>(n * c.columns() + j)], off = std::abs(got - wanted);
      s.ideal += std::abs(wanted);
      s.real += std::abs(got);
      s.difference += off;
      if (off <= most) continue;
      most = off;
      s.worst_vector = n;
      s.worst_column = j;
      s.worst_ideal = wanted;
      s.worst_real = got;
    }
  }
}

/// Voltage across a cell of the vector that is shown.
double cell_voltage(const Circuit& c, int64_t row, int64_t column) {
  const auto k = static_cast<size_t>(row * c.columns() + column);
  return c.shown.wordlines[k] - c.shown.bitlines[k];
}

void look_at_cells(const Circuit& c, CircuitSummary& s) {
  for (int64_t i = 0; i < c.rows(); ++i) {
    const double input = c.volts(c.vector)[static_cast<size_t>(i)];
    for (int64_t j = 0; j < c.columns(); ++j) {
      const double volts = cell_voltage(c, i, j), current = c.cell_current(i, j, c.vector, volts);
      s.power += current * input;
      s.power_in_cells += current * volts;
      if (input == 0 || current == 0 || (s.worst_row >= 0 && volts / input >= s.worst_share)) continue;
      s.worst_share = volts / input;
      s.worst_row = i;
      s.worst_cell_column = j;
    }
  }
}

std::string word(bool two_sided) { return two_sided ? "both ends" : "one end"; }

nlohmann::ordered_json circuit_array(const std::vector<double>& values, int64_t rows, int64_t columns) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (int64_t n = 0; n < rows; ++n)
    out.push_back(std::vector<double>(values.begin() + n * columns, values.begin() + (n + 1) * columns));
  return out;
}

}  // namespace

std::span<const double> Circuit::volts(int64_t n) const {
  return voltages.data<double>().subspan(static_cast<size_t>(n * rows()), static_cast<size_t>(rows()));
}

std::span<const uint8_t> Circuit::columns_on(int64_t n) const {
  if (selected.empty()) return {};
  return selected[selected.size() == 1 ? 0 : static_cast<size_t>(n)];
}

double Circuit::cell_current(int64_t row, int64_t column, int64_t n, double cell_volts) const {
  const bool gated = wires.access != CellAccess::Resistor;
  const auto on = columns_on(n);
  if (gated &&
      (volts(n)[static_cast<size_t>(row)] == 0 || (!on.empty() && on[static_cast<size_t>(column)] == 0)))
    return 0;
  return conductances.data<double>()[static_cast<size_t>(row * columns() + column)] * curve.value(cell_volts);
}

CircuitSummary summarize(const Circuit& c) {
  CircuitSummary s;
  compare_with_ideal(c, s);
  look_at_cells(c, s);
  for (const array::SolveRecord& r : c.records) {
    s.iterations += r.iterations / static_cast<double>(c.records.size());
    s.newton_steps += r.newton_steps / static_cast<double>(c.records.size());
    s.error = std::max(s.error, r.error);
    s.unsolved += r.converged ? 0 : 1;
  }
  return s;
}

std::string circuit_text(const Circuit& c, const CircuitSummary& s) {
  report::Table t({{"", report::Align::Left}, {"", report::Align::Left, true}});
  auto row = [&](const std::string& name, const std::string& text) { t.add({name, text}); };
  const array::Wires& w = c.wires;
  row("crossbar", fmt::format("{} rows x {} columns, cells {}, {}", c.rows(), c.columns(),
                              config::word_of(w.access), c.iv));
  row("wires", fmt::format("wordline {}, bitline {}, driver {} at {}, sense {}", ohms(w.wordline),
                           ohms(w.bitline), ohms(w.driver), word(w.two_sided), ohms(w.sense)));
  row("vectors",
      fmt::format("{}, {}", c.vectors(), c.by_transfer ? "all by the transfer matrix" : "a solve each"));
  const auto outputs = static_cast<double>(c.vectors() * c.columns());
  row("currents", fmt::format("{} a column on average; without wires {}", amperes(s.real / outputs),
                              amperes(s.ideal / outputs)));
  row("error by wires", s.ideal > 0 ? report::percent(s.difference / s.ideal) + " of the current" : "none");
  row("worst column", fmt::format("{} of vector {}: {} instead of {}", s.worst_column, s.worst_vector,
                                  amperes(s.worst_real), amperes(s.worst_ideal)));
  if (s.worst_row >= 0)
    row("worst cell", fmt::format("row {}, column {} of vector {} sees {} of its input", s.worst_row,
                                  s.worst_cell_column, c.vector, report::percent(s.worst_share)));
  row("power",
      fmt::format("{} for vector {}, {} of it in the cells", units::print(units::Power::from_si(s.power)),
                  c.vector, report::percent(s.power > 0 ? s.power_in_cells / s.power : 0)));
  if (!c.by_transfer) {
    const std::string newton = c.curve.linear() ? "" : fmt::format(" in {:.3g} Newton steps", s.newton_steps);
    row("solver",
        fmt::format("{:.3g} iterations a vector{}, estimated error {:.1e}", s.iterations, newton, s.error));
  }
  if (s.unsolved > 0)
    row("NOT SOLVED", fmt::format("{} vectors did not reach the tolerance {:g}", s.unsolved, c.tolerance));
  return t.text(report::Style{colour_on_output()}, 2, columns_of_output());
}

nlohmann::ordered_json circuit_json(const Circuit& c, const CircuitSummary& s) {
  const array::Wires& w = c.wires;
  nlohmann::ordered_json out{{"format", "ohmweave-circuit/1"},
                             {"version", base::version()},
                             {"conductance", c.conductance_file},
                             {"voltage", c.voltage_file},
                             {"rows", c.rows()},
                             {"columns", c.columns()},
                             {"vectors", c.vectors()},
                             {"wires",
                              {{"wordline_ohm", w.wordline},
                               {"bitline_ohm", w.bitline},
                               {"driver_ohm", w.driver},
                               {"sense_ohm", w.sense},
                               {"two_sided", w.two_sided},
                               {"cell", std::string(config::word_of(w.access))}}},
                             {"iv", c.iv},
                             {"tolerance", c.tolerance},
                             {"method", c.by_transfer ? "transfer matrix" : "solve"},
                             {"error_by_wires", report::number(s.ideal > 0 ? s.difference / s.ideal : 0)},
                             {"worst_column",
                              {{"vector", s.worst_vector},
                               {"column", s.worst_column},
                               {"current_A", s.worst_real},
                               {"ideal_A", s.worst_ideal}}},
                             {"shown_vector", c.vector},
                             {"power_W", s.power},
                             {"power_in_cells_W", s.power_in_cells}};
  if (s.worst_row >= 0)
    out["worst_cell"] = {
        {"row", s.worst_row}, {"column", s.worst_cell_column}, {"share_of_input", s.worst_share}};
  if (!c.by_transfer)
    out["solver"] = {{"iterations", s.iterations},
                     {"newton_steps", s.newton_steps},
                     {"estimated_error", s.error},
                     {"unsolved_vectors", s.unsolved}};
  out["currents_A"] = circuit_array(c.currents, c.vectors(), c.columns());
  return out;
}

std::string circuit_picture(const Circuit& c) {
  constexpr double kWidth = 360, kMargin = 14, kGap = 30;
  std::vector<double> volts, currents;
  for (int64_t i = 0; i < c.rows(); ++i) {
    for (int64_t j = 0; j < c.columns(); ++j) {
      volts.push_back(cell_voltage(c, i, j));
      currents.push_back(c.cell_current(i, j, c.vector, volts.back()));
    }
  }
  report::Svg svg(std::string(report::kChartStyle) + report::heat_style());
  const std::string head = fmt::format("{} x {} cells, vector {}", c.rows(), c.columns(), c.vector);
  svg.text({kMargin, kMargin + 12}, head, "head", report::Svg::Anchor::Start);
  const double top = kMargin + 26;
  report::HeatMap map{"voltage across each cell", "V", "row", "column", c.rows(), c.columns(), volts};
  const double height = draw_heat_map(svg, {kMargin, top}, kWidth, map);
  map.title = "current through each cell";
  map.unit = "A";
  map.values = currents;
  draw_heat_map(svg, {kMargin + kWidth + kGap, top}, kWidth, map);
  double bottom = top + height;
  bottom +=
      report::draw_notes(svg, {kMargin, bottom}, 2 * kWidth + kGap,
                         {fmt::format("Rows are driven from the left{}, columns are sensed at the bottom.",
                                      c.wires.two_sided ? " and the right" : ""),
                          fmt::format("wordline {}, bitline {}, driver {}, sense {}", ohms(c.wires.wordline),
                                      ohms(c.wires.bitline), ohms(c.wires.driver), ohms(c.wires.sense))});
  return svg.document({2 * kMargin + 2 * kWidth + kGap, bottom + kMargin},
                      "currents and voltages of a crossbar");
}

}  // namespace ohmweave::cli
