// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/device/cell.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::device {

/// A memory technology as a table of characteristics gives it: every entry may be a bound or a range (survey,
/// Table 1).
struct Characteristics {
  std::string cell_structure;  // "1T1R"
  config::Interval<units::CellArea> cell_size;
  config::Interval<units::Voltage> write_voltage;
  config::Interval<units::Time> latency;  // of a write or a read
  config::Interval<units::Energy> write_energy;
  config::Interval<double> endurance;  // writes

  static constexpr auto fields() {
    using C = Characteristics;
    return std::tuple{config::required("cell_structure", &C::cell_structure,
                                       "transistors, capacitors and resistors of one cell"),
                      config::required("cell_size", &C::cell_size, "footprint of one cell").above(0),
                      config::required("write_voltage", &C::write_voltage, "voltage of a write").above(0),
                      config::required("latency", &C::latency, "time of a write or a read").above(0),
                      config::required("write_energy", &C::write_energy, "energy of writing one cell").above(0),
                      config::required("endurance", &C::endurance, "writes a cell survives").above(0)};
  }
};

/// The same technology by a second source, as devices are commonly measured: a table of bounds may quote a
/// record (endurance of RRAM: below 1e12 at best, 1e6 to 1e9 typically).
struct Typical {
  config::Interval<units::Time> latency;
  config::Interval<double> endurance;
  config::Interval<units::Resistance> resistance;

  static constexpr auto fields() {
    using T = Typical;
    return std::tuple{config::defaulted("latency", &T::latency, "time of a write or a read").above(0),
                      config::defaulted("endurance", &T::endurance, "writes a cell survives").above(0),
                      config::defaulted("resistance", &T::resistance, "resistances a cell can take").above(0)};
  }
};

/// The cell of an array as a design uses it, on top of a device file. Conductances are normalised here: level k
/// of a cell with b bits stands for the whole number k. Non-ideal behaviour (programming error, noise, drift,
/// faults) joins through device::Cell.
struct CellSpec {
  std::string title;  // of the device file
  int bits = 1;       // per cell
  std::optional<units::Resistance> on_resistance, off_resistance;
  std::optional<Characteristics> characteristics;
  std::optional<Typical> typical;

  static constexpr auto fields() {
    using C = CellSpec;
    return std::tuple{
        config::defaulted("title", &C::title, "the technology, for people"),
        config::defaulted("bits", &C::bits, "bits stored in one cell").within(1, 8),
        config::defaulted("on_resistance", &C::on_resistance, "resistance of the most conducting level")
            .above(0),
        config::defaulted("off_resistance", &C::off_resistance, "resistance of the least conducting level")
            .above(0),
        config::defaulted("characteristics", &C::characteristics, "the technology's table entry"),
        config::defaulted("typical", &C::typical, "the technology by a second source")};
  }
};

/// A device file of library/devices.
struct Device {
  std::string name, title, path;
  Characteristics characteristics;
  std::optional<Typical> typical;
  config::Node file;  // resolved, with sources
};
/// Names of library/devices in the data folder, in order.
std::vector<std::string> device_names();
/// Throws base::Failure with all errors of the file, or with the nearest name if there is no such device.
Device load_device(const std::string& name);
/// A device by the path of its file, which is called by the device's name.
Device read_device(const std::string& path);

}  // namespace ohmweave::device
