// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/multpim_stages.h"

namespace ohmweave::logic {

LogicProgram MultPimStages::build() {
  row_.begin_partition();
  a_ = row_.take(bits_);
  b_ = row_.take(bits_);
  for (int p = 0; p < bits_; ++p) {
    if (p > 0) row_.begin_partition();
    lay_out(p);
  }
  result_ = row_.take(2 * bits_);
  row_.input("a", a_);
  row_.input("b", b_);
  row_.output("result", result_);

  row_.init_cycle(true, joined({first_ones(), result_}));
  row_.init_cycle(false, first_zeros());
  for (int i = 0; i < bits_; ++i) row_.gate_cycle(Gate::Not, {a_[i]}, a_inverted(bits_ - 1 - i));
  for (int stage = 0; stage < 2 * bits_; ++stage) {
    if (stage < bits_) {
      broadcast(stage);
      multiply(stage);
    }
    add(stage);
    pass_on(stage);
    row_.init_cycle(true, refreshed(stage));
    if (stage == bits_ - 1) {  // no more products: sums and carries run out
      row_.cycle();
      for (int p = 0; p < bits_; ++p) row_.init(false, product(p, stage + 1));
    }
  }
  return row_.finish();
}

void MultPimStages::broadcast(int stage) {
  const int steps = std::bit_width(static_cast<unsigned>(bits_ - 1));
  for (int step = steps - 1; step >= 0; --step) {
    const int reach = 1 << step;
    row_.cycle();
    for (int p = 0; p + reach < bits_; p += 2 * reach) {
      row_.gate(Gate::Not, {p == 0 ? b_[stage] : arrival(p)}, arrival(p + reach));
    }
  }
}

void MultPimStages::multiply(int stage) {
  row_.cycle();
  row_.gate(Gate::Not, {b_[stage]},
            product(0, stage));  // partition 0 sends the product itself, of inverted bits
  for (int p = 1; p < bits_; ++p) {
    if (inverted(p)) {
      multiply_inverted(p);
    } else {
      row_.gate(Gate::Not, {a_inverted(p)}, product(p, stage));  // onto the bit of b: X-MAGIC
    }
  }
  after_products();
}

/// Sums go over every other border in one cycle, over the rest in the next.
void MultPimStages::pass_on(int stage) {
  for (int turn = 0; turn < 2; ++turn) {
    row_.cycle();
    for (int p = turn; p < bits_; p += 2) {
      const Bitline output = p + 1 < bits_ ? awaited(p + 1, stage) : result_[stage];
      if (p > 0) {
        send(p, stage, output);
      } else if (stage < bits_) {
        send_product(output);
      } else {
        row_.init(false, output);
      }
    }
  }
}

}  // namespace ohmweave::logic
