// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/logic_rows_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/array/cutting.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;
using logic::RowWork;

int64_t whole(double x) { return static_cast<int64_t>(std::llround(x)); }
/// Rounds of adding in pairs until one of so many is left.
int64_t pair_rounds(int64_t parts) { return std::bit_width(static_cast<uint64_t>(parts) - 1); }

/// Uses of the array that follow one another.
class Sequence {
 public:
  Sequence(const LogicRows& rows, LogicRowsPlan& plan) : rows_(rows), plan_(plan) {}

  void add(Verb verb, double seconds, int64_t count) {
    if (count == 0) return;
    const Picoseconds lasts = units::to_picoseconds(units::Time::from_si(seconds));
    plan_.uses.push_back({&rows_, verb, plan_.latency, lasts, count});
    plan_.latency += lasts;
  }

 private:
  const LogicRows& rows_;
  LogicRowsPlan& plan_;
};

/// Cycles in which sums of parts come to the rows of others: along the columns of an array a row at a time, two
/// NOT each; over the switches between arrays all rows at once, two cycles a bit (FloatPIM, section 5.2).
int64_t moving_cycles(const LogicRowsPlan& p) {
  const int64_t rows = std::min(p.sums(), p.rows_used / p.parts_per_array);
  return 2 * (p.parts_per_array - 1) * rows + 2 * p.work.sum_bits * pair_rounds(p.row_tiles);
}

void add_uses(const LogicRows& rows, LogicRowsPlan& p) {
  const logic::LogicCosts& t = rows.technology();
  const double cycle = t.cycle.si() * rows.cascade_time(p.arrays_per_row);
  const RowWork tap = p.work.together();
  const int64_t additions = pair_rounds(p.parts_per_array) + pair_rounds(p.row_tiles);
  const auto times = [&](int64_t RowWork::*part) {
    return p.taps_per_row * tap.*part + additions * p.work.sum.*part;
  };
  const VectorWork work = vector_work(rows, p);
  // Products that share an array have inputs of their own, written one after the other.
  const int64_t writes = 2 * p.groups_per_array * p.copies_per_array * p.parts_per_array;
  Sequence sequence(rows, p);
  sequence.add(Verb::Write, static_cast<double>(writes) * cycle, work.written);
  sequence.add(
      Verb::Nor,
      static_cast<double>(times(&RowWork::cycles) - times(&RowWork::init_cycles) + moving_cycles(p)) * cycle,
      work.gates);
  sequence.add(Verb::Initialize, static_cast<double>(times(&RowWork::init_cycles)) * cycle, work.sets);
  sequence.add(Verb::Erase, 0, work.resets);
  sequence.add(Verb::Search,
               static_cast<double>(times(&RowWork::searches)) * t.one_search().si() *
                   rows.cascade_time(p.arrays_per_row),
               work.searches);
  p.interval = p.latency;
}

}  // namespace

VectorWork vector_work(const LogicRows& rows, const LogicRowsPlan& p) {
  const RowWork tap = p.work.together();
  const double energy = rows.cascade_energy(p.arrays_per_row);
  const auto sums = static_cast<double>(p.sums());
  double gates = 0, sets = 0, resets = 0, searches = 0, written = 0;
  for (int64_t part = 0; part < p.parts; ++part) {
    const auto taps = static_cast<double>(std::min(p.taps_per_row, p.shape.rows - part * p.taps_per_row));
    const double added = part == 0 ? 0 : 1;  // to another part's sum
    const RowWork& sum = p.work.sum;
    gates += sums * (taps * tap.gates + added * (sum.gates + 2 * p.work.sum_bits));
    sets += sums * (taps * tap.sets + added * sum.sets);
    resets += sums * (taps * tap.resets + added * sum.resets);
    searches += taps * static_cast<double>(tap.searches) + added * static_cast<double>(sum.searches);
    written += sums * taps * p.formats.input_bits();
  }
  // A search looks at all rows of an array that the technology names; parts in one array search together.
  const double search_arrays =
      static_cast<double>(divide_up(std::min(p.sums(), rows.rows()), rows.technology().search_rows)) *
      static_cast<double>(p.column_tiles) / static_cast<double>(p.parts_per_array);
  return {whole(gates * energy), whole(sets * energy), whole(resets * energy),
          whole(searches * search_arrays * energy), whole(written * energy)};
}

Tally tally_of_vector(const LogicRows& rows, const LogicRowsPlan& plan) {
  using circuit::Verb;
  const VectorWork work = vector_work(rows, plan);
  Tally out;
  const auto add = [&](Verb verb, int64_t count) {
    if (count > 0) out[{&rows, verb}] = count;
  };
  add(Verb::Write, work.written);
  add(Verb::Nor, work.gates);
  add(Verb::Initialize, work.sets);
  add(Verb::Erase, work.resets);
  add(Verb::Search, work.searches);
  return out;
}

std::shared_ptr<const LogicRowsPlan> plan_logic_rows(const LogicRows& rows, const ProductShape& shape,
                                                     const ProductFormats& formats) {
  auto p = std::make_shared<LogicRowsPlan>();
  p->shape = shape;
  p->formats = formats;
  p->work = rows.work(formats, shape.rows);
  p->sum_bits = p->work.sum_bits;
  lay_out(rows.room(p->work), *p);
  p->arrays_per_row = divide_up(p->columns_used, rows.columns());
  p->arrays *= p->arrays_per_row;
  add_uses(rows, *p);
  const RowWork tap = p->work.together();
  const auto taps = static_cast<double>(p->taps_per_row);
  p->hottest_switches = taps * tap.hottest_switches;  // products and sums share their scratch
  p->row_switches =
      taps * (tap.switches + 0.5 * formats.input_bits());  // of the cells that an input is written to, half
  p->row_cells = rows.columns() * p->arrays_per_row;
  if (formats.floating) {
    p->lossless = false;
    p->loss = fmt::format("every product and every sum is rounded to {}", tensor::print(*formats.floating));
  }
  return p;
}

}  // namespace ohmweave::array
