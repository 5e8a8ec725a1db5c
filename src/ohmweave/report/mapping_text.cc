// SPDX-License-Identifier: Apache-2.0
// What `map` prints: where every layer went and how well it fits there.
#include <fmt/format.h>

#include "ohmweave/report/numbers.h"
#include "ohmweave/report/report.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

std::string count_text(int64_t n) { return units::print_count(static_cast<double>(n), 6); }

std::vector<std::string> crossbar_row(const mapping::Layer& l, const Style& style) {
  return {l.name,
          l.op,
          "crossbar",
          std::to_string(l.copies),
          fmt::format("{}x{}", l.row_tiles, l.column_tiles),
          count_text(l.all_arrays),
          fmt::format("{}x{}", l.weight_slices, l.input_cycles),
          std::to_string(l.rows_used),
          std::to_string(l.columns_used),
          percent(l.utilization),
          std::to_string(l.groups),
          l.buffer_items > 0 ? units::print(l.buffer, 3) : "",
          l.lossless ? "" : style.yellow("lossy")};
}

std::vector<std::string> other_row(const mapping::Layer& l, const Style& style) {
  const bool unit = l.where == mapping::Where::DigitalUnit;
  std::vector<std::string> row{l.name, l.op, unit ? l.unit : style.yellow("not modelled"),
                               unit ? std::to_string(l.copies) : ""};
  row.resize(11);
  row.push_back(unit && l.buffer_items > 0 ? units::print(l.buffer, 3) : "");
  return row;
}

}  // namespace

std::string mapping_text(const mapping::Mapping& mapping, const machine::Machine& machine, bool colour) {
  const Style style{colour};
  const array::Array& array = *machine.arrays().array;
  std::string out = fmt::format(
      "{} on {}: {} chip{}, {} of {} arrays of {} x {} cells hold weights, {} of their cells used\n\n",
      mapping.network.name, machine.configuration, mapping.chips, mapping.chips == 1 ? "" : "s",
      count_text(mapping.arrays_used), count_text(mapping.arrays_available), array.rows(), array.columns(),
      percent(mapping.utilization));
  Table t({{"layer", Align::Left, true},
           {"operator", Align::Left, true},
           {"where", Align::Left, true},
           {"copies"},
           {"tiles"},
           {"arrays"},
           {"slices"},
           {"rows"},
           {"columns"},
           {"used"},
           {machine.arrays().parent->parent ? machine.arrays().parent->parent->name + "s" : "groups"},
           {"buffer"},
           {"", Align::Left}});
  for (const mapping::Layer& l : mapping.layers) {
    if (l.where == mapping::Where::Free) continue;
    t.add(l.where == mapping::Where::Crossbar ? crossbar_row(l, style) : other_row(l, style));
  }
  out += t.text(style);
  out += "\n  " +
         style.dim(
             "tiles: arrays of one copy, down x across; slices: cells of a weight x parts of an input; rows, "
             "columns: of the fullest array;") +
         "\n";
  out += "  " + style.dim("buffer: least room for what the layer reads") + "\n";
  if (!mapping.fits) out += "\n" + style.red("It does not fit: ") + mapping.misfit + "\n";
  if (!mapping.not_modelled.empty())
    out += "\n" + style.bold("Not modelled") + "  " + style.dim("counted in no cost") + "\n";
  for (const std::string& what : mapping.not_modelled) out += "  " + what + "\n";
  if (!mapping.warnings.empty()) out += "\n" + style.bold("Warnings") + "\n";
  for (const std::string& w : mapping.warnings) out += "  " + w + "\n";
  return out;
}

}  // namespace ohmweave::report
