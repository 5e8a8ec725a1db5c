// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/window_schemes.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "ohmweave/base/check.h"
#include "ohmweave/base/random.h"
#include "ohmweave/logic/hajali.h"
#include "ohmweave/logic/nor_adders.h"
#include "ohmweave/logic/stacked_adder.h"

namespace ohmweave::logic {
namespace {

constexpr int kWeightScratch = 3;  // of one bit of w ? x : NOT x

/// Nine NOR for each bit of a running sum with a carry that comes in; all bits share scratch and carries.
class RippleAdder {
 public:
  RippleAdder(CycleBuilder& row, int bits) : row_(row), scratch_(row.take(kNor9Scratch)) {
    carries_ = {row.take(), row.take()};
    sum = row.take(bits);
  }
  /// sum = a + b + carry; cells of the sum are initialised here.
  void add(const Word& a, const Word& b, Bitline carry) {
    for (size_t bit = 0; bit < sum.size(); ++bit) {
      const Bitline in = bit == 0 ? carry : carries_[(bit - 1) % 2], out = carries_[bit % 2];
      row_.init_cycle(true, joined({scratch_, {out, sum[bit]}}));
      nor9_full_adder(row_, a[bit], b[bit], in, scratch_, out, sum[bit]);
    }
  }
  const Word& scratch() const { return scratch_; }

  Word sum;

 private:
  CycleBuilder& row_;
  Word scratch_;
  std::array<Bitline, 2> carries_{};
};

LogicProgram ripple_window(const BinarizedWindow& window) {
  CycleBuilder row("ripple window");
  Word running = row.take(window.sum_bits);
  row.input("c", running);
  std::vector<Word> x;
  for (int tap = 0; tap < window.taps; ++tap) x.push_back(row.take(window.bits));
  Word inputs;
  for (const Word& of_tap : x) inputs = joined({inputs, of_tap});
  const Word weights = row.take(window.taps);
  row.input("x", inputs);
  row.input("w", weights);
  const Word y = row.take(window.bits);
  const Bitline minus = row.take();  // NOT w
  RippleAdder adder(row, window.sum_bits);
  const Word at = part(adder.scratch(), 0, kWeightScratch);
  Word addend = y;  // above: the sign; NOT w where inputs have none
  addend.resize(static_cast<size_t>(window.sum_bits), window.negative_inputs ? y.back() : minus);
  for (int tap = 0; tap < window.taps; ++tap) {
    row.init_cycle(true, joined({y, {minus}}));
    row.gate_cycle(Gate::Not, {weights[tap]}, minus);
    for (int bit = 0; bit < window.bits; ++bit) {
      row.init_cycle(true, at);
      row.gate_cycle(Gate::Nor, {x[tap][bit], weights[tap]}, at[0]);
      row.gate_cycle(Gate::Nor, {x[tap][bit], at[0]}, at[1]);
      row.gate_cycle(Gate::Nor, {weights[tap], at[0]}, at[2]);
      row.gate_cycle(Gate::Nor, {at[1], at[2]}, y[bit]);
    }
    adder.add(running, addend, minus);
    std::swap(running, adder.sum);
  }
  row.output("result", running);
  return row.finish();
}

/// Scratch is the same for all taps.
LogicProgram original_window(const BinarizedWindow& window) {
  OHMWEAVE_CHECK(window.taps == 1, "the original makes one tap after the other, each by the same program");
  const int bits = factor_bits(window);
  CycleBuilder row("original tap");
  const Word c = row.take(window.sum_bits), x = row.take(bits), w = row.take(bits),
             sum = row.take(window.sum_bits);
  const Word product = row.take(2 * bits);
  row.input("c", c);
  row.input("x", x);
  row.input("w", w);
  row.output("result", sum);
  multiply_rows(row, x, w, product);
  Word cells;  // scratch of the multiplier, behind its operands and result, and more
  const int scratch = 1 + (1 + kFelixScratch) * window.sum_bits;
  const int multiplier = 20 * bits - 5 - 4 * bits;  // its cells besides operands and product
  for (int i = 0; i < std::min(scratch, multiplier); ++i)
    cells.push_back(static_cast<Bitline>(product.back() + 1 + i));
  if (scratch > multiplier) cells = joined({cells, row.take(scratch - multiplier)});
  Word addend = part(product, 0, bits);
  addend.resize(static_cast<size_t>(window.sum_bits), addend.back());
  felix_ripple(row, addend, c, sum, cells);
  return row.finish();
}

/// a + b, or a + NOT b + 1.
LogicProgram ripple_sum(int bits, bool difference) {
  CycleBuilder row(difference ? "ripple difference" : "ripple sum");
  const Word a = row.take(bits), b = row.take(bits);
  const Bitline carry = row.take();
  const Word addend = difference ? row.take(bits) : b;
  RippleAdder ripple(row, bits);
  row.input("a", a);
  row.input("b", b);
  row.output("result", ripple.sum);
  row.init_cycle(difference, {carry});
  if (difference) row.init(true, addend);
  for (int bit = 0; difference && bit < bits; ++bit) row.gate_cycle(Gate::Not, {b[bit]}, addend[bit]);
  ripple.add(a, addend, carry);
  return row.finish();
}

}  // namespace

int factor_bits(const BinarizedWindow& window) {
  return std::max(2, window.bits + (window.negative_inputs ? 0 : 1));
}

LogicProgram window_program(const WindowScheme& scheme, const BinarizedWindow& window) {
  OHMWEAVE_CHECK(scheme.possible(), "a product of layers");
  if (scheme.product == WindowProduct::Multiply) return original_window(window);
  return scheme.adder == WindowAdder::Stacked ? binarized_window(window) : ripple_window(window);
}

namespace {

WindowWork counted(const WindowScheme& scheme, BinarizedWindow window, ChargedInits charged) {
  window.taps = 1;
  const LogicProgram one = window_program(scheme, window);
  WindowWork out;
  out.tap = row_work(one, charged);
  if (scheme.product == WindowProduct::Multiply) {
    out.columns_per_tap = out.cells_per_tap = 2 * factor_bits(window);
    out.columns_fixed = out.cells_fixed = one.bitlines - out.cells_per_tap;
    return out;
  }
  window.taps = 2;
  const LogicProgram two = window_program(scheme, window);
  // What comes once is in a program of one tap as well as of two.
  const LogicCounts first = count(one), both = count(two);
  const auto once = [&](Gate gate) { return static_cast<double>(2 * first[gate] - both[gate]); };
  out.fixed.cycles = 2 * first.cycles - both.cycles;
  out.fixed.init_cycles = 2 * first.init_cycles - both.init_cycles;
  out.fixed.gates = static_cast<double>(2 * first.gates() - both.gates());
  out.fixed.sets = once(Gate::Init1);
  out.fixed.resets = once(Gate::Init0);
  if (charged == ChargedInits::Switched) out.fixed.sets = out.fixed.resets = 0;
  out.tap.cycles -= out.fixed.cycles;
  out.tap.init_cycles -= out.fixed.init_cycles;
  out.tap.gates -= out.fixed.gates;
  out.tap.sets -= out.fixed.sets;
  out.tap.resets -= out.fixed.resets;
  out.taps_side_by_side = window.spread && scheme.adder == WindowAdder::Stacked ? scheme.layers() : 1;
  // The layer with most cells of few taps may be another one than that of many.
  const int turns = 16, many = static_cast<int>(out.taps_side_by_side) * turns;
  const auto columns = [&](int taps) {
    window.taps = taps;
    return footprint(window_program(scheme, window));
  };
  const int64_t of_many = columns(many);
  out.columns_per_tap = columns(many + static_cast<int>(out.taps_side_by_side)) - of_many;
  out.columns_fixed =
      std::max<int64_t>(footprint(one) - out.columns_per_tap, of_many - turns * out.columns_per_tap);
  out.cells_per_tap = two.bitlines - one.bitlines;
  out.cells_fixed = one.bitlines - out.cells_per_tap;
  return out;
}

}  // namespace

WindowWork window_work(const WindowScheme& scheme, const BinarizedWindow& window, const LogicCosts& costs) {
  static std::mutex mutex;
  static std::map<std::tuple<WindowAdder, WindowProduct, int, bool, int, bool, ChargedInits>, WindowWork> known;
  const std::lock_guard lock(mutex);
  const std::tuple key(scheme.adder, scheme.product, window.bits, window.negative_inputs, window.sum_bits,
                       window.spread, costs.initialisation);
  if (const auto at = known.find(key); at != known.end()) return at->second;
  return known[key] = counted(scheme, window, costs.initialisation);
}

LogicProgram sum_program(WindowAdder adder, int bits) {
  return adder == WindowAdder::Stacked ? stacked_sum(bits) : ripple_sum(bits, false);
}

LogicProgram difference_program(WindowAdder adder, int bits) {
  return adder == WindowAdder::Stacked ? stacked_difference(bits) : ripple_sum(bits, true);
}

LogicProgram select_program(int bits) {
  CycleBuilder row("select");
  const Word a = row.take(bits), b = row.take(bits), result = row.take(bits);
  const Word not_a = row.take(bits), not_b = row.take(bits);  // of the one that is taken; else 0
  const Bitline s = row.take(), not_s = row.take();
  row.input("a", a);
  row.input("b", b);
  row.input("s", {s});
  row.output("result", result);
  row.init_cycle(true, joined({result, not_a, not_b, {not_s}}));
  row.gate_cycle(Gate::Not, {s}, not_s);
  for (int bit = 0; bit < bits; ++bit) {
    row.gate_cycle(Gate::Nor, {a[bit], s}, not_a[bit]);
    row.gate_cycle(Gate::Nor, {b[bit], not_s}, not_b[bit]);
    row.gate_cycle(Gate::Nor, {not_a[bit], not_b[bit]}, result[bit]);
  }
  return row.finish();
}

LogicProgram rectify_program(int bits) {
  CycleBuilder row("rectify");
  const Word a = row.take(bits), not_a = row.take(bits), result = row.take(bits);
  row.input("a", a);
  row.output("result", result);
  row.init_cycle(true, joined({not_a, result}));
  for (int bit = 0; bit < bits; ++bit) {
    row.gate_cycle(Gate::Not, {a[bit]}, not_a[bit]);
    row.gate_cycle(Gate::Nor, {not_a[bit], a.back()}, result[bit]);
  }
  return row.finish();
}

}  // namespace ohmweave::logic
