// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "ohmweave/network/data.h"

namespace ohmweave::network {
namespace {

/// Goal: 10,000 digits well under a second, so that quickstart does not wait for its data.
void draw_digits(benchmark::State& state) {
  auto set = make_digits(1000, false);
  for (auto _ : state) benchmark::DoNotOptimize(set->samples(0, 1000).raw());
  state.SetItemsProcessed(state.iterations() * 1000);
  state.counters["goal_items_per_second"] = 20000;
}
BENCHMARK(draw_digits)->UseRealTime()->Unit(benchmark::kMillisecond);

class Noise : public DataSet {
 public:
  Noise(int64_t n, int64_t side, int64_t channels)
      : pixels_(tensor::Element::UInt8, {n, side, side, channels}) {
    auto to = pixels_.mutable_data<uint8_t>();
    for (size_t k = 0; k < to.size(); ++k) to[k] = static_cast<uint8_t>(k * 2654435761U >> 24);
  }
  const std::string& name() const override { return name_; }
  int64_t size() const override { return pixels_.dim(0); }
  tensor::Shape sample_shape() const override { return {pixels_.dim(1), pixels_.dim(2), pixels_.dim(3)}; }
  bool pictures() const override { return true; }
  tensor::Tensor samples(int64_t begin, int64_t end) const override { return pixels_.slice(begin, end); }
  const std::optional<std::vector<int64_t>>& labels() const override { return labels_; }

 private:
  std::string name_ = "noise";
  tensor::Tensor pixels_;
  std::optional<std::vector<int64_t>> labels_;
};

/// Goal: 100 million values a second (650 pictures of 224 x 224 x 3), far above what any network of that size
/// consumes.
void prepare_pictures(benchmark::State& state) {
  int64_t side = state.range(0), channels = state.range(1), n = (1 << 20) / (side * side);
  Noise set(n, side, channels);
  Preprocessing how{255, {0.485}, {0.229}, false, false, state.range(2) != 0};
  tensor::Shape input =
      how.nhwc ? tensor::Shape{1, side, side, channels} : tensor::Shape{1, channels, side, side};
  for (auto _ : state) benchmark::DoNotOptimize(prepare(set, 0, n, how, input).raw());
  state.SetItemsProcessed(state.iterations() * n * side * side * channels);
  state.counters["goal_items_per_second"] = 1e8;
}
BENCHMARK(prepare_pictures)
    ->ArgNames({"side", "channels", "nhwc"})
    ->Args({28, 1, 0})
    ->Args({224, 3, 0})
    ->Args({224, 3, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ohmweave::network
