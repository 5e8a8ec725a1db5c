// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/crossbar_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/array/crossbar.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;

/// ISAAC, Figure 4b: digit k is read in cycle k, converted in the next, and shifted and added in the one after.
void add_uses(const Crossbar& x, CrossbarPlan& p) {
  const Periphery& around = x.periphery();
  const ProductShape& s = p.shape;
  const int64_t cycles = p.digits.count;
  const Picoseconds cycle = x.cycle(), all = cycles * cycle;
  p.interval = all;
  p.latency = all + 2 * cycle;
  const int64_t rows = s.groups * s.rows * p.column_tiles;  // that are driven at once, in all arrays
  const int64_t units = p.unit_column ? s.groups * p.row_tiles * p.column_tiles : 0;
  const int64_t sums = s.groups * s.outputs * p.row_tiles;
  const int64_t conversions = (sums * p.columns_per_weight() + units) * cycles;
  const int64_t counted = p.sums_inputs && !p.unit_column ? s.groups * s.rows * cycles : 0;
  // A sum is kept as wide as an input: results go on as inputs (ISAAC: 128 sums of 16 bits in 256 bytes).
  const int64_t sum_bytes = divide_up(p.formats.input.bits, 8);
  // The first digit is driven as it arrives and the others one cycle ahead, so the register takes the next
  // vector while the last digit is read: that is how ISAAC's operations follow each other every 16 cycles.
  p.uses.push_back({around.input_register.component.get(), Verb::Read, 0, all - cycle,
                    divide_up(rows * cycles * p.digits.width, 8)});
  p.uses.push_back({around.dac.component.get(), Verb::Drive, 0, all, rows * cycles});
  p.uses.push_back({&x, Verb::Read, 0, all, p.arrays * cycles, true});
  p.uses.push_back({around.sample_hold.component.get(), Verb::Sample, 0, all, conversions});
  p.conversion_actions = around.adc.component->actions(
      static_cast<double>(p.largest_weight_sum(std::min(p.shape.rows, p.rows_per_array))));
  p.uses.push_back({around.adc.component.get(), Verb::Convert, cycle, all, conversions * p.conversion_actions});
  p.uses.push_back({around.shift_add.component.get(), Verb::Add, 2 * cycle, all, conversions + counted});
  p.uses.push_back(
      {around.output_register.component.get(), Verb::Write, 2 * cycle, all, sums * cycles * sum_bytes});
}

void prove(const Crossbar& x, CrossbarPlan& p) {
  const circuit::ColumnConverter& adc = *x.periphery().adc.component;
  const int64_t rows = std::min(p.shape.rows, p.rows_per_array);
  const int64_t largest =
      std::max(p.largest_weight_sum(rows), p.unit_column ? p.largest_unit_sum(rows) : int64_t{0});
  p.lossless = adc.exact_up_to(largest) && x.is_ideal();
  if (p.lossless) return;
  if (!x.is_ideal()) {
    p.loss = "its cells, wires or converters have errors of their own";
    return;
  }
  p.loss = fmt::format("a column of {} rows can sum up to {}, {}", rows, largest, adc.loss(largest));
  p.warnings.push_back(fmt::format("{} too narrow: {}", adc.name(), p.loss));
}

/// Chooses ranges once for all columns: the search takes milliseconds.
void place_codes(const circuit::ColumnConverter& adc, CrossbarPlan& p) {
  if (!p.seen) return;
  for (const int64_t rows :
       {p.rows_per_array, std::min(p.shape.rows, p.rows_per_array), p.shape.rows % p.rows_per_array}) {
    if (rows > 0 && p.ranges.find(rows) == p.ranges.end())
      p.ranges[rows] = adc.placed(0, static_cast<double>(p.largest_weight_sum(rows)), &*p.seen);
  }
}

}  // namespace

CrossbarPlan::CrossbarPlan(const ProductShape& s, const ProductFormats& f, const InputDigits& d,
                           const WeightSlices& w, Encoding e)
    : digits(d), slices(w), encoding(e) {
  sums_inputs = w.bias != 0 || e == Encoding::Flipped;
  shape = s;
  formats = f;
  weight_slices = w.count;
  input_cycles = d.count;
}

std::shared_ptr<const CrossbarPlan> plan_crossbar(const Crossbar& x, const ProductShape& shape,
                                                  const ProductFormats& formats, const SeenSums* seen) {
  auto p = std::make_shared<CrossbarPlan>(
      shape, formats, InputDigits(formats.input, x.periphery().dac.component->bits()),
      WeightSlices(formats.weight, x.cell_bits(), x.encoding()), x.encoding());
  if (x.wants_sums() && seen != nullptr && seen->columns.count() > 0) p->seen = seen->columns;
  p->unit_column = x.has_unit_column() && p->sums_inputs;
  cut({x.rows_in_use(), x.columns(), p->columns_per_weight(), p->unit_column ? 1 : 0}, *p);
  place_codes(*x.periphery().adc.component, *p);
  add_uses(x, *p);
  prove(x, *p);
  return p;
}

}  // namespace ohmweave::array
