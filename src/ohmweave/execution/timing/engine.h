// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "ohmweave/execution/timing/depth.h"
#include "ohmweave/execution/timing/offers.h"
#include "ohmweave/execution/timing/rules.h"
#include "ohmweave/execution/timing/state.h"
#include "ohmweave/execution/timing/steady.h"

namespace ohmweave::execution {

/// The list scheduler. Every stage has one firing that could be next. What follows from decisions alone
/// (firings of stages that share nothing) is followed up before the next decision between stages that share
/// resources is made; so the order in which this happens, and how far such a stage runs ahead, change no time.
template <class R = Rules>
class Engine {
 public:
  Engine(const program::Program& program, const TimingOptions& options)
      : run_(program, options), depths_(run_), steady_(run_, calendars_, decided_last_) {
    for (uint32_t r : run_.calendar_resources) calendars_.emplace_back(R::units(program.resources[r].units));
    Picoseconds longest = 0;
    for (StageState& s : run_.stages) {
      s.own = R::own(s.own);
      if (!s.rooms.empty()) early_ += s.latency;
      longest = std::max(longest, s.latency);
    }
    early_ += longest;
  }

  Timing run() {
    for (uint32_t i = 0; i < run_.stages.size(); ++i) consider(i);
    while (!offers_.empty()) {
      const Offer offer = offers_.top();
      if (offer.shared) {
        decide_shared(offer);
      } else {
        offers_.pop();
        run_ahead(offer.stage);
      }
    }
    depths_.settle_all();
    return summarize(run_, steady_.found());
  }

 private:
  /// Offers the next firing of a stage if all it depends on is decided; else the stage waits for what is not.
  void consider(uint32_t i) {
    StageState& s = run_.stages[i];
    if (s.done() || !is_ready(s)) return;
    // A firing may make room for one that starts before it, by at most its writer's latency; passed on from
    // stage to stage that adds up to `early_` at most, with one latency more for the depths of stores, which
    // look at the end of a firing. So far ahead of shared resources must the others be.
    s.by_own_use = fit_own(s, s.by_room);
    offers_.push({s.shared ? s.by_own_use : s.by_room - early_, s.shared, s.since, i});
  }

  bool is_ready(StageState& s) {
    s.next_latency = s.measured ? latency(s) : s.latency;
    Picoseconds ready = s.floor;
    for (const DataEdge& e : s.needs) {
      const StageState& w = run_.stages[e.writer];
      const int64_t items = R::items_awaited(e.window->need(s.next.trip, s.next.position));
      if (items > w.next.n) return wait(s, {e.writer, items, e.store, false});
      if (items > w.starts.first())
        ready = std::max(ready, R::readable(w.starts[items - 1], w.finish(items - 1)));
    }
    const Picoseconds data = ready;
    for (RoomEdge& e : s.rooms) {
      if (!has_room(s, e, ready)) return wait(s, {e.reader, e.freeing.n + 1, e.store, true});
    }
    const Picoseconds in_order = s.next.n == 0 ? 0 : R::after_previous(s.last_start);
    s.by_interval = s.next.n == 0 ? 0 : std::max(in_order, s.last_start + s.own.interval);
    s.by_data = std::max(s.by_interval, data);
    s.by_room = std::max(s.by_data, ready);
    s.since = std::max(in_order, data);
    s.waiting = false;
    return true;
  }

  /// Whether it is known when there will be room for the next item; raises `ready` to that.
  bool has_room(StageState& s, RoomEdge& e, Picoseconds& ready) {
    const int64_t item = R::item_replaced(s.next.n, e.capacity);
    if (item < 0 || !R::must_free(static_cast<size_t>(&e - s.rooms.data()))) return true;
    const StageState& q = run_.stages[e.reader];
    while (e.window->release(e.freeing.trip, e.freeing.position) <= item) e.freeing.advance(q.per_trip);
    if (e.freeing.n < e.binding.n) return true;
    if (e.freeing.n >= q.next.n) {  // a firing may replace what it frees itself
      const bool in_place = &q == &s && e.freeing.n == s.next.n;
      return in_place && (e.held == kUntilFinish || e.held <= s.next_latency);
    }
    const Picoseconds freed = R::freed(q.starts[e.freeing.n], q.finish(e.freeing.n), e.held);
    if (!R::makes_room(freed, s.last_finish))
      ready = std::max(ready, R::start_to_write_at(freed, s.next_latency));
    return true;
  }

  bool wait(StageState& s, Wait w) {
    s.waiting = true;
    s.wait = w;
    run_.stages[w.stage].waiters.push_back({index(s), w.firings});
    return false;
  }
  void wake(uint32_t i) {
    StageState& s = run_.stages[i];
    for (size_t k = 0; k < s.waiters.size();) {
      if (s.waiters[k].firings <= s.next.n) {
        woken_.push_back(s.waiters[k].stage);
        s.waiters[k] = s.waiters.back();
        s.waiters.pop_back();
      } else {
        ++k;
      }
    }
    for (uint32_t w : woken_) consider(w);
    woken_.clear();
  }

  Picoseconds duration(const StageState& s, const program::Step& step) const {
    if (!step.repeat) return step.lasts;
    return step.lasts *
           R::repeats(run_.measures.at(*step.repeat, s.next.n), run_.measures.largest(*step.repeat));
  }
  Picoseconds latency(const StageState& s) const {
    Picoseconds end = 0;
    for (const program::Step& step : s.stage->steps) end = std::max(end, step.at + duration(s, step));
    return end;
  }

  /// The first start from t on that earlier firings of the stage leave possible on its own resources.
  static Picoseconds fit_own(const StageState& s, Picoseconds t) {
    if (s.own.forbidden.empty()) return t;
    for (int64_t m = s.next.n - 1; m >= s.starts.first();) {
      const Picoseconds before = t, distance = t - s.starts[m];
      if (distance >= s.own.forbidden.back().high) break;
      for (const OwnUse::Range& r : s.own.forbidden) {
        if (r.low < distance && distance < r.high) t = s.starts[m] + r.high;
      }
      m = t == before ? m - 1 : s.next.n - 1;
    }
    return t;
  }
  /// The same for all resources.
  Picoseconds fit(const StageState& s, Picoseconds t) const {
    for (Picoseconds before = t - 1; before != t;) {
      before = t;
      for (const CalendarUse& u : s.uses)
        t = calendars_[u.calendar].fit(t + u.step->at, duration(s, *u.step), u.step->units) - u.step->at;
      t = fit_own(s, t);
    }
    return t;
  }

  void decide_shared(Offer offer) {
    StageState& s = run_.stages[offer.stage];
    const Picoseconds t = fit(s, std::max(R::granted(s.by_room, decided_last_), s.by_own_use));
    if (t > offer.at) {
      offer.at = t;
      offers_.replace_top(offer);
      if (offers_.top().stage != offer.stage) return;
    }
    offers_.pop();
    decide(s, t);
    decided_last_ = t;
    for (size_t m : s.meters) depths_.count(run_.meters[m]);
    wake(offer.stage);
    consider(offer.stage);
    look_for_steady_state(offer.stage);
  }

  void run_ahead(uint32_t i) {
    StageState& s = run_.stages[i];
    const int64_t stop = steady_.enabled() ? end_of_burst(s) : s.next.n + R::kBurst;
    do {
      s.by_own_use = fit_own(s, s.by_room);
      decide(s, s.uses.empty() ? s.by_own_use : fit(s, s.by_own_use));
    } while (s.next.n < stop && !s.done() && is_ready(s));
    wake(i);
    if (!s.waiting) consider(i);
    look_for_steady_state(i);
  }
  /// At ends of trips if it can, so that what repeats in trips is found to repeat.
  int64_t end_of_burst(const StageState& s) const {
    if (s.per_trip >= R::kBurst) return std::min(s.next.n + R::kBurst, (s.next.trip + 1) * s.per_trip);
    const int64_t trips = std::min(R::kBurst / s.per_trip, steady_.trips_at_once());
    return (s.next.trip / trips + 1) * trips * s.per_trip;
  }

  void decide(StageState& s, Picoseconds t) {
    if (s.starts.full()) make_space(s);
    const Picoseconds end = t + s.next_latency;
    const Picoseconds finish = s.measured && s.next.n > 0 ? R::retired(end, s.last_finish) : end;
    s.starts.push(t);
    if (s.measured) s.finishes.push(finish);
    for (const CalendarUse& u : s.uses) {
      typename R::Calendar& calendar = calendars_[u.calendar];
      calendar.forget(t);
      calendar.book(t + u.step->at, duration(s, *u.step), u.step->units);
    }
    auto& waited = s.timing.waited;
    waited[static_cast<size_t>(Cause::Interval)] += s.by_interval - s.last_start + (s.by_own_use - s.by_room);
    waited[static_cast<size_t>(Cause::Data)] += s.by_data - s.by_interval;
    waited[static_cast<size_t>(Cause::Room)] += s.by_room - s.by_data;
    waited[static_cast<size_t>(Cause::Resource)] += t - s.by_own_use;
    if (s.next.n == 0) s.timing.first_start = t;
    if (s.next.n < s.kept) s.timing.starts.push_back(t);
    s.last_start = t;
    s.last_finish = finish;
    ++decided_;
    s.next.advance(s.per_trip);
    if (s.next.position == 0 && run_.options.keep_epoch_finishes) s.timing.epoch_finish.push_back(finish);
  }

  /// Forgets start times that nothing can ask for any more, or makes space for more.
  void make_space(StageState& s) {
    const uint32_t i = index(s);
    depths_.settle_around(i);
    int64_t needed = s.next.n - std::max(s.own.reach(), run_.history);
    for (const RunState::Link& link : run_.readers[i]) {
      const StageState& q = run_.stages[link.owner];
      if (!q.done())
        needed = std::min(needed,
                          R::items_awaited(q.needs[link.edge].window->need(q.next.trip, q.next.position)) - 1);
    }
    for (const RunState::Link& link : run_.room_makers[i]) {
      StageState& w = run_.stages[link.owner];
      if (w.done()) continue;
      RoomEdge& e = w.rooms[link.edge];
      find_binding<R>(run_, w, e);
      needed = std::min(needed, std::max(e.binding.n, e.freeing.n));
    }
    for (size_t m : s.meters) needed = std::min(needed, run_.meters[m].item);
    for (const RunState::Link& link : run_.depth_makers[i]) {
      const DepthMeter& d = run_.meters[link.owner];
      if (d.item < run_.stages[d.writer].firings) needed = std::min(needed, d.readers[link.edge].next.n);
    }
    for (Tail* tail : {&s.starts, &s.finishes}) {
      if (tail == &s.finishes && !s.measured) continue;
      tail->drop_before(needed);
      if (2 * (tail->end() - tail->first()) > tail->size()) tail->grow();
    }
  }

  void look_for_steady_state(uint32_t i) {
    if (!steady_.enabled() || run_.stages[i].next.position != 0 || !steady_.is_due(i, decided_)) return;
    depths_.settle_all();
    if (!steady_.look(i)) return;
    offers_.clear();  // times have moved on; stages that wait still wait
    for (uint32_t k = 0; k < run_.stages.size(); ++k) {
      StageState& s = run_.stages[k];
      s.waiters.clear();
      s.waiting = false;
    }
    for (uint32_t k = 0; k < run_.stages.size(); ++k) consider(k);
  }

  uint32_t index(const StageState& s) const { return static_cast<uint32_t>(&s - run_.stages.data()); }

  RunState run_;
  std::vector<typename R::Calendar> calendars_;
  Picoseconds decided_last_ = 0;  // start of the last decision between stages that share resources
  Picoseconds early_ = 0;
  int64_t decided_ = 0;  // firings
  Offers<R> offers_;
  std::vector<uint32_t> woken_;
  Depths<R> depths_;
  SteadyState<R> steady_;
};

}  // namespace ohmweave::execution
