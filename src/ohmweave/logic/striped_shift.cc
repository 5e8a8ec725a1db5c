// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/striped_blocks.h"

namespace ohmweave::logic {
namespace {

/// Shifts by 2^step where `shifts` holds.
void shift_where(StripedRow& row, int a, const Lanes& lanes, int step, int shifts, int stays) {
  const int size = static_cast<int>(lanes.size()), reach = 1 << step;
  const Stripe complement(row, lanes), shifted(row, lanes);
  row.fresh_invert(a, complement, lanes);
  row.set(true, shifted, every(lanes, 0, size - reach));
  row.set(false, shifted, every(lanes, size - reach, size));
  row.shift_inverted(complement, shifted, lanes, -reach);
  striped_choose(row, shifts, shifted, a, a, lanes, stays);
}

/// lost OR= the bits that fall out by 2^step, where the number shifts.
void gather_lost(StripedRow& row, int a, const Lanes& lanes, int step, int stays, int lost) {
  const Lanes first{lanes.front()};
  const Stripe falls(row, first);
  striped_any(row, a, every(lanes, 0, 1 << step), {falls, first[0]});
  row.invert(stays, falls, first);  // X-MAGIC
  const Stripe neither(row, first);
  row.fresh_nor(lost, falls, neither, first);
  row.fresh_invert(neither, lost, first);
}

/// sticky OR= lost
void merge_sticky(StripedRow& row, int lost, int first_lane, StripedBit sticky) {
  const Lanes first{first_lane};
  const Stripe one(row, first), other(row, first);
  row.fresh_invert(sticky.place, one, {sticky.lane}, first);
  row.fresh_invert(one, other, first);
  row.fresh_nor(lost, other, one, first);
  row.fresh_invert(one, sticky.place, first, {sticky.lane});
}

}  // namespace

void striped_shift(StripedRow& row, int a, const Lanes& lanes, int amount, const Lanes& amount_lanes,
                   std::optional<StripedBit> sticky) {
  const Lanes first{lanes.front()};
  std::optional<Stripe> lost;
  if (sticky) {
    lost.emplace(row, first);
    row.set(false, *lost, first);
  }
  for (size_t step = 0; step < amount_lanes.size(); ++step) {
    const Stripe shifts(row, lanes), stays(row, lanes);
    row.set(true, shifts, lanes);
    row.set(true, stays, lanes);
    row.invert(amount, stays, {amount_lanes[step]}, first);
    row.invert(stays, shifts, first);
    striped_broadcast(row, shifts, stays, lanes);
    if (sticky) gather_lost(row, a, lanes, static_cast<int>(step), stays, *lost);
    shift_where(row, a, lanes, static_cast<int>(step), shifts, stays);
  }
  if (sticky) merge_sticky(row, *lost, first[0], *sticky);
}

void striped_normalize(StripedRow& row, int a, const Lanes& lanes, int amount, const Lanes& amount_lanes) {
  const Lanes first{lanes.front()};
  for (int step = static_cast<int>(amount_lanes.size()) - 1; step >= 0; --step) {
    const Stripe shifts(row, lanes), stays(row, lanes);
    row.set(true, shifts, lanes);
    row.set(true, stays, lanes);
    striped_any(row, a, every(lanes, 0, 1 << step), {stays, first[0]});
    row.invert(stays, shifts, first);
    striped_broadcast(row, shifts, stays, lanes);
    row.fresh_invert(stays, amount, first, {amount_lanes[step]});
    shift_where(row, a, lanes, step, shifts, stays);
  }
  const Stripe zero(row, first);
  row.fresh_invert(a, zero, first);
  for (const int lane : amount_lanes) row.invert(zero, amount, first, {lane});  // X-MAGIC
}

}  // namespace ohmweave::logic
