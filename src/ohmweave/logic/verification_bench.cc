// SPDX-License-Identifier: Apache-2.0
// Arithmetic in a million rows, from drawing operands to comparing results. Goal: one fp32 multiplication of 1
// M rows, verified, in under 1 s of one core.
#include <benchmark/benchmark.h>

#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {
namespace {

constexpr int64_t kRows = 1 << 20;

void verified_million(benchmark::State& state, Arithmetic operation, LogicFormat format) {
  const LogicProgram program = kOhmweave.build(operation, format);
  for (auto _ : state) {
    const LogicValues operands = random_operands(kOhmweave, operation, format, program, kRows, 1);
    const LogicVerification verification =
        verify(kOhmweave, operation, format, program, operands, run_rows(program, operands));
    if (verification.wrong > 0 || verification.verified != kRows) state.SkipWithError("wrong results");
  }
}
BENCHMARK_CAPTURE(verified_million, fp32_product, Arithmetic::Fmul, LogicFormat{8, 23})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(verified_million, fp32_sum, Arithmetic::Fadd, LogicFormat{8, 23})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(verified_million, fp32_quotient, Arithmetic::Fdiv, LogicFormat{8, 23})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace ohmweave::logic
