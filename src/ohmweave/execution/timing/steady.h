// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "ohmweave/execution/timing/depth.h"
#include "ohmweave/execution/timing/state.h"

namespace ohmweave::execution {

/// Recognises a steady state and skips it, exactly. The future of a run depends on how its stages stand to each
/// other and on a few times, relative to now. If all of that is as it was d picoseconds ago, every stage a
/// whole number of trips further on, then what happened since will happen again, as long as the windows of the
/// trips to come are those of the trips gone by. So many periods are added at once, and the rest of the run is
/// simulated.
///
/// A reference state is kept and compared with, and replaced when the number of comparisons has doubled (Brent,
/// 1980), so a period is found whatever it is, at the cost of one kept state.
template <class R>
class SteadyState {
 public:
  SteadyState(RunState& run, std::vector<typename R::Calendar>& calendars, Picoseconds& decided_last)
      : run_(run), calendars_(calendars), decided_last_(decided_last) {
    bool measured = false;
    int64_t most_trips = 1;
    for (uint32_t i = 0; i < run.stages.size(); ++i) {
      const StageState& s = run.stages[i];
      const int64_t trips = s.firings / s.per_trip;
      measured |= s.measured;
      patience_ += 4 * std::max(s.per_trip, R::kBurst);
      if (trips >= most_trips) most_trips = trips, found_.pace = i;
    }
    enabled_ = run.options.skip_steady_state && !measured && most_trips > 3;
  }

  bool enabled() const { return enabled_; }
  const Steady& found() const { return found_; }

  /// Trips that a stage may run ahead: the fewer, the sooner a repetition is found; the longer none is found,
  /// the more. It stays the same while one reference state is compared with.
  int64_t trips_at_once() const { return std::max<int64_t>(1, next_reference_ / 256); }

  /// Whether the end of a trip of stage `i` is a moment to look.
  bool is_due(uint32_t i, int64_t decided) {
    if (i != found_.pace) {
      if (decided - decided_at_look_ <= patience_) return false;
      found_.pace = i;  // the stage that was looked at has long stood still
      restart();
    }
    decided_at_look_ = decided;
    return true;
  }

  /// Looks whether the run has become steady; if so, skips what it can and returns true.
  bool look(uint32_t pace) {
    now_ = run_.stages[pace].last_start;
    const auto done =
        std::count_if(run_.stages.begin(), run_.stages.end(), [](const auto& s) { return s.done(); });
    if (done != done_) restart();  // from here on it is another run
    done_ = done;
    if (reference_ && repeats()) {
      const int64_t periods = R::periods_skipped(periods_possible());
      if (periods > 0) {
        found_.found = true;
        found_.period = now_ - reference_->now;
        found_.trips = moved(pace) / run_.stages[pace].per_trip;
        skip(periods);
        restart();
        return true;
      }
    }
    if (++looks_ >= next_reference_) {
      save();
      next_reference_ = 2 * looks_;
    }
    return false;
  }

 private:
  using Facts = std::vector<int64_t>;
  struct State {
    Picoseconds now = 0, decided_last = 0;
    std::vector<Firing> next;
    std::vector<Picoseconds> last_start;
    std::vector<Facts> facts, calendars;
    std::vector<std::array<Picoseconds, kCauses>> waited;
  };

  void restart() {
    looks_ = 0;
    next_reference_ = 1;
    reference_.reset();
  }

  // --- what the future depends on
  // ---------------------------------------------------------------------------------
  /// Of one stage: what it still has to wait for, relative to its last start, so that what is past already does
  /// not count; and the room in its stores.
  Facts facts(uint32_t i) {
    StageState& s = run_.stages[i];
    Facts out;
    for (int64_t m = std::max(s.next.n - s.own.reach(), s.starts.first()); m < s.next.n; ++m)
      out.push_back(s.last_start - s.starts[m]);
    if (R::must_repeat_items()) {
      for (const DataEdge& e : s.needs) items(s, e, out);
    }
    if (R::must_repeat_room()) {
      for (size_t m : s.meters) alive(run_.meters[m], out);
    }
    return out;
  }
  void items(const StageState& s, const DataEdge& e, Facts& out) const {
    if (s.done()) return;
    const StageState& w = run_.stages[e.writer];
    const int64_t need = R::items_awaited(e.window->need(s.next.trip, s.next.position));
    const int64_t end = w.done() ? need : w.next.n;  // of what stands still no more will ever be needed
    out.push_back(end - need);
    for (int64_t n = std::max(need - 1, w.starts.first()); n < end; ++n) {
      out.push_back(std::max<Picoseconds>(R::readable(w.starts[n], w.finish(n)) - s.last_start, 0));
    }
  }
  /// What the depth of a store has yet to count: items, and when each reader frees those that were still there
  /// when the last item counted was written. Room for further items depends on nothing else.
  void alive(const DepthMeter& d, Facts& out) const {
    const StageState& w = run_.stages[d.writer];
    out.push_back(w.next.n - d.item);
    for (int64_t n = d.item; n < w.next.n; ++n) out.push_back(w.finish(n) - now_);
    if (d.item == w.firings) return;
    for (const DepthMeter::Reader& r : d.readers) {
      const StageState& q = run_.stages[r.stage];
      for (int64_t n = r.next.n; n < q.next.n; ++n)
        out.push_back(R::freed(q.starts[n], q.finish(n), r.held) - now_);
    }
  }
  Facts calendar(size_t k) const {
    Facts out;
    const std::vector<uint32_t>& users = run_.calendar_users[k];
    const Picoseconds from = users.size() > 1 ? decided_last_ : run_.stages[users[0]].last_start;
    calendars_[k].describe(from, [&](Picoseconds time, int64_t used) {
      out.push_back(time);
      out.push_back(used);
    });
    return out;
  }

  void save() {
    State s;
    s.now = now_;
    s.decided_last = decided_last_;
    for (uint32_t i = 0; i < run_.stages.size(); ++i) {
      s.next.push_back(run_.stages[i].next);
      s.last_start.push_back(run_.stages[i].last_start);
      s.facts.push_back(facts(i));
      s.waited.push_back(run_.stages[i].timing.waited);
    }
    for (size_t k = 0; k < calendars_.size(); ++k) s.calendars.push_back(calendar(k));
    reference_ = std::move(s);
  }

  // --- whether it has repeated
  // ------------------------------------------------------------------------------------
  int64_t moved(uint32_t i) const { return run_.stages[i].next.n - reference_->next[i].n; }
  bool has_moved_user(size_t calendar) const {
    const std::vector<uint32_t>& users = run_.calendar_users[calendar];
    return std::any_of(users.begin(), users.end(), [&](uint32_t u) { return moved(u) > 0; });
  }

  /// Cheap facts first: mostly they differ.
  bool repeats() {
    bool shared = false;
    for (uint32_t i = 0; i < run_.stages.size(); ++i) {
      const StageState& s = run_.stages[i];
      if (moved(i) == 0) {
        if (!s.done() && !s.waiting)
          return false;  // it will start, at a time that does not move on with the others
        continue;
      }
      shared |= s.shared;
      const bool in_place =
          reference_->next[i].n > 0 && !s.done() && s.next.position == reference_->next[i].position;
      if (!in_place) return false;
      if (R::must_repeat_starts() && s.last_start - now_ != reference_->last_start[i] - reference_->now)
        return false;
    }
    if (shared && decided_last_ - now_ != reference_->decided_last - reference_->now) return false;
    for (uint32_t i = 0; i < run_.stages.size(); ++i) {
      if (moved(i) > 0 && facts(i) != reference_->facts[i]) return false;
    }
    for (size_t k = 0; k < calendars_.size(); ++k) {
      if (R::must_repeat_calendars() && has_moved_user(k) && calendar(k) != reference_->calendars[k])
        return false;
    }
    return !stands_among_moving();
  }
  /// A writer that stands still while its readers move on counts their firings from where it stands: cannot be
  /// skipped.
  bool stands_among_moving() const {
    for (const DepthMeter& d : run_.meters) {
      if (moved(d.writer) > 0 || run_.stages[d.writer].done()) continue;
      for (const DepthMeter::Reader& r : d.readers) {
        if (moved(r.stage) > 0) return true;
      }
    }
    return false;
  }

  // --- for how long it will
  // ---------------------------------------------------------------------------------------
  int64_t periods_possible() const {
    std::vector<int64_t> ahead(run_.stages.size(), 1);  // trips of a stage that others look ahead to
    for (const StageState& s : run_.stages) {
      for (const RoomEdge& e : s.rooms)
        ahead[e.reader] = std::max(ahead[e.reader], e.freeing.trip - run_.stages[e.reader].next.trip + 1);
    }
    int64_t periods = INT64_MAX;
    for (uint32_t i = 0; i < run_.stages.size(); ++i) {
      const StageState& s = run_.stages[i];
      if (moved(i) == 0) {
        if (!s.done() && moved(s.wait.stage) > 0)
          periods =
              std::min(periods, (s.wait.firings - 1 - run_.stages[s.wait.stage].next.n) / moved(s.wait.stage));
        continue;
      }
      const int64_t step = moved(i) / s.per_trip, from = reference_->next[i].trip;
      int64_t until = s.firings / s.per_trip - step;
      for (const DataEdge& e : s.needs) {
        if (!is_all_there(s, run_.stages[e.writer]))
          until = std::min(until, e.window->uniform_until(from, step, moved(e.writer)));
      }
      periods = std::min(periods, (until - from - ahead[i]) / step - 1);
    }
    return periods;
  }

  /// A writer that has ended so long ago that nothing depends on its times any more.
  bool is_all_there(const StageState& reader, const StageState& writer) const {
    return writer.done() && writer.last_finish <= reader.last_start &&
           std::all_of(writer.meters.begin(), writer.meters.end(),
                       [&](size_t m) { return run_.meters[m].item == writer.firings; });
  }

  // --- skipping
  // ---------------------------------------------------------------------------------------------------
  void skip(int64_t periods) {
    const Picoseconds period = now_ - reference_->now, by = periods * period;
    std::vector<int64_t> moves(run_.stages.size());
    for (uint32_t i = 0; i < moves.size(); ++i) moves[i] = periods * moved(i);
    auto move = [&](Firing& f, uint32_t i) {
      f.n += moves[i];
      f.trip += moves[i] / run_.stages[i].per_trip;
    };
    hold_for_standing(moves);
    for (uint32_t i = 0; i < moves.size(); ++i) {
      if (moves[i] == 0) continue;
      for (RoomEdge& e : run_.stages[i].rooms) {
        move(e.freeing, e.reader);
        move(e.binding, e.reader);
      }
      for (size_t m : run_.stages[i].meters) {
        DepthMeter& d = run_.meters[m];
        d.item += moves[i];
        for (DepthMeter::Reader& r : d.readers) {
          if (moves[r.stage] > 0) r.freed += moves[i];
          move(r.next, r.stage);
        }
      }
    }
    for (size_t k = 0; k < calendars_.size(); ++k) {
      if (has_moved_user(k)) calendars_[k].shift(by);
    }
    bool shared = false;
    for (uint32_t i = 0; i < moves.size(); ++i) {
      if (moves[i] == 0) continue;
      shared |= run_.stages[i].shared;
      extend_records(run_.stages[i], i, periods, period);
      move_on(run_.stages[i], i, moves[i], by);
      move(run_.stages[i].next, i);
      found_.skipped += moves[i];
    }
    if (shared) decided_last_ += by;
  }
  /// Stages that stand still may need items whose times are about to move out of sight.
  void hold_for_standing(const std::vector<int64_t>& moves) {
    for (uint32_t i = 0; i < moves.size(); ++i) {
      StageState& s = run_.stages[i];
      if (moves[i] > 0 || s.done()) continue;
      for (const DataEdge& e : s.needs) {
        const StageState& w = run_.stages[e.writer];
        const int64_t need = R::items_awaited(e.window->need(s.next.trip, s.next.position));
        if (need <= w.next.n && need > w.starts.first())
          s.floor = std::max(s.floor, R::readable(w.starts[need - 1], w.finish(need - 1)));
      }
    }
  }
  void move_on(StageState& s, uint32_t i, int64_t firings, Picoseconds by) {
    const int64_t periods = firings / moved(i);
    s.remembered_from = reference_->next[i].n + firings;
    s.starts.shift(firings, by);
    s.last_start += by;
    s.last_finish += by;
    for (size_t c = 0; c < kCauses; ++c)
      s.timing.waited[c] += periods * (s.timing.waited[c] - reference_->waited[i][c]);
  }
  /// Starts and ends of trips that are kept go on as in the last period.
  void extend_records(StageState& s, uint32_t i, int64_t periods, Picoseconds period) {
    auto extend = [&](std::vector<Picoseconds>& list, int64_t length, int64_t in_period) {
      list.reserve(static_cast<size_t>(length));
      while (static_cast<int64_t>(list.size()) < length)
        list.push_back(list[list.size() - static_cast<size_t>(in_period)] + period);
    };
    extend(s.timing.starts, std::min(s.kept, s.next.n + periods * moved(i)), moved(i));
    const int64_t trips = moved(i) / s.per_trip;
    if (run_.options.keep_epoch_finishes) extend(s.timing.epoch_finish, s.next.trip + periods * trips, trips);
  }

  RunState& run_;
  std::vector<typename R::Calendar>& calendars_;
  Picoseconds& decided_last_;
  bool enabled_ = false;
  Steady found_;
  Picoseconds now_ = 0;
  std::optional<State> reference_;
  int64_t looks_ = 0, next_reference_ = 1, done_ = 0;
  int64_t patience_ = 0, decided_at_look_ = 0;
};

}  // namespace ohmweave::execution
