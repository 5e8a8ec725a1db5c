// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/execution/timing/state.h"

namespace ohmweave::execution {
namespace {

void add_period(Timing& out, const RunState& run, const Steady& steady) {
  out.pace = {steady.pace};
  out.steady = steady.found;
  if (steady.found) {
    out.period = steady.period;
    out.period_trips = steady.trips;
    return;
  }
  const std::vector<Picoseconds>& ends =
      run.stages.empty() ? std::vector<Picoseconds>{} : run.stages[steady.pace].timing.epoch_finish;
  if (ends.size() > 1) out.period = ends.back() - ends[ends.size() - 2];
}

}  // namespace

Timing summarize(RunState& run, const Steady& steady) {
  Timing out;
  bool complete = true;
  for (StageState& s : run.stages) {
    s.timing.firings = s.next.n;
    s.timing.last_start = s.last_start;
    s.timing.last_finish = s.last_finish;
    out.firings += s.next.n;
    out.end = std::max(out.end, s.last_finish);
    complete &= s.done();
  }
  out.skipped = steady.skipped;
  out.resources.resize(run.program.resources.size());
  for (const StageState& s : run.stages) {
    for (const program::Step& step : s.stage->steps) {
      const int64_t times = step.repeat ? run.measures.total(*step.repeat, s.next.n) : s.next.n;
      out.resources[step.on.index].busy += step.lasts * step.units * times;
    }
  }
  out.stores.resize(run.program.stores.size());
  size_t meter = 0;
  for (size_t k = 0; k < run.program.stores.size(); ++k) {
    if (run.program.stores[k].writer) out.stores[k].depth = run.meters[meter++].depth;
  }
  add_period(out, run, steady);
  if (complete && run.options.find_critical_chain) out.critical_chain = critical_chain(run, out.end);
  if (!complete) out.deadlock = tell_deadlock(run);
  for (StageState& s : run.stages) out.stages.push_back(std::move(s.timing));
  return out;
}

std::vector<std::string> tell_deadlock(const RunState& run) {
  auto is_stuck = [](const StageState& s) { return !s.done(); };
  auto from =
      static_cast<uint32_t>(std::find_if(run.stages.begin(), run.stages.end(), is_stuck) - run.stages.begin());
  std::vector<bool> seen(run.stages.size(), false);
  for (; !seen[from]; from = run.stages[from].wait.stage) seen[from] = true;  // into the cycle
  std::vector<std::string> out;
  uint32_t i = from;
  do {
    const StageState& s = run.stages[i];
    const program::Store& store = run.program.stores[s.wait.store];
    const std::string who = fmt::format("stage '{}' (firing {} of {})", s.stage->name, s.next.n + 1, s.firings);
    const std::string& other = run.program.stages[s.wait.stage].name;
    if (s.wait.for_room) {
      out.push_back(
          fmt::format("{} waits for room in store '{}' of {} items, which firing {} of '{}' will free", who,
                      store.name, store.capacity, s.wait.firings, other));
    } else {
      out.push_back(fmt::format("{} waits for item {} of store '{}', which '{}' has yet to make", who,
                                s.wait.firings, store.name, other));
    }
    i = s.wait.stage;
  } while (i != from);
  return out;
}

}  // namespace ohmweave::execution
