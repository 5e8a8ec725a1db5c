// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/writing.h"

#include <fmt/format.h>

namespace ohmweave::array {
namespace {

enum class Dear { High, Low };  // which end of a range costs more

/// A figure of the device: the end of a range that costs more, or the only end there is.
template <class T>
std::optional<Sourced<T>> of_interval(const config::Interval<T>& interval, Dear dear,
                                      const std::string& where) {
  const std::optional<T>& wanted = dear == Dear::High ? interval.high : interval.low;
  const std::optional<T>& other = dear == Dear::High ? interval.low : interval.high;
  if (!wanted && !other) return std::nullopt;
  return Sourced<T>{wanted ? wanted : other,
                    fmt::format("{}: {}", where, config::Value<config::Interval<T>>::encode(interval).text)};
}

std::string title(const device::CellSpec& cell) { return cell.title.empty() ? "the cell" : cell.title; }

template <class T>
Sourced<T> unknown(std::string_view key, const device::CellSpec& cell) {
  return {std::nullopt,
          fmt::format("unknown: neither the design (write.{}) nor {} has a figure", key, title(cell))};
}

}  // namespace

Writing writing(const std::optional<WritingSpec>& design, const device::CellSpec& cell) {
  const WritingSpec spec = design.value_or(WritingSpec{});
  Writing out;
  out.pulses = spec.pulses;
  out.cells_at_once = spec.cells_at_once;
  out.arrays_at_once = spec.arrays_at_once;
  out.pulse = unknown<units::Time>("pulse", cell);
  out.energy = unknown<units::Energy>("energy", cell);
  out.endurance = unknown<double>("endurance", cell);
  const std::string table = title(cell), typical = table + ", typical";
  if (cell.characteristics) {
    const device::Characteristics& c = *cell.characteristics;
    out.pulse = of_interval(c.latency, Dear::High, table).value_or(out.pulse);
    out.energy = of_interval(c.write_energy, Dear::High, table).value_or(out.energy);
    out.endurance = of_interval(c.endurance, Dear::Low, table).value_or(out.endurance);
  }
  if (cell.typical) {
    out.pulse = of_interval(cell.typical->latency, Dear::High, typical).value_or(out.pulse);
    out.endurance = of_interval(cell.typical->endurance, Dear::Low, typical).value_or(out.endurance);
  }
  if (spec.pulse) out.pulse = {spec.pulse, "the design"};
  if (spec.energy) out.energy = {spec.energy, "the design"};
  if (spec.endurance) out.endurance = {spec.endurance, "the design"};
  return out;
}

}  // namespace ohmweave::array
