// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/stacked_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/array/cutting.h"
#include "ohmweave/array/stacked_rows_contents.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;
using logic::RowWork;

constexpr int64_t kMostTaps = int64_t{1} << 24;  // of a sum that rows are checked to be wide enough for
constexpr int kWriteCycles = 2;                  // of a column: its ones, its zeros (FloatPIM, section 4.1)

logic::BinarizedWindow window_of(int64_t taps, const tensor::FixedPoint& input) {
  const int sum_bits = logic::exact_sum_bits(static_cast<int>(taps), input.bits, input.is_signed);
  return {1, input.bits, input.is_signed, sum_bits, true};
}

/// Cells of a row that an input takes.
int64_t input_cells(const logic::WindowScheme& scheme, const logic::BinarizedWindow& window) {
  return scheme.product == logic::WindowProduct::Multiply ? factor_bits(window) : window.bits;
}

int64_t rounded(double x) { return std::llround(x); }

/// Uses of the array one after another, until all rows are done.
class Schedule {
 public:
  Schedule(const StackedRows& array, StackedRowsPlan& plan) : array_(array), plan_(plan) {}

  void step(Verb verb, int64_t cycles, int64_t count) {
    if (count == 0) return;
    const Picoseconds lasts = std::max<int64_t>(cycles, 1) * array_.cycle();
    plan_.uses.push_back({&array_, verb, now_, lasts, count});
    now_ += lasts;
  }
  /// Gates that pass `time` in all rows at once and are counted as `work`. Initialisations stand before the
  /// gates, between which they really happen: what a step lasts is what counts.
  void logic(const RowWork& time, const RowWork& work) {
    const int64_t erasing = rounded(work.resets) > 0 ? 1 : 0;
    step(Verb::Erase, 1, rounded(work.resets));
    step(Verb::Initialize, time.init_cycles - erasing, rounded(work.sets));
    step(Verb::Nor, time.cycles - time.init_cycles, rounded(work.gates));
  }
  Picoseconds end() const { return now_; }

 private:
  const StackedRows& array_;
  StackedRowsPlan& plan_;
  Picoseconds now_ = 0;
};

/// Parts of sums that stand in one array come together: row after row is read and written beside another, then
/// all pairs are added at once, in as many rounds as it takes.
void add_parts(const StackedRows& array, StackedRowsPlan& p, Schedule& schedule) {
  if (p.parts_per_array == 1) return;
  const int64_t moves = (p.parts_per_array - 1) * std::min(p.sums(), array.rows());
  const int64_t additions = p.sums() * (p.parts - p.row_tiles);
  const RowWork sum =
      row_work(logic::sum_program(array.scheme().adder, p.window.sum_bits), array.technology().initialisation);
  schedule.step(Verb::Read, moves, additions * p.window.sum_bits);
  schedule.step(Verb::Write, kWriteCycles * moves, additions * p.window.sum_bits);
  schedule.logic(std::bit_width(static_cast<uint64_t>(p.parts_per_array - 1)) * sum, additions * sum);
}

void add_uses(const StackedRows& array, StackedRowsPlan& p) {
  const int64_t of_input = input_cells(array.scheme(), p.window), of_sum = p.window.sum_bits;
  Schedule schedule(array, p);
  // What a sum starts from is written with the inputs.
  schedule.step(Verb::Write, kWriteCycles * (p.taps_per_row * of_input + of_sum),
                p.sums() * (p.shape.rows * of_input + p.parts * of_sum));
  schedule.logic(p.work.of(p.taps_per_row), p.sums() * (p.parts * p.work.fixed + p.shape.rows * p.work.tap));
  add_parts(array, p, schedule);
  p.interval = p.latency = schedule.end();
}

}  // namespace

void StackedRowsSpec::check(const config::Node& node, base::Diagnostics& d) const {
  const auto span = [&](const char* key) {
    const config::Node* field = node.find(key);
    return field->span.source ? field->span : node.span;
  };
  if (energy) d.error(span("energy"), "actions of rows cost what their technology says, each its own");
  if (!scheme().possible())
    d.error(span("product"), "products are made in one layer, so that their sums need 'adder: ripple'");
  else if (layers != scheme().layers())
    d.error(span("layers"), fmt::format("an adder that is {} takes {} layer{}", config::word_of(adder),
                                        scheme().layers(), scheme().layers() == 1 ? "" : "s"));
}

StackedRows::StackedRows(const StackedRowsSpec& spec)
    : Component("stacked_rows", spec),
      rows_(spec.rows),
      columns_(spec.columns),
      layers_(spec.layers),
      technology_(spec.technology),
      scheme_(spec.scheme()),
      cycle_(units::to_picoseconds(spec.technology.cycle)) {
  add_actions(spec);
}

void StackedRows::add_actions(const StackedRowsSpec& spec) {
  const logic::LogicCosts& t = technology_;
  const units::Time cycle = t.cycle;
  // Of the cells that are written, half get a one and half a zero, and half of each kind held it before.
  const double changed = t.initialisation == logic::ChargedInits::Every ? 0.5 : 0.25;
  const auto add = [&](Verb verb, units::Energy energy, units::Time time, std::string unit, int64_t at_once) {
    circuit::Action action{verb, energy, time, std::move(unit)};
    action.at_once = at_once;
    add_action(std::move(action));
  };
  add(Verb::Nor, t.gate, cycle, "gate in a row", rows_);
  add(Verb::Initialize, t.set, cycle, "cell", rows_);
  add(Verb::Erase, t.reset, cycle, "cell", rows_);
  add(Verb::Write, changed * (t.set + t.reset), kWriteCycles * cycle, "cell", rows_);
  add(Verb::Read, spec.cell_read.value_or(t.gate), cycle, "cell", columns_);
  const auto in_place = [&](Verb verb, const RowWork& work) {
    add(verb, work.energy(t), work.time(t), "value", rows_);
  };
  const auto work = [&](const logic::LogicProgram& program) { return row_work(program, t.initialisation); };
  const int bits = spec.adder_bits;
  in_place(Verb::Add, work(logic::sum_program(spec.adder, bits)));
  in_place(Verb::Compare,
           work(logic::difference_program(spec.adder, bits)) + work(logic::select_program(bits)));
  in_place(Verb::Apply, work(logic::rectify_program(bits)));
}

/// Counted in columns of all layers where taps stand in several.
RowRoom StackedRows::room(const logic::WindowWork& work) const {
  const int64_t turn = work.taps_side_by_side;
  return {rows_,
          columns_ * turn,
          work.columns_per_tap,
          work.columns_fixed * turn + (turn - 1) * work.columns_per_tap,
          work.cells_per_tap,
          work.cells_fixed};
}

double StackedRows::peak_multiply_accumulates(const ProductFormats& formats) const {
  const auto work = window_work(scheme_, window_of(1, formats.input), technology_);
  const int64_t taps = std::max<int64_t>(room(work).taps(), 1);
  const auto full = plan({taps, rows_, 1}, formats, nullptr);
  return static_cast<double>(taps * rows_) / static_cast<double>(full->arrays) /
         units::to_time(full->interval).si();
}

std::shared_ptr<const Plan> StackedRows::plan(const ProductShape& shape, const ProductFormats& formats,
                                              const SeenSums* /*seen*/) const {
  auto p = std::make_shared<StackedRowsPlan>();
  p->shape = shape;
  p->formats = formats;
  p->window = window_of(shape.rows, formats.input);
  p->work = window_work(scheme_, p->window, technology_);
  p->sum_bits = p->window.sum_bits;
  lay_out(room(p->work), *p);
  p->columns_used = divide_up(p->columns_used, p->work.taps_side_by_side);
  add_uses(*this, *p);
  const RowWork all = p->work.of(p->taps_per_row);
  p->hottest_switches = all.hottest_switches;
  p->row_switches = all.switches;
  p->row_cells = columns_ * layers_;
  return p;
}

std::unique_ptr<Contents> StackedRows::program(std::shared_ptr<const Plan> plan,
                                               std::span<const int32_t> weights, uint64_t /*seed*/,
                                               uint64_t /*place*/) const {
  auto mine = std::dynamic_pointer_cast<const StackedRowsPlan>(std::move(plan));
  OHMWEAVE_CHECK(mine != nullptr, "stacked rows were given another array's plan");
  const auto others =
      std::count_if(weights.begin(), weights.end(), [](int32_t w) { return w != 1 && w != -1; });
  if (others > 0)
    base::fail("weights",
               fmt::format("{} of {} weights are neither 1 nor -1; stacked rows add up binarized weights only",
                           others, weights.size()));
  return std::make_unique<StackedRowsContents>(*this, std::move(mine), weights);
}

Made make_stacked_rows(config::Node& node, const Surroundings& /*around*/, const ProductFormats& formats,
                       base::Diagnostics& d) {
  StackedRowsSpec spec;
  if (!circuit::read_component(node, spec, d)) return {};
  auto rows = std::make_shared<StackedRows>(spec);
  const auto widest = window_work(spec.scheme(), window_of(kMostTaps, formats.input), spec.technology);
  if (rows->room(widest).taps() == 0) {
    d.error(node.find("columns")->span,
            fmt::format("a sum of inputs of {} bits takes a row of {} columns or more", formats.input.bits,
                        widest.columns_fixed + widest.columns_per_tap));
    return {};
  }
  return {rows, rows};
}

}  // namespace ohmweave::array
