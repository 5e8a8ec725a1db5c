// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "ohmweave/array/lossy_columns.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

/// One vector of 16-bit inputs through a full array of 2-bit cells behind a 7-bit ADC: 16 x 128 column
/// conversions of 128 rows. Goal: 0.3 G conversions a second on one core.
void lossy_columns(benchmark::State& state) {
  constexpr int64_t kRows = 128, kColumns = 128;
  circuit::AdcSpec spec;
  spec.bits = 7;
  spec.rate = units::Frequency::from_si(1e9);
  spec.range = state.range(0) == 0 ? circuit::AdcRange::Clip : circuit::AdcRange::Scale;
  const InputDigits digits({16, true}, 1);
  LossyColumns columns(digits, 2, kRows, std::make_shared<circuit::Adc>(spec), 255);
  base::RandomStream random(1, 2, 3);
  for (int64_t c = 0; c < kColumns; ++c) {
    std::vector<int32_t> levels;
    for (int64_t r = 0; r < kRows; ++r) levels.push_back(static_cast<int32_t>(random.below(3)));
    columns.add_target(columns.add_column(levels), c / 8, int64_t{1} << (c % 8 * 2));
  }
  std::vector<int32_t> inputs;
  for (int64_t r = 0; r < kRows; ++r) inputs.push_back(static_cast<int32_t>(random.below(65536)) - 32768);
  std::vector<int64_t> sums(kColumns / 8);
  LossyColumns::Scratch scratch;
  for (auto _ : state) {
    columns.add_losses(inputs.data(), sums.data(), scratch);
    benchmark::DoNotOptimize(sums.data());
  }
  state.counters["conversions"] =
      benchmark::Counter(kColumns * digits.count, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["goal"] = 0.3e9;
}
BENCHMARK(lossy_columns)->Arg(0)->Arg(1);

}  // namespace
}  // namespace ohmweave::array
