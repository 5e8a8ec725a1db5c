// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ohmweave/logic/striped_row.h"

namespace ohmweave::logic {

// What AritPIM's bit-parallel arithmetic is made of (Leitersdorf et al., "AritPIM: High-Throughput In-Memory
// Arithmetic", TETC 2023). Every gate is NOT or NOR and has its own cycle of initialisation; all of it runs on
// the minimal periphery (logic/periphery.h). Numbers are places of the row; outputs may be inputs.

/// A bit somewhere.
struct StripedBit {
  int place, lane;
};

void striped_or(StripedRow& row, int a, int b, int result, const Lanes& lanes,
                std::optional<int> complement = {});
void striped_xor(StripedRow& row, int a, int b, int result, const Lanes& lanes, std::optional<int> no_a = {},
                 std::optional<int> no_b = {}, std::optional<int> complement = {});
void striped_xnor(StripedRow& row, int a, int b, int result, const Lanes& lanes);
/// choice ? a : b
void striped_choose(StripedRow& row, int choice, int a, int b, int result, const Lanes& lanes,
                    std::optional<int> no_choice = {});
/// Swaps a and b where `choice` holds.
void striped_swap(StripedRow& row, int choice, int no_choice, int a, int b, const Lanes& lanes);
void striped_full_adder(StripedRow& row, int a, int b, int c, int sum, int carry, int lane);

/// From the first lane to all; the complement holds 1 in lanes that are yet to be reached, and so does the bit.
void striped_broadcast(StripedRow& row, int bit, int complement, const Lanes& lanes);
/// The OR of all lanes.
void striped_any(StripedRow& row, int a, const Lanes& lanes, StripedBit result);

/// What an addition gets and gives besides its numbers.
struct StripedCarry {
  bool one = false;  // comes in
  std::optional<StripedBit> in, out;
};
/// a + b, or a + carry without b, by a parallel prefix of carries in O(log N) cycles.
void striped_add(StripedRow& row, int a, std::optional<int> b, int sum, const Lanes& lanes,
                 const StripedCarry& carry = {});
void striped_subtract(StripedRow& row, int a, int b, int difference, const Lanes& lanes,
                      std::optional<StripedBit> carry_out = {});
/// The magnitude of a signed number.
void striped_magnitude(StripedRow& row, int a, int result, const Lanes& lanes);

/// Shifts a towards its first lane by the number in the lanes of `amount`, lowest bit first. `sticky` gathers
/// the OR of what falls out. Give lanes in reverse to shift the other way.
void striped_shift(StripedRow& row, int a, const Lanes& lanes, int amount, const Lanes& amount_lanes,
                   std::optional<StripedBit> sticky = {});
/// Shifts a towards its first lane until that holds 1, by less than 2^(amount lanes), and says how far. A
/// number without ones says 0.
void striped_normalize(StripedRow& row, int a, const Lanes& lanes, int amount, const Lanes& amount_lanes);

}  // namespace ohmweave::logic
