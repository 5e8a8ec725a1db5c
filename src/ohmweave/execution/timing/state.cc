// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/timing/state.h"

#include <algorithm>
#include <map>

namespace ohmweave::execution {
namespace {

// Start times remembered for the critical chain, all stages together: 32 MiB.
constexpr int64_t kRemembered = int64_t{1} << 22;
constexpr int64_t kLeastRemembered = 1024;

}  // namespace

RunState::RunState(const program::Program& p, const TimingOptions& o)
    : program(p),
      options(o),
      measures(p, o.measured),
      windows(p),
      stages(p.stages.size()),
      readers(p.stages.size()),
      room_makers(p.stages.size()),
      depth_makers(p.stages.size()) {
  const auto count = static_cast<int64_t>(stages.size());
  history = o.find_critical_chain ? std::max(kRemembered / std::max<int64_t>(count, 1), kLeastRemembered) : 0;

  std::vector<std::vector<uint32_t>> users(p.resources.size());
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    for (const program::Step& step : p.stages[s].steps) {
      std::vector<uint32_t>& u = users[step.on.index];
      if (u.empty() || u.back() != s) u.push_back(s);
    }
  }
  for (uint32_t s = 0; s < p.stages.size(); ++s) add_stage(s, users);
  connect();
}

void RunState::connect() {
  const program::Program& p = program;
  std::vector<size_t> meter_of(p.stores.size());
  for (size_t k = 0; k < p.stores.size(); ++k) {
    if (!p.stores[k].writer) continue;
    const uint32_t w = p.stores[k].writer->index;
    meter_of[k] = meters.size();
    stages[w].meters.push_back(meters.size());
    meters.push_back({w, {}, 0, 0});
  }
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    for (size_t r = 0; r < p.stages[s].reads.size(); ++r) {
      const program::Read& read = p.stages[s].reads[r];
      const program::WindowTable* window = windows.of({s}, r);
      if (!window) continue;
      const program::Store& store = p[read.store];
      const uint32_t w = store.writer->index;
      const Picoseconds held = read.held.value_or(kUntilFinish);
      readers[w].push_back({s, stages[s].needs.size()});
      stages[s].needs.push_back({w, read.store.index, window});
      if (store.capacity < program::kUnlimited) {
        room_makers[s].push_back({w, stages[w].rooms.size()});
        stages[w].rooms.push_back({s, read.store.index, window, store.capacity, held, {}, {}});
      }
      DepthMeter& meter = meters[meter_of[read.store.index]];
      depth_makers[s].push_back({meter_of[read.store.index], meter.readers.size()});
      meter.readers.push_back({s, window, held, {}});
    }
  }
}

void RunState::add_stage(uint32_t s, const std::vector<std::vector<uint32_t>>& users) {
  const program::Stage& stage = program.stages[s];
  StageState& state = stages[s];
  state.stage = &stage;
  state.firings = stage.firings();
  state.per_trip = stage.firings_per_trip();
  const int64_t traced = std::min(options.keep_trace_epochs, stage.trips()) * state.per_trip;
  state.kept = options.keep_starts ? state.firings : traced;

  for (const program::Step& step : stage.steps) {
    const bool varies = step.repeat && !measures.constant(*step.repeat);
    const Picoseconds lasts = step.repeat ? step.lasts * measures.largest(*step.repeat) : step.lasts;
    state.latency = std::max(state.latency, step.at + lasts);
    state.least_latency = std::max(state.least_latency, step.at + (varies ? 0 : lasts));
    state.measured |= varies && step.lasts > 0;
  }
  use_resources(state, users);
}

void RunState::use_resources(StageState& state, const std::vector<std::vector<uint32_t>>& users) {
  std::map<uint32_t, std::vector<const program::Step*>> by_resource;
  for (const program::Step& step : state.stage->steps) by_resource[step.on.index].push_back(&step);
  std::vector<std::vector<Busy>> own;
  for (const auto& [resource, steps] : by_resource) {
    const bool shared = users[resource].size() > 1;
    const int64_t units = program.resources[resource].units;
    std::vector<Busy> busy;
    bool varies = false;
    for (const program::Step* step : steps) {
      varies |= step->repeat && !measures.constant(*step->repeat);
      busy.push_back({step->at, duration(*step, 0), step->units});
    }
    state.shared |= shared;
    if (!shared && !varies && exclude_each_other(busy, units)) {
      own.push_back(std::move(busy));
      continue;
    }
    const auto known = std::find(calendar_resources.begin(), calendar_resources.end(), resource);
    const auto calendar = static_cast<uint32_t>(known - calendar_resources.begin());
    if (known == calendar_resources.end()) {
      calendar_resources.push_back(resource);
      calendar_users.push_back(users[resource]);
    }
    for (const program::Step* step : steps) state.uses.push_back({calendar, step});
  }
  state.own = own_use(own);
}

}  // namespace ohmweave::execution
