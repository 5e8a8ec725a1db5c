// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_crossbar.h"

#include "ohmweave/array/composed_contents.h"
#include "ohmweave/array/composed_plan.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

constexpr double kLongestPass = 1;  // s; what is slower is a slip of the pen

void check(const config::Node& node, const ComposedCrossbarSpec& spec, const ComposingPeriphery& p,
           const ProductFormats& formats, base::Diagnostics& d) {
  if (p.dac.component && p.dac.per_array < static_cast<double>(spec.rows))
    d.error(p.dac.span,
            fmt::format("each array needs {} of these, one per row; this machine has {:.4g} for each",
                        spec.rows, p.dac.per_array));
  const WeightSlices slices(formats.weight, spec.cell.bits, Encoding::Differential);
  if (slices.count > spec.columns)
    d.error(node.find("columns")->span, fmt::format("a weight of {} bits takes {} columns of {}-bit cells",
                                                    formats.weight.bits, slices.count, spec.cell.bits));
  if (!p.sense_amplifier.component) return;
  const circuit::SenseAmplifier& amplifier = *p.sense_amplifier.component;
  const units::Time slowest =
      static_cast<double>(spec.columns * amplifier.bits()) / (p.sense_amplifier.per_array * amplifier.rate());
  if (slowest.si() > kLongestPass)
    d.error(p.sense_amplifier.span,
            fmt::format("these take {} to convert the columns of an array", units::print(slowest)));
}

}  // namespace

void ComposedCrossbarSpec::check(const config::Node& node, base::Diagnostics& d) const {
  check_wires(wires, node, cell.on().has_value(), d);
  if (wordline_columns && *wordline_columns > columns)
    d.error(node.find("wordline_columns")->span, fmt::format("the array has {} columns", columns));
  if (wires && !wires->wires().ideal() && wires->cell != CellAccess::Resistor)
    d.error(
        node.find("wires")->find("cell")->span,
        "composed crossbars are solved once, for all inputs; inputs cannot switch their cells, which are '1r'");
  if (cell.current_voltage && cell.current_voltage->kind != device::CurrentVoltageKind::Linear)
    d.error(node.find("cell")->find("current_voltage")->span,
            "composed crossbars are solved once, for all inputs; their currents are in proportion to voltages");
}

ComposedCrossbar::ComposedCrossbar(const ComposedCrossbarSpec& spec, ComposingPeriphery periphery)
    : Component("composed_crossbar", spec),
      periphery_(std::move(periphery)),
      rows_(spec.rows),
      columns_(spec.columns),
      cell_bits_(spec.cell.bits),
      read_pulse_(spec.read_pulse),
      window_(spec.window),
      percentile_(spec.percentile),
      wires_(spec.wires ? spec.wires->wires() : Wires{}),
      wordline_columns_(spec.wordline_columns.value_or(spec.columns)),
      transfers_(std::make_shared<TransferCache>(
          spec.wires && spec.wires->keep ? TransferCache::default_folder() : std::string())),
      cell_(device::make_cell(spec.cell)),
      writing_(array::writing(spec.write, spec.cell)) {
  add_action(circuit::Verb::Read, 1.0 / spec.read_pulse, "read of an array");
}

bool ComposedCrossbar::is_ideal() const {
  return cell_->ideal() && wires_.ideal() && periphery_.dac.component->exact() &&
         periphery_.sense_amplifier.component->exact();
}

double ComposedCrossbar::peak_multiply_accumulates(const ProductFormats& formats) const {
  const auto full = plan_composed(*this, {rows_, 1, 1}, formats);
  return static_cast<double>(rows_ * full->outputs_per_array) / units::to_time(full->interval).si();
}

units::Data ComposedCrossbar::capacity() const {
  return units::Data::from_si(static_cast<double>(rows_ * columns_ * cell_bits_));
}

std::shared_ptr<const Plan> ComposedCrossbar::plan(const ProductShape& shape, const ProductFormats& formats,
                                                   const SeenSums* seen) const {
  return plan_composed(*this, shape, formats, seen);
}

std::unique_ptr<Contents> ComposedCrossbar::program(std::shared_ptr<const Plan> plan,
                                                    std::span<const int32_t> weights, uint64_t seed,
                                                    uint64_t place) const {
  auto mine = std::dynamic_pointer_cast<const ComposedPlan>(std::move(plan));
  OHMWEAVE_CHECK(mine != nullptr, "a composed crossbar was given another array's plan");
  return std::make_unique<ComposedContents>(*this, std::move(mine), weights, seed, place);
}

Made make_composed_crossbar(config::Node& node, const Surroundings& around, const ProductFormats& formats,
                            base::Diagnostics& d) {
  ComposedCrossbarSpec spec;
  if (!circuit::read_component(node, spec, d)) return {};
  ComposingPeriphery p{
      around.find<circuit::Dac>("dac"), around.find<circuit::SenseAmplifier>("sense_amplifier"),
      around.find<circuit::ShiftAdd>("shift_add"), around.find_register(circuit::RegisterRole::Input),
      around.find_register(circuit::RegisterRole::Output)};
  base::Diagnostics found;
  check(node, spec, p, formats, found);
  d.append(found);
  const bool complete = p.dac.component && p.sense_amplifier.component && p.shift_add.component &&
                        p.input_register.component && p.output_register.component;
  if (!complete || found.has_errors()) return {};
  auto crossbar = std::make_shared<ComposedCrossbar>(spec, std::move(p));
  return {crossbar, crossbar};
}

}  // namespace ohmweave::array
