// SPDX-License-Identifier: Apache-2.0
// Goals, on one core: VGG-16 with a firing per pixel within 20 ms; 96 layers of a transformer and 2,048 tokens
// within 500 ms; an epoch of ImageNet on PipeLayer within 10 ms, because what is steady is not walked through.
// The yardstick is the least that any engine has to do: for each firing a maximum over the items it waits for,
// from window tables, without resources, room or order of decisions. `ratio` is the time of the engine over it.
#include <algorithm>
#include <ctime>

#include <benchmark/benchmark.h>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/window.h"

namespace ohmweave::execution {
namespace {

using program::Program;

/// Longest paths through the windows alone, stage after stage; the stages must stand in the order of their
/// reads.
Picoseconds longest_path(const Program& p, const program::WindowTables& windows) {
  std::vector<std::vector<Picoseconds>> finish(p.stages.size());
  Picoseconds end = 0;
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    const program::Stage& stage = p.stages[s];
    const Picoseconds latency = stage.latency();
    const int64_t per_trip = stage.firings_per_trip();
    finish[s].reserve(static_cast<size_t>(stage.firings()));
    for (int64_t trip = 0; trip < stage.trips(); ++trip) {
      for (int64_t i = 0; i < per_trip; ++i) {
        Picoseconds t = 0;
        for (size_t r = 0; r < stage.reads.size(); ++r) {
          const program::WindowTable* w = windows.of({s}, r);
          const int64_t need = w ? w->need(trip, i) : 0;
          if (need > 0)
            t = std::max(t, finish[p[stage.reads[r].store].writer->index][static_cast<size_t>(need - 1)]);
        }
        finish[s].push_back(t + latency);
      }
    }
    end = std::max(end, finish[s].back());
  }
  return end;
}

double seconds_of(const auto& work) {
  const std::clock_t begin = std::clock();  // of this process: other load on the machine does not count
  benchmark::DoNotOptimize(work());
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

void run(benchmark::State& state, const Program& p, bool with_yardstick = true) {
  Timing t;
  for (auto _ : state) {
    t = time(p);
    benchmark::DoNotOptimize(t.end);
  }
  if (!t.deadlock.empty()) return state.SkipWithError("deadlock");
  state.counters["firings"] = static_cast<double>(t.firings);
  state.counters["skipped"] = static_cast<double>(t.skipped);
  if (!with_yardstick) return;
  const program::WindowTables windows(p);
  double engine = 1e9, yardstick = 1e9;
  for (int k = 0; k < 5; ++k) {  // the best of five, taken in turns
    engine = std::min(engine, seconds_of([&] { return time(p).end; }));
    yardstick = std::min(yardstick, seconds_of([&] { return longest_path(p, windows); }));
  }
  state.counters["ratio"] = engine / yardstick;
}

void Vgg16(benchmark::State& state) {
  run(state, program::testing::vgg16(state.range(0), state.range(1) != 0));
}
BENCHMARK(Vgg16)
    ->ArgNames({"images", "shared"})
    ->Args({1, 0})
    ->Args({1, 1})
    ->Args({64, 0})
    ->Args({64, 1})
    ->Unit(benchmark::kMillisecond);

void Transformer96(benchmark::State& state) {
  run(state, program::testing::transformer(96, 2048, state.range(0) != 0));
}
BENCHMARK(Transformer96)->ArgName("shared")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void PipeLayerEpoch(benchmark::State& state) {
  run(state, program::testing::pipelayer({5, 64, 1280000}), false);
}
BENCHMARK(PipeLayerEpoch)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ohmweave::execution
