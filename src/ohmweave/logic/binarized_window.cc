// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/binarized_window.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "ohmweave/base/check.h"
#include "ohmweave/logic/hajali.h"
#include "ohmweave/logic/nor_adders.h"
#include "ohmweave/logic/stacked_adder.h"

namespace ohmweave::logic {

namespace {

constexpr int kLayers = 3;

/// Adds one tap after the other. Low bits of sums and inputs stand in the layer `low`, the others in `high`.
class WindowBuilder {
 public:
  explicit WindowBuilder(const BinarizedWindow& window);
  LogicProgram build();

 private:
  void take_low();
  void take_high();
  void take_high_carried();
  void add_tap(int tap);
  void take_taps(int layer);
  void spread_weight(int tap);
  void apply_weight(int tap);
  void apply_weight_of_layer(int tap);
  void spread_sign();

  bool copies_weight() const { return high_inputs_ > 0 && !window_.spread; }
  bool extends() const { return window_.sum_bits > window_.bits; }  // sums beyond inputs
  bool sign_stands_in_high() const { return window_.negative_inputs && high_inputs_ > 0; }
  bool sign_comes_from_low() const { return extends() && window_.negative_inputs && high_inputs_ == 0; }

  BinarizedWindow window_;
  CycleBuilder row_{"binarized window"};
  AdderStack stack_;
  int low_bits_, high_bits_;      // of a sum
  int low_inputs_, high_inputs_;  // bits of an input
  std::vector<Word> low_x_, high_x_;
  std::vector<Word> spread_x_;  // of taps in turns: all bits
  Word weights_;
  Word low_y_, high_y_;   // w ? x : NOT x
  Bitline weight_ = 0;    // of the tap, in `high`
  Bitline above_ = 0;     // what stands above an input's bits, in `high`
  Bitline not_sign_ = 0;  // on its way there
};

WindowBuilder::WindowBuilder(const BinarizedWindow& window)
    : window_(window),
      low_bits_(window.sum_bits / 2),
      high_bits_(window.sum_bits - low_bits_),
      low_inputs_(std::min(window.bits, low_bits_)),
      high_inputs_(window.bits - low_inputs_) {
  OHMWEAVE_CHECK(window.taps >= 1 && window.bits >= 1, "an empty window");
  OHMWEAVE_CHECK(window.sum_bits >= std::max(2, window.bits) && window.sum_bits <= 64,
                 "sums that inputs do not fit");
  if (window.spread) {
    spread_x_.resize(static_cast<size_t>(window.taps));
    weights_.resize(static_cast<size_t>(window.taps));
  }
  take_low();
  take_high();
  take_high_carried();
}

/// The taps whose turn it is to stand in a layer.
void WindowBuilder::take_taps(int layer) {
  for (int tap = layer; window_.spread && tap < window_.taps; tap += kLayers) {
    spread_x_[static_cast<size_t>(tap)] = row_.take(window_.bits);
    weights_[static_cast<size_t>(tap)] = row_.take();
  }
}

void WindowBuilder::take_low() {
  StackLayer& low = stack_.low;
  row_.begin_partition();
  low.running = row_.take(low_bits_);
  for (int tap = 0; !window_.spread && tap < window_.taps; ++tap) low_x_.push_back(row_.take(low_inputs_));
  if (!window_.spread) weights_ = row_.take(window_.taps);
  take_taps(0);
  low_y_ = row_.take(low_inputs_);
  take_adder(row_, low_bits_, low);
  low.addend = low_y_;  // above: NOT w, which is what the lowest bit takes as carry, or the sign
  low.addend.resize(static_cast<size_t>(low_bits_), window_.negative_inputs ? low_y_.back() : low.carry_in);
}

void WindowBuilder::take_high() {
  StackLayer& high = stack_.high;
  row_.begin_partition();
  high.running = row_.take(high_bits_);
  for (int tap = 0; !window_.spread && tap < window_.taps; ++tap) high_x_.push_back(row_.take(high_inputs_));
  take_taps(1);
  high_y_ = row_.take(high_inputs_);
  if (copies_weight()) weight_ = row_.take();
  if (sign_comes_from_low()) not_sign_ = row_.take();
  if (sign_stands_in_high()) above_ = high_y_.back();
  if (extends() && !sign_stands_in_high()) above_ = row_.take();
  high.addend = high_y_;
  high.addend.resize(static_cast<size_t>(high_bits_), above_);
  take_adder(row_, high_bits_, high);
}

void WindowBuilder::take_high_carried() {
  StackLayer& carried = stack_.high_carried;
  row_.begin_partition();
  carried.running = row_.take(high_bits_);
  take_taps(2);
  const int different = static_cast<int>(distinct(stack_.high.addend).size());
  carried.addend = row_.take(different);
  carried.addend.resize(static_cast<size_t>(high_bits_), carried.addend.back());
  take_adder(row_, high_bits_, carried);
}

LogicProgram WindowBuilder::build() {
  row_.input("c", joined({stack_.low.running, stack_.high.running}));
  Word inputs;
  for (int tap = 0; tap < window_.taps; ++tap)
    inputs = window_.spread ? joined({inputs, spread_x_[tap]}) : joined({inputs, low_x_[tap], high_x_[tap]});
  row_.input("x", inputs);
  row_.input("w", weights_);
  row_.init_cycle(false, {stack_.high.carry_in, stack_.high_carried.carry_in});
  for (int tap = 0; tap < window_.taps; ++tap) add_tap(tap);
  row_.output("result", joined({stack_.low.running, stack_.high.running}));
  return row_.finish();
}

void WindowBuilder::add_tap(int tap) {
  row_.cycle();
  open_adder(row_, stack_);
  row_.init(true, joined({low_y_, high_y_, {stack_.low.carry_in}}));
  if (copies_weight()) row_.init(true, weight_);
  if (sign_comes_from_low()) row_.init(true, not_sign_);
  if (extends() && !sign_stands_in_high()) row_.init(true, above_);
  spread_weight(tap);
  if (window_.spread) {
    apply_weight_of_layer(tap);
  } else {
    apply_weight(tap);
  }
  if (sign_comes_from_low()) spread_sign();
  add_stacked(row_, stack_);
  std::swap(stack_.low.running, stack_.low.sum);
}

/// NOT w is the carry of the lowest bit, and stands above inputs without sign.
void WindowBuilder::spread_weight(int tap) {
  row_.gate_cycle(Gate::Not, {weights_[tap]}, stack_.low.carry_in);
  if (copies_weight()) row_.gate_cycle(Gate::Not, {stack_.low.carry_in}, weight_);
  if (extends() && !window_.negative_inputs) row_.gate_cycle(Gate::Not, {weights_[tap]}, above_);
}

/// y = w ? x : NOT x, by four NORs for a bit of both halves at once.
void WindowBuilder::apply_weight(int tap) {
  const auto in_layers = [&](int bit, auto body) {
    row_.cycle();
    if (bit < low_inputs_) body(stack_.low.scratch, low_x_[tap][bit], weights_[tap], low_y_[bit]);
    if (bit < high_inputs_) body(stack_.high.scratch, high_x_[tap][bit], weight_, high_y_[bit]);
  };
  for (int bit = 0; bit < std::max(low_inputs_, high_inputs_); ++bit) {
    in_layers(bit, [&](const Word& at, Bitline, Bitline, Bitline) { row_.init(true, part(at, 0, 3)); });
    in_layers(bit, [&](const Word& at, Bitline x, Bitline w, Bitline) { row_.gate(Gate::Nor, {x, w}, at[0]); });
    in_layers(bit, [&](const Word& at, Bitline x, Bitline, Bitline) {
      row_.gate(Gate::Nor, {x, at[0]}, at[1]);
    });
    in_layers(bit, [&](const Word& at, Bitline, Bitline w, Bitline) {
      row_.gate(Gate::Nor, {w, at[0]}, at[2]);
    });
    in_layers(bit, [&](const Word& at, Bitline, Bitline, Bitline y) {
      row_.gate(Gate::Nor, {at[1], at[2]}, y);
    });
  }
}

/// The same for a tap that stands in one layer.
void WindowBuilder::apply_weight_of_layer(int tap) {
  const StackLayer* layers[kLayers] = {&stack_.low, &stack_.high, &stack_.high_carried};
  const Word& at = layers[tap % kLayers]->scratch;
  const Bitline w = weights_[static_cast<size_t>(tap)];
  for (int bit = 0; bit < window_.bits; ++bit) {
    const Bitline x = spread_x_[static_cast<size_t>(tap)][static_cast<size_t>(bit)];
    row_.init_cycle(true, part(at, 0, 3));
    row_.gate_cycle(Gate::Nor, {x, w}, at[0]);
    row_.gate_cycle(Gate::Nor, {x, at[0]}, at[1]);
    row_.gate_cycle(Gate::Nor, {w, at[0]}, at[2]);
    row_.gate_cycle(Gate::Nor, {at[1], at[2]}, bit < low_inputs_ ? low_y_[bit] : high_y_[bit - low_inputs_]);
  }
}

/// Inputs that end in the low half have their sign there.
void WindowBuilder::spread_sign() {
  row_.gate_cycle(Gate::Not, {low_y_.back()}, not_sign_);
  row_.gate_cycle(Gate::Not, {not_sign_}, above_);
}

BinarizedSaving against_original(int bits, const LogicProgram& program) {
  const LogicProgram original = original_accumulate(bits);
  return {count(original).cycles, count(program).cycles, original.bitlines, program.bitlines,
          footprint(program)};
}

}  // namespace

int exact_sum_bits(int taps, int bits, bool negative_inputs) {
  OHMWEAVE_CHECK(taps >= 1 && bits >= 1 && bits <= 32, "a window out of range");
  const uint64_t largest = negative_inputs ? uint64_t{1} << (bits - 1) : (uint64_t{1} << bits) - 1;
  return std::bit_width(static_cast<uint64_t>(taps) * largest) + 1;
}

LogicProgram binarized_window(const BinarizedWindow& window) { return WindowBuilder(window).build(); }

LogicProgram original_accumulate(int bits) {
  CycleBuilder row("original accumulate");
  const Word a = row.take(bits), b = row.take(bits), c = row.take(bits), sum = row.take(bits);
  const Word product = row.take(2 * bits);
  row.input("a", a);
  row.input("b", b);
  row.input("c", c);
  row.output("result", sum);
  multiply_rows(row, a, b, product);
  Word cells;  // scratch of the multiplier, behind its operands and result
  for (int i = 0; i < 1 + (1 + kFelixScratch) * bits; ++i)
    cells.push_back(static_cast<Bitline>(product.back() + 1 + i));
  felix_ripple(row, part(product, 0, bits), c, sum, cells);
  return row.finish();
}

double BinarizedSaving::time_saving() const {
  return static_cast<double>(original_cycles) / static_cast<double>(cycles);
}
double BinarizedSaving::area_saving() const { return static_cast<double>(original_cells) / footprint; }
double BinarizedSaving::cell_saving() const { return static_cast<double>(original_cells) / cells; }

BinarizedSaving binarized_saving(int bits, int taps) {
  return against_original(bits, binarized_window({1, bits, true, exact_sum_bits(taps, bits, true)}));
}
BinarizedSaving stacked_addition_saving(int bits) { return against_original(bits, stacked_sum(bits)); }

}  // namespace ohmweave::logic
