// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <benchmark/benchmark.h>

#include "ohmweave/base/random.h"
#include "ohmweave/device/device.h"

namespace ohmweave::device {
namespace {

constexpr int64_t kCells = 1 << 20;

/// Programs cells of two bits a day before they are used. ResNet-18 has 47 million of them. Goal: 25 million a
/// second and core with error, drift and read variance (2 s for ResNet-18); the yardstick is a normal number
/// each by std::log and std::cos.
void program_cells(benchmark::State& state, const char* name) {
  CellSpec spec = load_device(name).cell;
  spec.bits = 2;
  spec.time = units::Time::from_si(86400);
  const auto cell = make_cell(spec);
  std::vector<int32_t> levels(kCells);
  for (size_t k = 0; k < levels.size(); ++k) levels[k] = static_cast<int32_t>(k * 2654435761U >> 7U & 3U);
  std::vector<float> steps(levels.size()), variance(levels.size());
  for (auto _ : state) {
    cell->program(levels, {1, 2, 0}, steps);
    cell->read_variance(steps, variance);
    benchmark::DoNotOptimize(variance.data());
  }
  state.counters["cells"] = benchmark::Counter(kCells, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["goal"] = 25e6;
}
BENCHMARK_CAPTURE(program_cells, pcm_nandakumar, "pcm_nandakumar");
BENCHMARK_CAPTURE(program_cells, neurram, "neurram");
BENCHMARK_CAPTURE(program_cells, rram_cmo, "rram_cmo");
BENCHMARK_CAPTURE(program_cells, rram_chen, "rram_chen");

void yardstick_normals(benchmark::State& state) {
  base::RandomStream stream(1, 2, 3);
  std::vector<float> out(kCells);
  for (auto _ : state) {
    for (float& x : out) x = static_cast<float>(stream.normal());
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["cells"] = benchmark::Counter(kCells, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(yardstick_normals);

}  // namespace
}  // namespace ohmweave::device
