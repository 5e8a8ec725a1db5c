// SPDX-License-Identifier: Apache-2.0
// `circuit`: the currents of one crossbar whose wires have resistance.
#include "ohmweave/cli/circuit.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/array/wires_solver.h"
#include "ohmweave/array/wires_spice.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/network/data.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

using array::CellAccess;
using tensor::Tensor;

/// An array of float64 with one of these numbers of axes.
Tensor read_array(const std::string& path, size_t least_axes, size_t most_axes, const std::string& shape) {
  Tensor t = network::read_npy(path);
  if (t.element() != tensor::Element::Float64)
    base::fail(path,
               fmt::format("holds elements of type {}; float64 is expected", tensor::name_of(t.element())));
  if (t.rank() < least_axes || t.rank() > most_axes)
    base::fail(path, fmt::format("has the shape {}; {} is expected", tensor::print(t.shape()), shape));
  if (t.size() == 0) base::fail(path, fmt::format("is empty: its shape is {}", tensor::print(t.shape())));
  return t;
}

void check_conductances(const std::string& path, const Tensor& t) {
  constexpr int64_t kMostCells = int64_t{1} << 26;
  if (t.size() > kMostCells)
    base::fail(path, fmt::format("{} cells are too many; {} are possible", t.size(), kMostCells));
  const auto g = t.data<double>();
  const auto bad = std::find_if(g.begin(), g.end(), [](double x) { return !(x >= 0) || std::isinf(x); });
  if (bad == g.end()) return;
  const int64_t k = bad - g.begin();
  base::fail(path, fmt::format("row {}, column {} is {} S; a conductance is finite and not negative",
                               k / t.dim(1), k % t.dim(1), *bad));
}

Tensor read_voltages(const std::string& path, const std::string& cells, int64_t rows) {
  Tensor t = read_array(path, 1, 2, "vectors x rows, or rows");
  if (t.shape().back() != rows)
    base::fail(path,
               fmt::format("has the shape {}, but {} has {} rows", tensor::print(t.shape()), cells, rows));
  const auto v = t.data<double>();
  const auto bad = std::find_if(v.begin(), v.end(), [](double x) { return !std::isfinite(x); });
  if (bad != v.end()) {
    const int64_t k = bad - v.begin();
    base::fail(path, fmt::format("vector {}, row {} is {} V; a voltage is finite", k / rows, k % rows, *bad));
  }
  return t;
}

/// Which columns are selected, for every vector; as many vectors as there are voltages, or one for all.
std::vector<std::vector<uint8_t>> read_selected(const std::string& path, int64_t vectors, int64_t columns) {
  if (path.empty()) return {};
  const Tensor t = network::read_npy(path).to(tensor::Element::Float64);
  if (t.rank() < 1 || t.rank() > 2 || t.shape().back() != columns || t.size() == 0 ||
      (t.rank() == 2 && t.dim(0) != vectors))
    base::fail(path, fmt::format("has the shape {}; {}x{} or {} is expected", tensor::print(t.shape()), vectors,
                                 columns, columns));
  std::vector<std::vector<uint8_t>> out;
  const auto x = t.data<double>();
  for (size_t begin = 0; begin < x.size(); begin += static_cast<size_t>(columns)) {
    out.emplace_back();
    for (double on : x.subspan(begin, static_cast<size_t>(columns))) out.back().push_back(on != 0 ? 1 : 0);
  }
  return out;
}

double resistance(const Arguments& arguments, const std::string& option, double preset) {
  if (!arguments.given(option)) return preset;
  const std::string text = arguments.text(option);
  units::ParseError error;
  const auto parsed = units::parse<units::Resistance>(text, &error);
  if (!parsed)
    base::fail(option, fmt::format("'{}' is no resistance, as '2.5 ohm' is: {}", text, error.message));
  if (!(parsed->si() >= 0) || !std::isfinite(parsed->si()))
    base::fail(option, fmt::format("'{}' is below 0 ohm or not finite", text));
  return parsed->si();
}

array::Wires wires_of(const Arguments& arguments) {
  array::Wires w;
  const double common = resistance(arguments, "--wire-resistance", 0);
  w.wordline = resistance(arguments, "--wordline-resistance", common);
  w.bitline = resistance(arguments, "--bitline-resistance", common);
  w.driver = resistance(arguments, "--driver-resistance", 0);
  w.sense = resistance(arguments, "--sense-resistance", 0);
  w.two_sided = arguments.given("--two-sided");
  const std::string cell = arguments.given("--cell") ? arguments.text("--cell") : "1r";
  std::vector<std::string> known;
  for (const auto& [word, access] : config::Words<CellAccess>::values) {
    known.emplace_back(word);
    if (cell == word) w.access = access;
  }
  if (std::find(known.begin(), known.end(), cell) == known.end())
    base::fail("--cell", fmt::format("'{}' is not 1r, 1t1r or 2t1r{}", cell, base::did_you_mean(cell, known)));
  return w;
}

array::CellCurve curve_of(const Arguments& arguments) {
  const std::string text = arguments.text("--iv");
  if (text.empty() || text == "linear") return {};
  if (text.starts_with("sinh:")) {
    const double steepness = number_of("--iv", text.substr(5));
    if (!(steepness > 0) || !std::isfinite(steepness))
      base::fail("--iv", fmt::format("'{}': the steepness A of sinh(A V)/A is above 0, in 1/V", text));
    return array::CellCurve::sinh(steepness);
  }
  if (text.starts_with("table:") && text.size() > 6) {
    const std::string path = text.substr(6);
    const Tensor t = read_array(path, 2, 2, "points x 2 (a voltage and a value)");
    if (t.dim(1) != 2)
      base::fail(path, fmt::format("has the shape {}; points x 2 is expected", tensor::print(t.shape())));
    std::vector<double> volts, values;
    for (size_t k = 0; k < static_cast<size_t>(t.dim(0)); ++k) {
      volts.push_back(t.data<double>()[2 * k]);
      values.push_back(t.data<double>()[2 * k + 1]);
    }
    return array::CellCurve::table(std::move(volts), std::move(values), path);
  }
  base::fail("--iv", fmt::format("'{}' is not linear, sinh:A or table:FILE.npy", text));
}

Circuit read_circuit(const Arguments& arguments) {
  Circuit c;
  c.conductance_file = arguments.required("--conductance");
  c.voltage_file = arguments.required("--voltage");
  c.wires = wires_of(arguments);
  c.curve = curve_of(arguments);
  c.iv = arguments.given("--iv") ? arguments.text("--iv") : "linear";
  c.conductances = read_array(c.conductance_file, 2, 2, "rows x columns");
  check_conductances(c.conductance_file, c.conductances);
  c.voltages = read_voltages(c.voltage_file, c.conductance_file, c.rows());
  if (arguments.given("--select") && c.wires.access != CellAccess::TwoTransistors)
    base::fail("--select", "selects columns of cells with two transistors (--cell 2t1r)");
  c.selected = read_selected(arguments.text("--select"), c.vectors(), c.columns());
  c.tolerance = arguments.real("--tolerance", 1e-12);
  if (!(c.tolerance >= 1e-14 && c.tolerance <= 0.1)) base::fail("--tolerance", "is between 1e-14 and 0.1");
  c.vector = arguments.integer("--vector", 0, 0);
  if (c.vector >= c.vectors())
    base::fail("--vector",
               fmt::format("there is no vector {}: {} has {}", c.vector, c.voltage_file, c.vectors()));
  return c;
}

/// Currents of all vectors: by a solve each, or by the transfer matrix where that takes fewer.
void solve_all(const array::WireSolver& solver, Circuit& c) {
  const int64_t vectors = c.vectors(), rows = c.rows(), columns = c.columns();
  c.currents.assign(static_cast<size_t>(vectors * columns), 0);
  c.by_transfer = solver.linear() && vectors > columns;
  if (c.by_transfer) {
    const std::vector<double> transfer = solver.transfer(c.tolerance);
    base::parallel_for(vectors, [&](int64_t n) {
      double* out = c.currents.data() + n * columns;
      for (int64_t i = 0; i < rows; ++i) {
        const double volts = c.volts(n)[static_cast<size_t>(i)];
        for (int64_t j = 0; j < columns; ++j) out[j] += volts * transfer[static_cast<size_t>(i * columns + j)];
      }
    });
    return;
  }
  c.records.resize(static_cast<size_t>(vectors));
  base::Progress progress("vectors", vectors);
  base::parallel_for(vectors, [&](int64_t n) {
    const array::WireSolution one = solver.solve(c.volts(n), c.tolerance, false, c.columns_on(n));
    std::copy(one.currents.begin(), one.currents.end(), c.currents.begin() + n * columns);
    c.records[static_cast<size_t>(n)] = one;
    progress.advance();
  });
}

/// Nothing is told of currents beyond the range of numbers, which curves that are too steep make.
void check_range(const Circuit& c) {
  const auto bad = std::find_if(c.records.begin(), c.records.end(),
                                [](const array::SolveRecord& r) { return !std::isfinite(r.error); });
  if (bad != c.records.end())
    base::fail(c.voltage_file,
               fmt::format("vector {}: cells that are {} make currents beyond the range of numbers",
                           bad - c.records.begin(), c.iv));
}

}  // namespace

int circuit(const Arguments& arguments) {
  Outputs outputs(arguments);
  base::use_threads(static_cast<int>(arguments.integer("--threads", 0, 1)));
  Circuit c = read_circuit(arguments);
  std::optional<base::OutputFile> currents = outputs.open(arguments.text("--currents")),
                                  wordlines = outputs.open(arguments.text("--wordline-voltages")),
                                  bitlines = outputs.open(arguments.text("--bitline-voltages")),
                                  netlist = outputs.open(arguments.text("--spice")),
                                  picture = outputs.open(arguments.text("--picture")),
                                  json = outputs.open(arguments.text("--json"));
  const auto cells = c.conductances.data<double>();
  const array::WireSolver solver(c.wires, c.rows(), c.columns(), cells, c.curve);
  solve_all(solver, c);
  check_range(c);
  c.shown = solver.solve(c.volts(c.vector), c.tolerance, true, c.columns_on(c.vector));
  const CircuitSummary summary = summarize(c);
  outputs.print(circuit_text(c, summary));
  const tensor::Shape shape =
      c.voltages.rank() == 1 ? tensor::Shape{c.columns()} : tensor::Shape{c.vectors(), c.columns()};
  const tensor::Shape nodes{c.rows(), c.columns()};
  write_text(currents, currents ? network::write_npy(Tensor::of(shape, c.currents)) : "");
  write_text(wordlines, wordlines ? network::write_npy(Tensor::of(nodes, c.shown.wordlines)) : "");
  write_text(bitlines, bitlines ? network::write_npy(Tensor::of(nodes, c.shown.bitlines)) : "");
  if (netlist) {
    const std::string title = fmt::format("{} with vector {} of {}, by Ohmweave {}", c.conductance_file,
                                          c.vector, c.voltage_file, base::version());
    write_text(netlist, array::spice_netlist(c.wires, c.curve, c.rows(), c.columns(), cells, c.volts(c.vector),
                                             c.columns_on(c.vector), title));
  }
  write_text(picture, picture ? circuit_picture(c) : "");
  write_json(json, circuit_json(c, summary));
  return 0;
}

}  // namespace ohmweave::cli
