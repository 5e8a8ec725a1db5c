// SPDX-License-Identifier: Apache-2.0
// Matrix-vector products of a 512 x 512 matrix (the last: 2,048 x 1,024) on crossbars of 128 x 128 with 2-bit
// cells and one input bit at a time. Goals are products a second on one core, from what CrossSim 3.2 reaches on
// the same machine (in brackets, at batch 256 where nothing else is said):
//
//   SixteenBits       16-bit operands, every conversion emulated        25,000   (345)
//   Lossless          the same where nothing can be lost               150,000
//   EightInputBits    8-bit inputs                                      50,000   (920)
//   EightBits         8-bit weights too                                100,000 (1,330)
//   ProgrammingError  16 bits and 2 % error of programming              10,000   (271)
//   ReadNoise         16 bits and 1 % noise of every read                1,000   (1.5, at batch 1)
//   Large             2,048 x 1,024, 16 bits                             2,500    (38, at batch 64)
//   Wires             8 bits, wires of 1 ohm, cells of 100 kohm        100,000    (16, at batch 16)
//
// What aihwkit 1.1 calls a tile, whole inputs and a pair of cells of phase-change memory for each weight, a day
// after they were programmed; goals from what its C++ core reaches (in brackets, batches of 64 vectors):
//
//   Tile/256          a matrix of 256 x 256, vectors a second         314,000 (157,000)
//   Tile/512                                                          102,000  (51,000)
//   ProgramTile       512 x 512 cells programmed and drifted, a second     135      (27)
//
// The yardstick of the same run is a float product of 1,024 x 1,024 matrices, 21.5 ms where the rates of
// CrossSim were taken.
#include <benchmark/benchmark.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/network/onednn.h"

namespace ohmweave {
namespace {

using Changes = std::vector<config::Override>;
const std::string kArray = "chip.tile.ima.crossbar", kCell = kArray + ".cell", kAdc = "chip.tile.ima.adc";

/// Columns of random weights reach more than a converter of 7 bits covers.
Changes emulated() { return {{kAdc + ".bits", "7"}, {kArray + ".encoding", "biased"}}; }
Changes levels() { return {{kCell + ".on_resistance", "100 kohm"}, {kCell + ".off_resistance", "10 Mohm"}}; }
Changes eight_in() { return {{"precision.input", "8"}}; }
Changes eight() { return {{"precision.input", "8"}, {"precision.weight", "8"}}; }
Changes operator+(Changes a, const Changes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<int32_t> codes(int64_t n, const tensor::FixedPoint& format, bool negative, uint64_t seed) {
  base::RandomStream random(seed, 0, 0);
  const int64_t low = negative ? format.least() : 0;
  std::vector<int32_t> out(static_cast<size_t>(n));
  for (int32_t& c : out)
    c = static_cast<int32_t>(
        low + static_cast<int64_t>(random.below(static_cast<uint64_t>(format.most() - low + 1))));
  return out;
}

Changes tile(int64_t n) {
  const auto times = [&](int64_t k) { return std::to_string(k * n); };
  return eight() + Changes{{"device", "pcm_nandakumar"},
                           {"time", "1 day"},
                           {kArray + ".rows", times(1)},
                           {kArray + ".columns", times(2)},
                           {kArray + ".encoding", "differential"},
                           {kArray + ".unit_column", "false"},
                           {kCell + ".bits", "8"},
                           {kCell + ".read_noise", "{}"},
                           {"chip.tile.ima.dac.count", times(8)},
                           {"chip.tile.ima.dac.bits", "8"},
                           {"chip.tile.ima.sample_hold.count", times(16)},
                           {kAdc + ".bits", "9"},
                           {kAdc + ".range", "scale"}};
}

void run(benchmark::State& state, const Changes& changes, int64_t rows = 512, int64_t columns = 512,
         int64_t batch = 256) {
  base::use_threads(1);
  const machine::Machine machine = machine::load("isaac", changes);
  const array::Array& array = *machine.arrays().array;
  const auto plan = array.plan({rows, columns, 1}, machine.formats);
  const auto contents = array.program(plan, codes(rows * columns, machine.formats.weight, true, 1), 1, 1);
  const std::vector<int32_t> inputs = codes(batch * rows, machine.formats.input, false, 2);
  std::vector<int64_t> sums(static_cast<size_t>(batch * columns));
  int64_t first = 0;
  for (auto _ : state) {
    array::Tally tally;
    contents->multiply(inputs, batch, first, sums, tally);
    first += batch;
    benchmark::DoNotOptimize(sums.data());
  }
  state.counters["products"] =
      benchmark::Counter(static_cast<double>(state.iterations() * batch), benchmark::Counter::kIsRate);
}

void Yardstick(benchmark::State& state) {
  constexpr int64_t kN = 1024;
  base::use_threads(1);
  const std::vector<float> a(kN * kN, 1.5F), b(kN * kN, 0.5F);
  std::vector<float> c(kN * kN);
  for (auto _ : state) {
    network::multiply({kN, kN, kN, false, false, false}, {a.data()}, {b.data()}, c.data());
    benchmark::DoNotOptimize(c.data());
  }
}
BENCHMARK(Yardstick)->Unit(benchmark::kMillisecond);

void SixteenBits(benchmark::State& s) { run(s, emulated()); }
void Lossless(benchmark::State& s) { run(s, {}); }
void EightInputBits(benchmark::State& s) { run(s, emulated() + eight_in()); }
void EightBits(benchmark::State& s) { run(s, emulated() + eight()); }
void ProgrammingError(benchmark::State& s) {
  run(s, levels() + Changes{{kCell + ".programming", "{kind: normal, deviation: 0.02}"}});
}
void ReadNoise(benchmark::State& s) {
  run(s, levels() + Changes{{kCell + ".read_noise", "{deviation: 0.01}"}});
}
void Large(benchmark::State& s) { run(s, emulated(), 2048, 1024, 64); }
void Wires(benchmark::State& s) {
  run(s, levels() + eight() + Changes{{kArray + ".wires", "{resistance: 1 ohm}"}});
}
void Tile(benchmark::State& s) { run(s, tile(s.range(0)), s.range(0), s.range(0), 64); }
void ProgramTile(benchmark::State& state) {
  constexpr int64_t kN = 512;
  base::use_threads(1);
  const machine::Machine machine = machine::load("isaac", tile(kN));
  const array::Array& array = *machine.arrays().array;
  const auto plan = array.plan({kN, kN, 1}, machine.formats);
  const std::vector<int32_t> weights = codes(kN * kN, machine.formats.weight, true, 1);
  uint64_t seed = 0;
  for (auto _ : state) benchmark::DoNotOptimize(array.program(plan, weights, ++seed, 1));
  state.counters["tiles"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(SixteenBits)->Unit(benchmark::kMillisecond);
BENCHMARK(Lossless)->Unit(benchmark::kMillisecond);
BENCHMARK(EightInputBits)->Unit(benchmark::kMillisecond);
BENCHMARK(EightBits)->Unit(benchmark::kMillisecond);
BENCHMARK(ProgrammingError)->Unit(benchmark::kMillisecond);
BENCHMARK(ReadNoise)->Unit(benchmark::kMillisecond);
BENCHMARK(Large)->Unit(benchmark::kMillisecond);
BENCHMARK(Wires)->Unit(benchmark::kMillisecond);
BENCHMARK(Tile)->Arg(256)->Arg(512)->Unit(benchmark::kMillisecond);
BENCHMARK(ProgramTile)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ohmweave
