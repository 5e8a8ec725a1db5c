// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "ohmweave/execution/timing/calendar.h"
#include "ohmweave/execution/timing/own_use.h"

namespace ohmweave::execution {

/// `held` of a read whose items are free when the firing finishes.
constexpr Picoseconds kUntilFinish = -1;

/// A firing that could be next: the one with the least key is decided next.
struct Offer {
  Picoseconds at = 0;  // its start; for a stage that shares nothing, early enough to be known in time
  bool shared = false;
  Picoseconds since = 0;  // when its items were there and the firing before had begun
  uint32_t stage = 0;
};

/// The rules of the model, one function each; the engine contains no other. Tests replace them one at a time to
/// see that every fault is noticed (mutation_test.cc), so each is a parameter of the engine at no cost.
struct Rules {
  using Calendar = execution::Calendar;

  /// Firings that a stage sharing nothing may run ahead before others get their turn. Changes no time.
  static constexpr int64_t kBurst = 256;

  // --- waiting
  // ---------------------------------------------------------------------------------------------------
  /// Items of a store that must be there before a firing whose window needs the first `need`.
  static int64_t items_awaited(int64_t need) { return need; }
  /// When an item can be read, by the firing that makes it.
  static Picoseconds readable([[maybe_unused]] Picoseconds start, Picoseconds finish) { return finish; }
  /// Firings of a stage begin in order.
  static Picoseconds after_previous(Picoseconds previous_start) { return previous_start; }
  /// Items retire in order.
  static Picoseconds retired(Picoseconds end, Picoseconds previous_finish) {
    return std::max(end, previous_finish);
  }
  /// How often a measured step repeats.
  static int64_t repeats(int64_t value, [[maybe_unused]] int64_t most) { return value; }

  // --- room
  // ------------------------------------------------------------------------------------------------------
  /// The item whose slot the item of firing n takes.
  static int64_t item_replaced(int64_t n, int64_t capacity) { return n - capacity; }
  /// When a firing frees the items it uses last.
  static Picoseconds freed(Picoseconds start, Picoseconds finish, Picoseconds held) {
    return held == kUntilFinish ? finish : start + held;
  }
  /// The slot is taken when the item is written, at the end.
  static Picoseconds start_to_write_at(Picoseconds slot_free, Picoseconds latency) {
    return slot_free - latency;
  }
  /// Whether a reader's items count as being in the way of the writer.
  static bool must_free([[maybe_unused]] size_t reader) { return true; }
  /// Whether an item freed at one time makes room for one written at another: at equal times it does.
  static bool makes_room(Picoseconds freed, Picoseconds written) { return freed <= written; }

  // --- resources
  // -------------------------------------------------------------------------------------------------
  /// What a stage's own resources forbid.
  static OwnUse own(OwnUse use) { return use; }
  static int64_t units(int64_t units) { return units; }
  /// What several stages share is never granted before what was decided last.
  static Picoseconds granted(Picoseconds ready, Picoseconds decided_last) {
    return std::max(ready, decided_last);
  }
  /// At equal start, who has had its items longest goes first, then the stage listed first. Room does not
  /// count: so a store that is large enough changes no start.
  static bool goes_first(const Offer& a, const Offer& b) {
    if (a.at != b.at) return a.at < b.at;
    return std::tuple(a.shared, a.since, a.stage) < std::tuple(b.shared, b.since, b.stage);
  }

  // --- steady state
  // ----------------------------------------------------------------------------------------------
  /// Which facts must repeat for the state of the program to have repeated.
  static bool must_repeat_starts() { return true; }
  static bool must_repeat_items() { return true; }
  static bool must_repeat_room() { return true; }
  static bool must_repeat_calendars() { return true; }
  /// Of the periods that windows allow, those to be skipped.
  static int64_t periods_skipped(int64_t periods) { return periods; }
};

}  // namespace ohmweave::execution
