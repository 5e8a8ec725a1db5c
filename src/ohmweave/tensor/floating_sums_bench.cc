// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <benchmark/benchmark.h>

#include "ohmweave/base/random.h"
#include "ohmweave/tensor/floating_sums.h"

namespace ohmweave::tensor {
namespace {

/// Arguments: rows, outputs, vectors, bits of exponent and mantissa, goal in MMAC/s of one core. The goal for
/// bf16 is LeNet-5 on 10,000 pictures (4.2 G products) in 2 s; fp32, which rounds nothing, is the yardstick.
void floating_sums(benchmark::State& state) {
  const ProductShape shape{state.range(0), state.range(1), 1};
  const int64_t vectors = state.range(2);
  const FloatingPoint format{static_cast<int>(state.range(3)), static_cast<int>(state.range(4))};
  base::RandomStream random(1, 2, 3);
  auto numbers = [&](int64_t n) {
    std::vector<float> out(static_cast<size_t>(n));
    for (float& x : out) x = static_cast<float>(random.normal());
    round(out, out, format);
    return out;
  };
  const std::vector<float> weights = numbers(shape.outputs * shape.rows),
                           inputs = numbers(vectors * shape.rows);
  std::vector<float> sums(static_cast<size_t>(vectors * shape.outputs));
  for (auto _ : state) {
    sum_products(format, shape, weights, {}, inputs, vectors, sums);
    benchmark::DoNotOptimize(sums.data());
  }
  const double products = static_cast<double>(vectors * shape.outputs * shape.rows);
  state.counters["MAC"] = benchmark::Counter(products, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["goal"] = static_cast<double>(state.range(5)) * 1e6;
}
BENCHMARK(floating_sums)
    ->Args({25, 6, 7840, 8, 7, 2100})  // the layers of LeNet-5
    ->Args({150, 16, 1000, 8, 7, 2100})
    ->Args({400, 120, 256, 8, 7, 2100})
    ->Args({400, 120, 256, 5, 10, 1000})
    ->Args({400, 120, 256, 8, 15, 400})
    ->Args({400, 120, 256, 8, 23, 8000});

}  // namespace
}  // namespace ohmweave::tensor
