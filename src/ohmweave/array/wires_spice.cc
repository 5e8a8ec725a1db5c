// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wires_spice.h"

#include <fmt/format.h>

namespace ohmweave::array {
namespace {

/// Names of nodes: one for all that no resistance lies between.
struct Names {
  const Wires& wires;
  int64_t rows, columns;

  std::string wordline(int64_t i, int64_t j) const {
    const bool held = wires.driver == 0;
    if (wires.wordline == 0) return (held ? "in" : "u") + std::to_string(i);
    if (held && (j == 0 || (wires.two_sided && j == columns - 1))) return fmt::format("in{}", i);
    return fmt::format("u{}_{}", i, j);
  }
  std::string bitline(int64_t i, int64_t j) const {
    const bool held = wires.sense == 0;
    if (wires.bitline == 0) return (held ? "out" : "v") + std::to_string(j);
    if (held && i == rows - 1) return fmt::format("out{}", j);
    return fmt::format("v{}_{}", i, j);
  }
};

class Writer {
 public:
  void resistor(const std::string& name, const std::string& a, const std::string& b, double ohms) {
    if (ohms > 0 && a != b) text_ += fmt::format("R{} {} {} {:.17g}\n", name, a, b, ohms);
  }
  template <class... T>
  void add(fmt::format_string<T...> format, T&&... values) {
    text_ += fmt::format(format, std::forward<T>(values)...) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string spice_netlist(const Wires& wires, const CellCurve& curve, int64_t rows, int64_t columns,
                          std::span<const double> conductances, std::span<const double> volts,
                          std::span<const uint8_t> selected, const std::string& title) {
  const Names names{wires, rows, columns};
  Writer w;
  w.add("* {}", title);
  for (int64_t i = 0; i < rows; ++i) {
    const double input = volts[static_cast<size_t>(i)];
    w.add("V{0} in{0} 0 {1:.17g}", i, input);
    w.resistor(fmt::format("d{}", i), fmt::format("in{}", i), names.wordline(i, 0), wires.driver);
    if (wires.two_sided)
      w.resistor(fmt::format("e{}", i), fmt::format("in{}", i), names.wordline(i, columns - 1), wires.driver);
    for (int64_t j = 0; j < columns; ++j) {
      const std::string cell = fmt::format("{}_{}", i, j), u = names.wordline(i, j), v = names.bitline(i, j);
      const double g = conductances[static_cast<size_t>(i * columns + j)];
      const bool on = wires.access == CellAccess::Resistor ||
                      (input != 0 && (selected.empty() || selected[static_cast<size_t>(j)] != 0));
      if (on && g > 0) {
        if (curve.linear()) {
          w.add("Rc{} {} {} {:.17g}", cell, u, v, 1 / g);
        } else {
          w.add("Bc{} {} {} i={:.17g}*{}", cell, u, v, g, curve.spice(u, v));
        }
      }
      if (j + 1 < columns) w.resistor("w" + cell, u, names.wordline(i, j + 1), wires.wordline);
      if (i + 1 < rows) w.resistor("b" + cell, v, names.bitline(i + 1, j), wires.bitline);
    }
  }
  for (int64_t j = 0; j < columns; ++j) {
    w.resistor(fmt::format("s{}", j), names.bitline(rows - 1, j), fmt::format("out{}", j), wires.sense);
    w.add("Vo{0} out{0} 0 0", j);
  }
  w.add(".options reltol=1e-11 abstol=1e-19 vntol=1e-14 gmin=1e-30 itl1=1000");
  w.add(".control\nop\nset numdgt=15");
  for (int64_t j = 0; j < columns; ++j) w.add("print i(vo{})", j);
  w.add("quit\n.endc\n.end");
  return w.take();
}

}  // namespace ohmweave::array
