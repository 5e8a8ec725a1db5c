// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::array {

/// What switches the cells of a crossbar.
enum class CellAccess {
  Resistor,        // 1R: nothing; a cell is a conductance between its wordline and its bitline
  Transistor,      // 1T1R: the input of a row also drives its gates: cells of a row without input are open
  TwoTransistors,  // 2T1R: gates of the row and of the column in series: both must be selected
};

/// Resistances in ohms. A wire's lies between neighbouring cells of a line, none before the first cell or after
/// the last one: the driver's is between the source of a row and its cell in column 0, the sense resistance
/// between the cell of the last row and 0 V. Each may be 0.
struct Wires {
  double wordline = 0, bitline = 0, driver = 0, sense = 0;
  bool two_sided = false;  // a second driver with the same voltage at the other end of each row
  CellAccess access = CellAccess::Resistor;

  bool ideal() const { return wordline == 0 && bitline == 0 && driver == 0 && sense == 0; }
};

/// The block `wires` of a crossbar in a design.
struct WireSpec {
  std::optional<units::Resistance> resistance, wordline, bitline;
  units::Resistance driver, sense;
  bool two_sided = false;
  CellAccess cell = CellAccess::Resistor;
  bool keep = true;

  static constexpr auto fields() {
    using S = WireSpec;
    return std::make_tuple(
        config::defaulted("resistance", &S::resistance, "of a wire between neighbouring cells").at_least(0),
        config::defaulted("wordline", &S::wordline, "the same of wordlines alone").at_least(0),
        config::defaulted("bitline", &S::bitline, "the same of bitlines alone").at_least(0),
        config::defaulted("driver", &S::driver, "resistance between a row's driver and its first cell")
            .at_least(0),
        config::defaulted("sense", &S::sense, "resistance between a column's last cell and ground").at_least(0),
        config::defaulted("two_sided", &S::two_sided, "whether rows are driven at both ends"),
        config::defaulted("cell", &S::cell,
                          "what switches a cell: nothing, the input of its row, or that and its column"),
        config::defaulted("keep", &S::keep,
                          "whether transfer matrices are kept in the user's cache folder for the next run"));
  }
  /// Says so if lines have no resistance or two.
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
  Wires wires() const;
};

/// Says what is wrong with the block `wires` of an array, if it has one.
void check_wires(const std::optional<WireSpec>& wires, const config::Node& array, bool knows_conductances,
                 base::Diagnostics& diagnostics);

}  // namespace ohmweave::array

template <>
struct ohmweave::config::Words<ohmweave::array::CellAccess> {
  static constexpr std::pair<std::string_view, ohmweave::array::CellAccess> values[] = {
      {"1r", ohmweave::array::CellAccess::Resistor},
      {"1t1r", ohmweave::array::CellAccess::Transistor},
      {"2t1r", ohmweave::array::CellAccess::TwoTransistors}};
};
