// SPDX-License-Identifier: Apache-2.0
// A tile of 128 rows of 2-bit cells, read by one-bit inputs of 8 bits: conversions a second of one core. The
// yardstick, in the same run, is the bound of look-up tables: how many conversions a second the instruction
// that looks up could make if nothing else took time (VPERMB: 64 entries of tables of 6 rows, 22 for a
// conversion; VPSHUFB: 32 entries of tables of 4 rows, 32 for a conversion).
#include <ctime>
#include <vector>

#include <benchmark/benchmark.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "ohmweave/array/column_kernels_target.h"
#include "ohmweave/array/column_tile.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kRows = 128, kColumns = 128, kOutputs = kColumns / 4, kVectors = 784;
constexpr int64_t kLookUps = 1 << 16;  // of each of eight registers

#if defined(__x86_64__)
OHMWEAVE_BEGIN_TARGET("avx2")
void look_up_avx2() {
  __m256i table = _mm256_set1_epi32(0x01020304), at[8];
  for (int k = 0; k < 8; ++k) at[k] = _mm256_set1_epi8(static_cast<char>(k));
  for (int64_t n = 0; n < kLookUps; ++n) {
    for (__m256i& x : at) asm volatile("vpshufb %0, %1, %0" : "+x"(x) : "x"(table));
  }
}
OHMWEAVE_END_TARGET
OHMWEAVE_BEGIN_TARGET("avx512f,avx512bw,avx512vbmi")
void look_up_avx512() {
  __m512i table = _mm512_set1_epi32(0x01020304), at[8];
  for (int k = 0; k < 8; ++k) at[k] = _mm512_set1_epi8(static_cast<char>(k));
  for (int64_t n = 0; n < kLookUps; ++n) {
    for (__m512i& x : at) asm volatile("vpermb %1, %0, %0" : "+v"(x) : "v"(table));
  }
}
OHMWEAVE_END_TARGET
#endif

double processor_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Conversions a second that look-ups allow, the best of a few tries; 0 without such an instruction.
double bound() {
#if defined(__x86_64__)
  const bool wide = __builtin_cpu_supports("avx512vbmi");
  if (!wide && !__builtin_cpu_supports("avx2")) return 0;
  double best = 1e9;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const double start = processor_seconds();
    wide ? look_up_avx512() : look_up_avx2();
    best = std::min(best, processor_seconds() - start);
  }
  const double entries = 8.0 * kLookUps * (wide ? 64 : 32);
  return entries / best / (wide ? 22 : 32);
#else
  return 0;
#endif
}

/// The converters of the columns, one after the other.
using Transfers = std::vector<circuit::Transfer>;

void convert(benchmark::State& state, bool real, bool noise, const Transfers& transfers, double goal_of_bound,
             Instructions instructions = Instructions::Best, int64_t vectors = kVectors) {
  ColumnTile tile(InputDigits({8, false}, 1), kRows, real ? 8 : 0);
  base::RandomStream random(1, 2, 3);
  for (const circuit::Transfer& transfer : transfers) tile.add_transfer(transfer);
  for (int64_t c = 0; c < kColumns; ++c) {
    std::vector<int32_t> levels;
    std::vector<float> steps, variance;
    for (int64_t r = 0; r < kRows; ++r) {
      levels.push_back(static_cast<int32_t>(random.below(4)));
      steps.push_back(static_cast<float>(levels.back() + 0.05 * random.normal()));
      variance.push_back(static_cast<float>(1e-3 * levels.back()));
    }
    const int64_t transfer = c % static_cast<int64_t>(transfers.size());
    const int64_t column = real ? tile.add_column(steps, noise ? variance : std::vector<float>{}, transfer)
                                : tile.add_column(levels, transfer);
    tile.add_target(column, c / 4, int64_t{1} << (c % 4 * 2));
  }
  tile.prepare(instructions);
  std::vector<int32_t> inputs(static_cast<size_t>(vectors * kRows));
  for (int32_t& code : inputs) code = static_cast<int32_t>(random.below(256));
  std::vector<int64_t> outputs(static_cast<size_t>(vectors * kOutputs));
  for (auto _ : state) {
    tile.add(inputs.data(), kRows, vectors, outputs.data(), kOutputs, {});
    benchmark::DoNotOptimize(outputs.data());
  }
  const double conversions = static_cast<double>(vectors * kColumns * 8);
  state.counters["conversions"] =
      benchmark::Counter(conversions, benchmark::Counter::kIsIterationInvariantRate);
  if (goal_of_bound > 0) {
    const double yardstick = bound();
    state.counters["of_bound"] =
        benchmark::Counter(conversions / yardstick, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["goal"] = goal_of_bound;
  }
}

const Transfers kClips{{0, 1, 255, {}, {}, 0}}, kSpreads{{0, 12, 31, {}, {}, 0}};

/// Converters whose steps differ, as linearity errors make them.
Transfers uneven(int64_t count, int codes, double step) {
  Transfers out(static_cast<size_t>(count), {0, 1, codes - 1, {}, {}, 0});
  base::RandomStream random(4, 5, 6);
  for (circuit::Transfer& t : out) {
    for (int k = 1; k < codes; ++k)
      t.thresholds.push_back(step * (k - 0.5 + 0.3 * (random.uniform(0, 1) - 0.5)));
  }
  return out;
}

/// Whole cells, an 8-bit converter that clips. Goal: 0.7 of the bound; stretch 0.8.
void clipping(benchmark::State& state) { convert(state, false, false, kClips, 0.7); }
/// Whole cells, a 5-bit converter whose codes are spread over all sums.
void spread(benchmark::State& state) { convert(state, false, false, kSpreads, 0.5); }
/// Linearity errors of a 5-bit converter of whole cells, or of an 8-bit converter of any cells. Goal: at most
/// twice as long as without.
void uneven_steps(benchmark::State& state) {
  const auto codes = 1 << state.range(0);
  convert(state, state.range(0) > 5, false, uneven(1, codes, 384.0 / codes), state.range(0) > 5 ? 0.14 : 0.25);
}
/// The same of a converter for each column. Goal: at most six times as long as of one for all.
void own_uneven_steps(benchmark::State& state) {
  const auto codes = 1 << state.range(0);
  convert(state, state.range(0) > 5, false, uneven(kColumns, codes, 384.0 / codes),
          (state.range(0) > 5 ? 0.14 : 0.25) / 6);
}
/// Cells of any conductance that stays. Goal: at most 2.5 times as long as whole cells.
void static_variation(benchmark::State& state) { convert(state, true, false, kClips, 0.7 / 2.5); }
/// The same with noise of every cell read. Goal: at most 5 times as long; stretch 3 times.
void read_noise(benchmark::State& state) { convert(state, true, true, kClips, 0.7 / 5); }
void clipping_avx2(benchmark::State& state) { convert(state, false, false, kClips, 0, Instructions::Avx2); }
void static_variation_avx2(benchmark::State& state) {
  convert(state, true, false, kClips, 0, Instructions::Avx2);
}
void clipping_portable(benchmark::State& state) {
  convert(state, false, false, kClips, 0, Instructions::Portable);
}
void few_vectors(benchmark::State& state) {
  convert(state, false, false, kClips, 0, Instructions::Best, state.range(0));
}
BENCHMARK(clipping);
BENCHMARK(spread);
BENCHMARK(uneven_steps)->Arg(5)->Arg(8);
BENCHMARK(own_uneven_steps)->Arg(5)->Arg(8);
BENCHMARK(static_variation);
BENCHMARK(read_noise);
BENCHMARK(clipping_avx2);
BENCHMARK(static_variation_avx2);
BENCHMARK(clipping_portable);
BENCHMARK(few_vectors)->Arg(1)->Arg(4)->Arg(16);

}  // namespace
}  // namespace ohmweave::array
