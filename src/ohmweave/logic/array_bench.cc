// SPDX-License-Identifier: Apache-2.0
// NORs of cells a second of one core, 128 bitlines: a random program of 3,360 NORs, as many as FloatPIM's fp32
// multiplication has. The yardstick, in the same run, is how many cells a second the registers could work on if
// every NOR were one instruction without memory.
//   Goal of the interpreter, counting every switch: 0.35 T at its best number of rows.
//   Goal of compiled programs: 1.5 T.
// Both goals are those of a core with AVX-512. A core with AVX2 (EPYC, 3.2 GHz, busy) at 2,048 rows: 0.40 T
// without counting, 0.17 T with it; the loop that initialised, stored and counted word by word did 0.28 and
// 0.107 in the same run.
#include <benchmark/benchmark.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/logic/array.h"
#include "ohmweave/logic/compiled.h"

namespace ohmweave::logic {
namespace {

constexpr int kBitlines = 128, kNors = 3360;

LogicProgram random_nors() {
  base::RandomStream random(1, 0, 0);
  LogicProgram program{.name = "random", .bitlines = kBitlines};
  for (int i = 0; i < kNors; ++i) {
    const Bitline out = static_cast<Bitline>(random.below(kBitlines));
    Bitline in[2];
    for (Bitline& b : in) {
      b = static_cast<Bitline>(random.below(kBitlines - 1));
      b += b >= out;
    }
    program.operations.push_back(LogicOperation::gate_of(Gate::Init1, {}, out));
    program.operations.push_back(LogicOperation::gate_of(Gate::Nor, {in[0], in[1]}, out));
  }
  return program;
}

LogicArray random_array(int64_t rows) {
  base::RandomStream random(2, 0, 0);
  LogicArray array(rows, kBitlines);
  std::vector<uint64_t> words(2 * rows);
  for (uint64_t& word : words) word = random.next64();
  Word all(kBitlines);
  for (int b = 0; b < kBitlines; ++b) all[b] = static_cast<Bitline>(b);
  array.write(all, words);
  return array;
}

void rate(benchmark::State& state, int64_t rows) {
  state.counters["cell_NORs"] =
      benchmark::Counter(static_cast<double>(rows) * kNors * state.iterations(), benchmark::Counter::kIsRate);
}

void interpreted(benchmark::State& state) {
  base::use_threads(1);
  LogicArray array = random_array(state.range(0));
  const LogicProgram program = random_nors();
  for (auto _ : state) array.run(program);
  rate(state, state.range(0));
}
BENCHMARK(interpreted)->Arg(512)->Arg(1024)->Arg(2048)->Arg(1 << 15);

void counted(benchmark::State& state) {
  base::use_threads(1);
  LogicArray array = random_array(state.range(0));
  const LogicProgram program = random_nors();
  for (auto _ : state) {
    LogicTally tally;
    array.run(program, tally);
  }
  rate(state, state.range(0));
}
BENCHMARK(counted)->Arg(512)->Arg(1024)->Arg(2048)->Arg(1 << 15);

void compiled(benchmark::State& state) {
  base::use_threads(1);
  LogicArray array = random_array(state.range(0));
  const CompiledLogic program(random_nors());
  for (auto _ : state) program.run(array);
  rate(state, state.range(0));
  state.counters["instructions"] = static_cast<double>(program.instructions());
}
BENCHMARK(compiled)->Arg(2048)->Arg(1 << 15);

}  // namespace
}  // namespace ohmweave::logic
