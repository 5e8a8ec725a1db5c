// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/striped_blocks.h"

#include <bit>

namespace ohmweave::logic {
namespace {

/// ceil(log2(size))
int steps_for(size_t size) { return std::bit_width(size - 1); }

/// A complement that is there, or made for the time being.
class Complement {
 public:
  Complement(StripedRow& row, int a, std::optional<int> given, const Lanes& lanes) : given_(given) {
    if (given) return;
    made_.emplace(row, lanes);
    row.fresh_invert(a, *made_, lanes);
  }
  operator int() const { return given_ ? *given_ : static_cast<int>(*made_); }

 private:
  std::optional<int> given_;
  std::optional<Stripe> made_;
};

}  // namespace

void striped_or(StripedRow& row, int a, int b, int result, const Lanes& lanes, std::optional<int> complement) {
  std::optional<Stripe> scratch;
  if (!complement) complement = static_cast<int>(scratch.emplace(row, lanes));
  row.fresh_nor(a, b, *complement, lanes);
  row.fresh_invert(*complement, result, lanes);
}

void striped_xor(StripedRow& row, int a, int b, int result, const Lanes& lanes, std::optional<int> no_a,
                 std::optional<int> no_b, std::optional<int> complement) {
  const Complement not_a(row, a, no_a, lanes), not_b(row, b, no_b, lanes);
  const Stripe none(row, lanes), both(row, lanes);
  row.fresh_nor(a, b, none, lanes);
  row.fresh_nor(not_a, not_b, both, lanes);
  row.fresh_nor(none, both, result, lanes);
  if (complement) row.fresh_invert(result, *complement, lanes);
}

void striped_xnor(StripedRow& row, int a, int b, int result, const Lanes& lanes) {
  const Stripe none(row, lanes), only_b(row, lanes), only_a(row, lanes);
  row.fresh_nor(a, b, none, lanes);
  row.fresh_nor(none, a, only_b, lanes);
  row.fresh_nor(none, b, only_a, lanes);
  row.fresh_nor(only_b, only_a, result, lanes);
}

void striped_choose(StripedRow& row, int choice, int a, int b, int result, const Lanes& lanes,
                    std::optional<int> no_choice) {
  const Complement not_choice(row, choice, no_choice, lanes);
  const Stripe not_first(row, lanes), not_second(row, lanes);
  row.fresh_nor(a, not_choice, not_first, lanes);
  row.fresh_nor(b, choice, not_second, lanes);
  row.fresh_nor(not_first, not_second, result, lanes);
}

void striped_swap(StripedRow& row, int choice, int no_choice, int a, int b, const Lanes& lanes) {
  const Stripe first(row, lanes), second(row, lanes), third(row, lanes), fourth(row, lanes);
  row.fresh_nor(a, no_choice, first, lanes);
  row.fresh_nor(b, choice, second, lanes);
  row.fresh_nor(a, choice, third, lanes);
  row.fresh_nor(b, no_choice, fourth, lanes);
  row.fresh_nor(first, second, b, lanes);
  row.fresh_nor(third, fourth, a, lanes);
}

void striped_full_adder(StripedRow& row, int a, int b, int c, int sum, int carry, int lane) {
  const Lanes at{lane};
  const Stripe t0(row, at), t1(row, at), t2(row, at), t3(row, at);
  row.fresh_nor(a, b, t0, at);
  row.fresh_nor(a, t0, t1, at);
  row.fresh_nor(b, t0, t2, at);
  row.fresh_nor(t1, t2, t3, at);
  row.fresh_nor(t3, c, t1, at);
  row.fresh_nor(t1, t3, t2, at);
  row.fresh_nor(t1, c, t3, at);
  row.fresh_nor(t3, t2, sum, at);
  row.fresh_nor(t0, t1, carry, at);
}

void striped_broadcast(StripedRow& row, int bit, int complement, const Lanes& lanes) {
  const int size = static_cast<int>(lanes.size());
  for (int step = steps_for(lanes.size()) - 1; step >= 0; --step) {
    const int reach = 1 << step;
    const Lanes targets = every(lanes, reach, size, 2 * reach);
    row.invert(bit, complement, every(lanes, 0, size - reach, 2 * reach), targets);
    row.invert(complement, bit, targets);
  }
}

void striped_any(StripedRow& row, int a, const Lanes& lanes, StripedBit result) {
  const int size = static_cast<int>(lanes.size());
  const Stripe none(row, lanes);  // NOT a, gathered in the last lane
  row.fresh_invert(a, none, lanes);
  {
    const Stripe some(row, lanes);
    row.set(true, some, lanes);
    for (int step = 0; step < steps_for(lanes.size()); ++step) {
      const int reach = 1 << step, period = 2 * reach;
      const Lanes sources = every(lanes, (size - 1 - reach) % period, size - reach, period);
      row.invert(none, some, sources);
      row.invert(some, none, sources, every(lanes, (size - 1 - reach) % period + reach, size, period));
    }
  }
  row.fresh_invert(none, result.place, {lanes.back()}, {result.lane});
}

}  // namespace ohmweave::logic
