// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "ohmweave/array/composed_contents.h"
#include "ohmweave/array/testing/composing_periphery.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

/// PRIME's mat: 256 x 256 cells of 4 bits, inputs in parts of 3 bits, sense amplifiers of 6 bits.
std::shared_ptr<ComposedCrossbar> prime() {
  circuit::DacSpec dac;
  dac.bits = 3;
  circuit::SenseAmplifierSpec amplifier;
  amplifier.bits = 6;
  ComposedCrossbarSpec spec;
  spec.rows = spec.columns = 256;
  spec.cell.bits = 4;
  spec.read_pulse = units::Time::from_si(50e-9);
  return std::make_shared<ComposedCrossbar>(spec, testing::composing_periphery(dac, 256, amplifier, 8));
}

/// The products of MLP-L (784-1500-1000-500-10), every conversion of every part emulated. Goal: 2,000 images a
/// second on two cores, which is 5 s for the 10,000 of MNIST's test set; at most 30 s are allowed.
void composed_mlp_l(benchmark::State& state) {
  const ProductFormats formats{{6, false}, {8, true}};
  const int64_t widths[] = {784, 1500, 1000, 500, 10};
  constexpr int64_t kImages = 1024;
  base::RandomStream random(1, 2, 3);
  const auto crossbar = prime();
  std::vector<std::unique_ptr<Contents>> layers;
  for (size_t k = 0; k + 1 < std::size(widths); ++k) {
    std::vector<int32_t> weights(static_cast<size_t>(widths[k] * widths[k + 1]));
    for (int32_t& w : weights) w = static_cast<int32_t>(random.below(256)) - 128;
    layers.push_back(crossbar->program(crossbar->plan({widths[k], widths[k + 1], 1}, formats), weights, 0, 0));
  }
  std::vector<int32_t> inputs(kImages * 1500);
  for (int32_t& x : inputs) x = static_cast<int32_t>(random.below(64));
  std::vector<int64_t> sums(kImages * 1500);
  Tally tally;
  for (auto _ : state) {
    for (size_t k = 0; k < layers.size(); ++k)
      layers[k]->multiply(std::span(inputs).first(static_cast<size_t>(kImages * widths[k])), kImages,
                          std::span(sums).first(static_cast<size_t>(kImages * widths[k + 1])), tally);
    benchmark::DoNotOptimize(sums.data());
  }
  state.counters["images"] = benchmark::Counter(kImages, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["goal"] = 2000;
}
BENCHMARK(composed_mlp_l)->UseRealTime();

}  // namespace
}  // namespace ohmweave::array
