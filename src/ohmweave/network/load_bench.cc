// SPDX-License-Identifier: Apache-2.0
// Goals: a network by name in at most 5 ms and what mapping asks of it without data in at most 1 ms, so that a
// whole cost-only run of VGG-D or ResNet-50 stays below 100 ms; scales of weights at 500 M a second (MinMax).
#include <benchmark/benchmark.h>

#include "ohmweave/network/network.h"
#include "ohmweave/network/passes.h"

namespace ohmweave::network {
namespace {

void load_by_name(benchmark::State& state, const char* name) {
  for (auto _ : state) benchmark::DoNotOptimize(load(name));
}
BENCHMARK_CAPTURE(load_by_name, vgg_d, "vgg-d")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_by_name, resnet50, "resnet50")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_by_name, digits_cnn, "digits-cnn")->Unit(benchmark::kMillisecond);

void prepare_for_costs(benchmark::State& state, const char* name) {
  const Graph graph = load(name).graph;
  for (auto _ : state) {
    Graph copy = graph;
    fold_batch_norm(copy);
    quantize(copy, {}, nullptr);
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK_CAPTURE(prepare_for_costs, vgg_d, "vgg-d")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prepare_for_costs, resnet50, "resnet50")->Unit(benchmark::kMillisecond);

void seed_weights(benchmark::State& state, const char* name) {
  const Graph graph = load(name).graph;
  for (auto _ : state) {
    Graph copy = graph;
    fill_weights(copy, 1);
    benchmark::DoNotOptimize(copy);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * parameter_count(graph));
}
BENCHMARK_CAPTURE(seed_weights, resnet50, "resnet50")->Unit(benchmark::kMillisecond)->UseRealTime();

/// The scales of weights, as a run on data takes them.
void scale_weights(benchmark::State& state, Clipping clipping, bool per_channel) {
  Graph graph = load("resnet50").graph;
  fill_weights(graph, 1);
  QuantizeOptions options;
  options.clipping = clipping;
  options.per_channel_weights = per_channel;
  options.weights.bits = 8;
  const tensor::Tensor none(tensor::Element::Float32, {0, 3, 224, 224});
  for (auto _ : state) quantize(graph, options, &none);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * parameter_count(graph));
}
BENCHMARK_CAPTURE(scale_weights, minmax, Clipping::MinMax, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(scale_weights, percentile, Clipping::Percentile, false)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(scale_weights, mse, Clipping::Mse, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(scale_weights, minmax_per_channel, Clipping::MinMax, true)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(scale_weights, mse_per_channel, Clipping::Mse, true)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace ohmweave::network
