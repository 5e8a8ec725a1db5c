// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/crossbar.h"

#include <algorithm>

#include "ohmweave/array/crossbar_contents.h"
#include "ohmweave/array/crossbar_plan.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

constexpr double kLongestCycle = 1;  // s; what is slower is a slip of the pen

/// Columns that a weight takes beside each other in a row.
int64_t columns_per_weight(const tensor::FixedPoint& weight, int cell_bits, Encoding encoding) {
  WeightSlices slices(weight, cell_bits, encoding);
  return slices.count * slices.columns;
}

template <class Component>
void demand(const Part<Component>& part, double needed, std::string_view what, base::Diagnostics& d) {
  if (!part.component || part.per_array >= needed) return;
  d.error(part.span, fmt::format("each array needs {} of these, {}; this machine has {:.4g} for each", needed,
                                 what, part.per_array));
}

void check_precision(const config::Node& node, const CrossbarSpec& spec, const ProductFormats& formats,
                     base::Diagnostics& d) {
  const int64_t needed = columns_per_weight(formats.weight, spec.cell.bits, spec.encoding);
  if (needed <= spec.columns) return;
  d.error(node.find("columns")->span, fmt::format("a weight of {} bits takes {} columns of {}-bit cells",
                                                  formats.weight.bits, needed, spec.cell.bits));
}

/// Time of all conversions of one read.
units::Time conversion_time(const CrossbarSpec& spec, const Periphery& around) {
  const auto& adc = around.adc;
  const auto ones = [](int bits) { return static_cast<double>((int64_t{1} << bits) - 1); };
  const double digit = around.dac.component ? ones(around.dac.component->bits()) : 1;
  const double largest =
      static_cast<double>(spec.rows_in_use.value_or(spec.rows)) * ones(spec.cell.bits) * digit;
  return static_cast<double>(spec.columns * adc.component->actions(largest)) /
         (adc.per_array * adc.component->rate());
}

void check_cycle(const CrossbarSpec& spec, const Periphery& around, base::Diagnostics& d) {
  if (!around.adc.component || conversion_time(spec, around).si() <= kLongestCycle) return;
  d.error(around.adc.span, fmt::format("these take {} to convert the columns of an array",
                                       units::print(conversion_time(spec, around))));
}

/// Cells that neither time nor reads have moved.
device::CellSpec just_programmed(device::CellSpec cell) {
  cell.time = {};
  cell.read_disturb.reset();
  return cell;
}

}  // namespace

void CrossbarSpec::check(const config::Node& node, base::Diagnostics& d) const {
  if (encoding == Encoding::Differential && unit_column) {
    d.error(node.find("unit_column")->span,
            "differential pairs need no sum of the inputs, and so no unit column");
  }
  if (rows_in_use && *rows_in_use > rows)
    d.error(node.find("rows_in_use")->span, fmt::format("the array has {} rows", rows));
  check_wires(wires, node, cell.on().has_value(), d);
  if (cell.current_voltage && cell.current_voltage->kind != device::CurrentVoltageKind::Linear && !read_voltage)
    d.error(node.find("cell")->find("current_voltage")->span,
            "currents that are not in proportion to voltages need 'read_voltage'");
}

Crossbar::Crossbar(const CrossbarSpec& spec, Periphery periphery)
    : Component("crossbar", spec),
      periphery_(std::move(periphery)),
      rows_(spec.rows),
      rows_in_use_(spec.rows_in_use.value_or(spec.rows)),
      columns_(spec.columns),
      fault_remapping_(spec.fault_remapping),
      drift_compensation_(spec.drift_compensation),
      cell_bits_(spec.cell.bits),
      encoding_(spec.encoding),
      unit_column_(spec.unit_column),
      writing_(array::writing(spec.write, spec.cell)),
      wires_(spec.wires ? spec.wires->wires() : Wires{}),
      transfers_(std::make_shared<TransferCache>(
          spec.wires && spec.wires->keep ? TransferCache::default_folder() : std::string())),
      read_voltage_(spec.read_voltage),
      read_pulse_(spec.read_pulse),
      knows_siemens_(spec.cell.on().has_value()),
      cell_(device::make_cell(spec.cell)),
      new_cell_(device::make_cell(just_programmed(spec.cell))) {
  cycle_ = units::to_picoseconds(std::max(spec.read_pulse, conversion_time(spec, periphery_)));
  add_action(circuit::Verb::Read, 1.0 / spec.read_pulse, "read of an array");
}

bool Crossbar::is_ideal() const {
  return cell_->ideal() && wires_.ideal() && !solves_reads() && periphery_.dac.component->exact() &&
         periphery_.adc.component->ideal();
}

bool Crossbar::solves_reads() const {
  const circuit::Dac& dac = *periphery_.dac.component;
  return (wires_.access != CellAccess::Resistor && !wires_.ideal()) || cell_->current_voltage() != nullptr ||
         (!dac.exact() && dac.bits() > 1);
}

double Crossbar::off_steps() const {
  if (!knows_siemens_) return 0;
  const double off = cell_->siemens(0);
  return off / (cell_->siemens(1) - off);
}

double Crossbar::read_voltage() const { return read_voltage_ ? read_voltage_->si() : 1; }

double Crossbar::peak_multiply_accumulates(const ProductFormats& formats) const {
  const int64_t outputs = columns_ / columns_per_weight(formats.weight, cell_bits_, encoding_);
  const int cycles = periphery_.dac.component->cycles(formats.input.bits);
  return static_cast<double>(rows_ * outputs) / (cycles * units::to_time(cycle_).si());
}

units::Data Crossbar::capacity() const {
  return units::Data::from_si(static_cast<double>(rows_ * columns_ * cell_bits_));
}

std::shared_ptr<const Plan> Crossbar::plan(const ProductShape& shape, const ProductFormats& formats,
                                           const SeenSums* seen) const {
  return plan_crossbar(*this, shape, formats, seen);
}

std::unique_ptr<Contents> Crossbar::program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                            uint64_t seed, uint64_t place) const {
  auto mine = std::dynamic_pointer_cast<const CrossbarPlan>(std::move(plan));
  OHMWEAVE_CHECK(mine != nullptr, "a crossbar was given another array's plan");
  return std::make_unique<CrossbarContents>(*this, std::move(mine), weights, seed, place);
}

circuit::Transfer Crossbar::transfer(const CrossbarPlan& plan, int64_t rows, bool unit,
                                     const circuit::Instance& which) const {
  const circuit::ColumnConverter& adc = *periphery_.adc.component;
  const auto largest = static_cast<double>(unit ? plan.largest_unit_sum(rows) : plan.largest_weight_sum(rows));
  if (!unit && plan.seen) {
    const auto placed = plan.ranges.find(rows);
    return adc.read(placed != plan.ranges.end() ? placed->second : adc.placed(0, largest, &*plan.seen), largest,
                    which);
  }
  return adc.read(adc.placed(0, largest), largest, which);
}

Made make_crossbar(config::Node& node, const Surroundings& around, const ProductFormats& formats,
                   base::Diagnostics& d) {
  CrossbarSpec spec;
  if (!circuit::read_component(node, spec, d)) return {};
  Periphery p{around.find<circuit::Dac>("dac"),
              around.find<circuit::SampleHold>("sample_hold"),
              around.find<circuit::ColumnConverter>("adc"),
              around.find<circuit::ShiftAdd>("shift_add"),
              around.find_register(circuit::RegisterRole::Input),
              around.find_register(circuit::RegisterRole::Output)};
  base::Diagnostics found;
  demand(p.dac, static_cast<double>(spec.rows), "one per row", found);
  demand(p.sample_hold, static_cast<double>(spec.columns), "one per column", found);
  check_precision(node, spec, formats, found);
  check_cycle(spec, p, found);
  d.append(found);
  const bool complete = p.dac.component && p.sample_hold.component && p.adc.component &&
                        p.shift_add.component && p.input_register.component && p.output_register.component;
  if (!complete || found.has_errors()) return {};
  auto crossbar = std::make_shared<Crossbar>(spec, std::move(p));
  return {crossbar, crossbar};
}

}  // namespace ohmweave::array
