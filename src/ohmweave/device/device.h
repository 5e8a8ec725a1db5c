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
#include "ohmweave/config/load.h"
#include "ohmweave/device/cell.h"
#include "ohmweave/device/cell_blocks.h"
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

/// The cell of an array as a design uses it, on top of a device file. Level k of a cell with b bits stands for
/// the whole number k; the blocks say what it conducts instead.
struct CellSpec {
  std::string title;  // of the device file
  int bits = 1;       // per cell
  std::optional<units::Resistance> on_resistance, off_resistance;
  std::optional<Characteristics> characteristics;
  std::optional<Typical> typical;
  std::optional<LevelsSpec> levels;
  std::optional<ProgrammingSpec> programming;
  std::optional<VariationSpec> variation;
  std::optional<FaultsSpec> faults;
  std::optional<DriftSpec> drift;
  std::optional<ReadNoiseSpec> read_noise;
  std::optional<CurrentVoltageSpec> current_voltage;
  std::optional<ReadDisturbSpec> read_disturb;
  std::optional<EnduranceSpec> endurance;
  units::Time time;
  units::Temperature temperature = units::Temperature::from_si(300);

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
        config::defaulted("typical", &C::typical, "the technology by a second source"),
        config::defaulted("levels", &C::levels, "what levels conduct"),
        config::defaulted("programming", &C::programming, "error of programming"),
        config::defaulted("variation", &C::variation, "spread between devices and between programmings"),
        config::defaulted("faults", &C::faults, "stuck cells"),
        config::defaulted("drift", &C::drift, "what time does"),
        config::defaulted("read_noise", &C::read_noise, "what two reads differ by"),
        config::defaulted("current_voltage", &C::current_voltage, "current by voltage"),
        config::defaulted("read_disturb", &C::read_disturb, "what reads do"),
        config::defaulted("endurance", &C::endurance, "what writes do"),
        config::defaulted("time", &C::time, "time since programming").within(0, 1e12),
        config::defaulted("temperature", &C::temperature, "of the cells").within(1, 2000)};
  }
  /// Conductances of level 0 and of the highest; nothing if neither levels nor resistances say so.
  std::optional<units::Conductance> off() const, on() const;
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

/// What a cell does as its specification says; ideal() if that is nothing.
std::shared_ptr<const Cell> make_cell(const CellSpec& spec);

/// A non-ideality of a cell: the key below the cell that switches it off, and the value that does.
struct Effect {
  std::string name, key, off;
};
/// Those that a cell has, in order of their blocks.
std::vector<Effect> effects(const CellSpec& spec);

/// A device file: what a design's cell is laid over.
struct Device {
  std::string name, path;
  CellSpec cell;
  config::Node file;  // resolved, with sources
};
/// Names of library/devices in the data folder, in order.
std::vector<std::string> device_names();
/// A device of the library by its name, or by the path of its file: what has a '/' or ends in .yaml. Throws
/// base::Failure with all errors of the file, or with the nearest name if there is no such device.
Device load_device(const std::string& name, const std::vector<config::Override>& changes = {});
/// A device by the path of its file, which is called by the device's name.
Device read_device(const std::string& path, const std::vector<config::Override>& changes = {});
/// Makes a resolved `cell` of a design one of this device: all it had of a device file goes, `bits` and what
/// else only designs say stays. Its sources are left to the caller.
void use_device(config::Node& cell, const Device& device);

}  // namespace ohmweave::device
