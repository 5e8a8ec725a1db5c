// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/timing/testing/reference.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "ohmweave/program/testing/windows.h"

namespace ohmweave::execution::testing {
namespace {

using program::Program;
using program::Read;
using program::Stage;
using program::Step;

/// A reader of a store, with its window as the definition has it.
struct Reader {
  size_t reader = 0, writer = 0, store = 0;
  program::testing::PlainWindow window;
  std::optional<Picoseconds> held;
  /// The first firing of the reader after which it does not use an item any more.
  size_t freeing(int64_t item) const {
    size_t m = 0;
    while (window.release[m] <= item) ++m;
    return m;
  }
};

std::vector<Reader> all_readers(const Program& p) {
  std::vector<Reader> out;
  for (size_t s = 0; s < p.stages.size(); ++s) {
    for (const Read& r : p.stages[s].reads) {
      if (!p[r.store].writer) continue;
      const size_t w = p[r.store].writer->index;
      out.push_back(
          {s, w, r.store.index, program::testing::plain_window(p.stages[s], p.stages[w], r.window), r.held});
    }
  }
  return out;
}

struct Use {
  Picoseconds from, to;
  int64_t units;
};

/// The most units in use at one time in [from, to).
int64_t most_used(const std::vector<Use>& uses, Picoseconds from, Picoseconds to) {
  auto used_at = [&](Picoseconds t) {
    int64_t n = 0;
    for (const Use& u : uses) n += u.from <= t && t < u.to ? u.units : 0;
    return n;
  };
  int64_t most = used_at(from);
  for (const Use& u : uses) {
    if (from < u.from && u.from < to) most = std::max(most, used_at(u.from));
  }
  return most;
}

class Scheduler {
 public:
  Scheduler(const Program& p, const program::Measured* measured)
      : p_(p),
        measures_(p, measured),
        readers_(all_readers(p)),
        uses_(p.resources.size()),
        alive_(p.stores.size(), 0) {
    out_.starts.resize(p.stages.size());
    out_.finishes.resize(p.stages.size());
    std::map<uint32_t, size_t> user;
    shared_.resize(p.stages.size(), false);
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t s = 0; s < p.stages.size(); ++s) {
        for (const Step& step : p.stages[s].steps) {
          auto [at, fresh] = user.try_emplace(step.on.index, s);
          if (!fresh && at->second != s) at->second = SIZE_MAX;
          if (pass == 1 && at->second == SIZE_MAX) shared_[s] = true;
        }
      }
    }
  }

  Schedule run() {
    while (follow_private() || decide_shared()) {
    }
    out_.complete = true;
    for (size_t s = 0; s < p_.stages.size(); ++s) {
      out_.complete &= static_cast<int64_t>(decided(s)) == p_.stages[s].firings();
      if (decided(s) > 0) out_.end = std::max(out_.end, out_.finishes[s].back());
      if (shared_[s]) continue;
      for (program::StoreId store : p_.stages[s].writes) {
        for (size_t n = 0; n < decided(s); ++n) count_alive(store.index, n);
      }
    }
    out_.depths = alive_;
    return out_;
  }

 private:
  size_t decided(size_t s) const { return out_.starts[s].size(); }
  Picoseconds lasts(const Step& step, size_t n) const {
    return step.repeat ? step.lasts * measures_.at(*step.repeat, static_cast<int64_t>(n)) : step.lasts;
  }
  Picoseconds latency(size_t s, size_t n) const {
    Picoseconds out = 0;
    for (const Step& step : p_.stages[s].steps) out = std::max(out, step.at + lasts(step, n));
    return out;
  }
  Picoseconds freed(const Reader& r, size_t m) const {
    return r.held ? out_.starts[r.reader][m] + *r.held : out_.finishes[r.reader][m];
  }

  /// When the next firing of a stage has its predecessor and its items (`since`), and also its room (`at`);
  /// nothing while that is undecided.
  struct Ready {
    Picoseconds since, at;
  };
  std::optional<Ready> ready(size_t s) const {
    const size_t n = decided(s);
    if (static_cast<int64_t>(n) == p_.stages[s].firings()) return std::nullopt;
    Picoseconds t = n > 0 ? out_.starts[s].back() : 0;
    for (const Reader& r : readers_) {
      if (r.reader != s || r.window.need[n] == 0) continue;
      const auto last = static_cast<size_t>(r.window.need[n] - 1);
      if (last >= decided(r.writer)) return std::nullopt;
      t = std::max(t, out_.finishes[r.writer][last]);
    }
    const Picoseconds since = t;
    for (const Reader& r : readers_) {
      const int64_t item = static_cast<int64_t>(n) - p_.stores[r.store].capacity;
      if (r.writer != s || item < 0) continue;
      const size_t m = r.freeing(item);
      if (r.reader == s && m == n && (!r.held || *r.held <= latency(s, n))) continue;  // in its own place
      if (m >= decided(r.reader)) return std::nullopt;
      // Items retire in order, so where a longer firing before keeps this one's item back, there is no hurry.
      if (n > 0 && freed(r, m) <= out_.finishes[s].back()) continue;
      t = std::max(t, freed(r, m) - latency(s, n));
    }
    return Ready{since, t};
  }

  Picoseconds fit(size_t s, Picoseconds t) const {
    for (bool moved = true; moved;) {
      moved = false;
      for (const Step& step : p_.stages[s].steps) {
        const std::vector<Use>& uses = uses_[step.on.index];
        const Picoseconds d = lasts(step, decided(s));
        const int64_t free = p_[step.on].units - step.units;
        while (d > 0 && most_used(uses, t + step.at, t + step.at + d) > free) {
          Picoseconds next = INT64_MAX;  // nothing gets better before a use ends
          for (const Use& u : uses) {
            if (u.to > t + step.at) next = std::min(next, u.to);
          }
          t = next - step.at;
          moved = true;
        }
      }
    }
    return t;
  }

  void decide(size_t s, Picoseconds t) {
    const size_t n = decided(s);
    for (const Step& step : p_.stages[s].steps) {
      if (lasts(step, n) > 0)
        uses_[step.on.index].push_back({t + step.at, t + step.at + lasts(step, n), step.units});
    }
    const Picoseconds end = t + latency(s, n);
    out_.starts[s].push_back(t);
    out_.finishes[s].push_back(n > 0 ? std::max(end, out_.finishes[s].back()) : end);
    if (!shared_[s]) return;
    for (program::StoreId store : p_.stages[s].writes) count_alive(store.index, n);
  }

  /// Firings of stages that share nothing follow from what is decided.
  bool follow_private() {
    bool any = false;
    for (size_t s = 0; s < p_.stages.size(); ++s) {
      if (shared_[s]) continue;
      for (auto r = ready(s); r; r = ready(s)) decide(s, fit(s, r->at)), any = true;
    }
    return any;
  }

  /// Of the others the earliest, never before the last decided; then who has had its items longest; then by
  /// number.
  bool decide_shared() {
    std::optional<std::tuple<Picoseconds, Picoseconds, size_t>> best;
    for (size_t s = 0; s < p_.stages.size(); ++s) {
      const std::optional<Ready> r = shared_[s] ? ready(s) : std::nullopt;
      if (!r) continue;
      const std::tuple offer(fit(s, std::max(r->at, decided_last_)), r->since, s);
      if (!best || offer < *best) best = offer;
    }
    if (!best) return false;
    decided_last_ = std::get<0>(*best);
    decide(std::get<2>(*best), decided_last_);
    return true;
  }

  /// Items alive when item n is written, it included, by what is decided now.
  void count_alive(size_t store, size_t n) {
    int64_t gone = INT64_MAX;
    for (const Reader& r : readers_) {
      if (r.store != store) continue;
      int64_t mine = 0;
      for (size_t m = 0; m < decided(r.reader); ++m) {
        if (freed(r, m) <= out_.finishes[r.writer][n]) mine = std::max(mine, r.window.release[m]);
      }
      gone = std::min({gone, mine, static_cast<int64_t>(n)});
    }
    if (gone < INT64_MAX) alive_[store] = std::max(alive_[store], static_cast<int64_t>(n) + 1 - gone);
  }

  const Program& p_;
  program::MeasureValues measures_;
  std::vector<Reader> readers_;
  std::vector<std::vector<Use>> uses_;
  std::vector<bool> shared_;
  Picoseconds decided_last_ = 0;
  std::vector<int64_t> alive_;
  Schedule out_;
};

}  // namespace

Schedule reference(const Program& program, const program::Measured* measured) {
  return Scheduler(program, measured).run();
}

std::vector<std::string> faults(const Program& p, const std::vector<std::vector<Picoseconds>>& starts,
                                const program::Measured* measured) {
  std::vector<std::string> out;
  const program::MeasureValues measures(p, measured);
  std::vector<std::vector<Picoseconds>> finishes(p.stages.size());
  std::vector<std::vector<std::pair<Picoseconds, int64_t>>> changes(p.resources.size());
  for (size_t s = 0; s < p.stages.size(); ++s) {
    if (static_cast<int64_t>(starts[s].size()) != p.stages[s].firings())
      return {fmt::format("{}: {} of {} firings", p.stages[s].name, starts[s].size(), p.stages[s].firings())};
    if (!std::is_sorted(starts[s].begin(), starts[s].end()) || starts[s].front() < 0)
      out.push_back(p.stages[s].name + ": out of order");
    Picoseconds finish = 0;
    for (size_t n = 0; n < starts[s].size(); ++n) {
      for (const Step& step : p.stages[s].steps) {
        const Picoseconds lasts =
            step.repeat ? step.lasts * measures.at(*step.repeat, static_cast<int64_t>(n)) : step.lasts;
        finish = std::max(finish, starts[s][n] + step.at + lasts);
        if (lasts == 0) continue;
        changes[step.on.index].emplace_back(starts[s][n] + step.at, step.units);
        changes[step.on.index].emplace_back(starts[s][n] + step.at + lasts, -step.units);
      }
      finish = std::max(finish, starts[s][n]);
      finishes[s].push_back(finish);
    }
  }
  for (size_t r = 0; r < changes.size(); ++r) {
    std::sort(changes[r].begin(), changes[r].end());  // ends before beginnings
    int64_t used = 0, most = 0;
    for (const auto& [t, units] : changes[r]) most = std::max(most, used += units);
    if (most > p.resources[r].units) out.push_back(p.resources[r].name + ": more uses than units");
  }
  for (const Reader& r : all_readers(p)) {
    const std::string& store = p.stores[r.store].name;
    for (size_t n = 0; n < starts[r.reader].size(); ++n) {
      const int64_t need = r.window.need[n];
      if (need > 0 && finishes[r.writer][static_cast<size_t>(need - 1)] > starts[r.reader][n])
        out.push_back(fmt::format("{}: item {} read before it is written", store, need - 1));
    }
    for (int64_t n = p.stores[r.store].capacity; n < p.stages[r.writer].firings(); ++n) {
      const size_t m = r.freeing(n - p.stores[r.store].capacity);
      const Picoseconds freed = r.held ? starts[r.reader][m] + *r.held : finishes[r.reader][m];
      if (freed > finishes[r.writer][static_cast<size_t>(n)])
        out.push_back(fmt::format("{}: item {} overwrites one in use", store, n));
    }
  }
  return out;
}

}  // namespace ohmweave::execution::testing
