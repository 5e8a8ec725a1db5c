// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/array/composed_crossbar.h"
#include "ohmweave/circuit/adc.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;

/// log2 of a number of rows, rounded up.
int bits_of_rows(int64_t rows) { return circuit::bits_of(rows - 1); }

/// Time of the conversions of a pass: each amplifier serves its columns one after the other. Columns of all
/// slices stand side by side, so that whole weights take the steps of all their slices; of what is left over
/// the slowest amplifier has the most.
units::Time conversion_time(const ComposedCrossbar& x, std::vector<int> steps) {
  const auto& amplifier = x.periphery().sense_amplifier;
  const auto served = static_cast<int64_t>(std::ceil(static_cast<double>(x.columns()) / amplifier.per_array));
  const auto slices = static_cast<int64_t>(steps.size());
  std::sort(steps.rbegin(), steps.rend());
  const int64_t whole = std::accumulate(steps.begin(), steps.end(), int64_t{0});
  const int64_t rest = std::accumulate(steps.begin(), steps.begin() + served % slices, int64_t{0});
  return static_cast<double>(served / slices * whole + rest) / amplifier.component->rate();
}

/// One pass per digit of the inputs: rows are driven, columns settle, and all columns are converted, those that
/// hold no weight as well: which ones a product fills changes nothing about when an array is ready.
void set_times(const ComposedCrossbar& x, ComposedPlan& p) {
  for (int k = 0; k < p.digits.count; ++k)
    p.interval += units::to_picoseconds(x.read_pulse() + conversion_time(x, p.steps(k)));
  p.latency = p.interval + units::to_picoseconds(x.periphery().shift_add.component->action(Verb::Add)->time);
}

void add_uses(const ComposedCrossbar& x, ComposedPlan& p) {
  const ComposingPeriphery& around = x.periphery();
  const ProductShape& s = p.shape;
  const int64_t passes = p.digits.count;
  const int64_t rows = s.groups * s.rows * p.column_tiles;  // that are driven at once, in all arrays
  const int64_t sums = s.groups * s.outputs * p.row_tiles;
  int64_t steps = 0, conversions = 0, converting = 0;  // of one sum; passes that convert anything
  for (int k = 0; k < p.digits.count; ++k) {
    const std::vector<int> own = p.steps(k);
    steps += std::accumulate(own.begin(), own.end(), int64_t{0});
    const auto converted = std::count_if(own.begin(), own.end(), [](int n) { return n > 0; });
    conversions += converted;
    converting += converted > 0 ? 1 : 0;
  }
  const int64_t sum_bytes = divide_up(around.sense_amplifier.component->bits(), 8);
  const Picoseconds settled = units::to_picoseconds(x.read_pulse()), rest = p.interval - settled;
  const Picoseconds addition = p.latency - p.interval;
  p.uses.push_back({around.input_register.component.get(), Verb::Read, 0, rest,
                    divide_up(rows * passes * p.digits.width, 8)});
  p.uses.push_back({around.dac.component.get(), Verb::Drive, 0, p.interval, rows * passes});
  p.uses.push_back({&x, Verb::Read, 0, p.interval, p.arrays * passes, true});
  p.uses.push_back({around.sense_amplifier.component.get(), Verb::Convert, settled, rest, sums * steps});
  p.uses.push_back({around.shift_add.component.get(), Verb::Add, settled + addition, rest, sums * conversions});
  // What a pass adds to a sum goes to the register, where the next one adds to it.
  p.uses.push_back({around.output_register.component.get(), Verb::Write, settled + addition, rest,
                    sums * converting * sum_bytes});
}

/// Bits that sums over an array are taken to have.
int window(const ComposedCrossbar& x, int full, const SeenSums* seen) {
  if (!seen || x.window() == SumWindow::Full) return full;
  const int least = x.periphery().sense_amplifier.component->bits();
  return std::min(std::max(seen->bits_of(x.percentile()), least), full);
}

void prove(const ComposedCrossbar& x, const SeenSums* seen, ComposedPlan& p) {
  p.lossless = p.result_place == 0 && p.window == p.full_window && x.is_ideal();
  if (p.lossless) return;
  if (p.result_place == 0 && p.window == p.full_window) {
    p.loss = "its cells, wires, drivers or sense amplifiers have errors of their own";
    return;
  }
  const int bits = x.periphery().sense_amplifier.component->bits();
  p.loss = fmt::format("of sums of {} bits, {}, the sense amplifiers keep the top {}", p.window,
                       p.window == p.full_window ? "the most that can be" : "by calibration", bits);
  const double error = seen != nullptr ? seen->error_of(p.window) : 0;
  if (error > 0)
    p.warnings.push_back(fmt::format("{}: off by {:.2g} % of the sums, on average", p.loss, 100 * error));
}

}  // namespace

ComposedPlan::ComposedPlan(const ProductShape& s, const ProductFormats& f, const InputDigits& d,
                           const WeightSlices& w)
    : digits(d), slices(w) {
  shape = s;
  formats = f;
  weight_slices = w.count;
  input_cycles = d.count;
}

std::vector<int> ComposedPlan::steps(int digit) const {
  std::vector<int> out;
  for (const SumPart& part : parts) {
    if (part.digit == digit) out.push_back(part.kept.count);
  }
  return out;
}

std::vector<SumPart> compose(const ProductFormats& formats, const InputDigits& digits,
                             const WeightSlices& slices, int64_t rows, int window, int amplifier_bits) {
  std::vector<SumPart> out;
  const int bottom = std::max(window - amplifier_bits, 0);
  for (int k = 0; k < digits.count; ++k) {
    for (int s = 0; s < slices.count; ++s) {
      SumPart part{k, s, k * digits.width + s * slices.width, bits_of_rows(rows), {}, 0};
      part.bits += std::min(digits.width, formats.input.bits - k * digits.width);
      part.bits += std::min(slices.width, formats.weight.bits - s * slices.width);
      const int top = std::min(window, part.place + part.bits);
      part.kept.shift = std::max(bottom - part.place, 0);
      part.kept.count = std::max(top - std::max(bottom, part.place), 0);
      part.left = std::max(part.place - bottom, 0);
      out.push_back(part);
    }
  }
  return out;
}

std::shared_ptr<const ComposedPlan> plan_composed(const ComposedCrossbar& x, const ProductShape& shape,
                                                  const ProductFormats& formats, const SeenSums* seen) {
  const int bits = x.periphery().sense_amplifier.component->bits();
  auto p = std::make_shared<ComposedPlan>(shape, formats,
                                          InputDigits(formats.input, x.periphery().dac.component->bits()),
                                          WeightSlices(formats.weight, x.cell_bits(), Encoding::Differential));
  cut({x.rows(), x.columns(), p->slices.count, 0, 2}, *p);
  p->full_window = formats.input.bits + formats.weight.bits + bits_of_rows(x.rows());
  p->window = window(x, p->full_window, seen);
  p->result_place = std::max(p->window - bits, 0);
  p->sum_bits = bits + 2;  // with the carry of adding parts, and the sign
  p->parts = compose(formats, p->digits, p->slices, x.rows(), p->window, bits);
  set_times(x, *p);
  add_uses(x, *p);
  prove(x, seen, *p);
  return p;
}

}  // namespace ohmweave::array
