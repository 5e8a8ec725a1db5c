// SPDX-License-Identifier: Apache-2.0
// Goals: ResNet-18 at 224 x 224 in at most 1.3 times what oneDNN's own convolutions of these shapes take in the
// same run (counter `ratio`), and an imported network in milliseconds.
#include <algorithm>
#include <chrono>

#include <benchmark/benchmark.h>

#include "ohmweave/network/network.h"
#include "ohmweave/network/onednn.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

/// ResNet-18 (He et al. 2016, table 1) with batch normalisations, of random weights.
class ResNet18 {
 public:
  explicit ResNet18(int64_t batch) {
    g_.name = "resnet18";
    Value input;
    input.name = "input";
    input.shape = {batch, 3, 224, 224};
    g_.inputs = {g_.add_value(input)};
    ValueId x = relu(convolution(g_.inputs[0], 64, 7, 2));
    x = add_node(g_, Op::MaxPool, "pool", {x},
                 {{"kernel_shape", List{3, 3}}, {"strides", List{2, 2}}, {"pads", List{1, 1, 1, 1}}});
    for (int64_t stage = 0; stage < 4; ++stage) {
      for (int64_t block = 0; block < 2; ++block)
        x = basic_block(x, int64_t{64} << stage, stage > 0 && block == 0 ? 2 : 1);
    }
    x = add_node(g_, Op::GlobalAveragePool, "average", {x});
    x = add_node(g_, Op::Flatten, "flat", {x});
    g_.outputs = {
        add_node(g_, Op::Gemm, "dense", {x, weights({1000, 512}), weights({1000})}, {{"transB", int64_t{1}}})};
    fill_weights(g_, 1);
  }
  Graph graph() && { return std::move(g_); }

 private:
  using List = std::vector<int64_t>;
  std::string next(const char* what) { return what + std::to_string(++count_); }
  ValueId weights(const Shape& shape) {
    Value v;
    v.name = next("w");
    v.shape = shape;
    v.is_constant = true;
    return g_.add_value(std::move(v));
  }
  ValueId convolution(ValueId x, int64_t channels, int64_t kernel, int64_t stride) {
    int64_t before = g_.value(x).shape[1], pad = kernel / 2;
    x = add_node(g_, Op::Conv, next("conv"), {x, weights({channels, before, kernel, kernel})},
                 {{"strides", List{stride, stride}}, {"pads", List{pad, pad, pad, pad}}});
    return add_node(g_, Op::BatchNormalization, next("norm"),
                    {x, weights({channels}), weights({channels}), weights({channels}), weights({channels})});
  }
  ValueId relu(ValueId x) { return add_node(g_, Op::Relu, next("relu"), {x}); }
  ValueId basic_block(ValueId x, int64_t channels, int64_t stride) {
    ValueId y = convolution(relu(convolution(x, channels, 3, stride)), channels, 3, 1);
    ValueId shortcut = g_.value(x).shape == g_.value(y).shape ? x : convolution(x, channels, 1, stride);
    return relu(add_node(g_, Op::Add, next("add"), {y, shortcut}));
  }

  Graph g_;
  int count_ = 0;
};

double seconds(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// oneDNN's convolutions of a network, each on memory of its own.
class ConvolutionsAlone {
 public:
  explicit ConvolutionsAlone(const Graph& g) {
    for (const Node& node : g.nodes) {
      if (node.op != Op::Conv) continue;
      ConvolutionKernel kernel({g.value(node.inputs[0]).shape,
                                g.value(node.inputs[1]).shape,
                                g.value(node.outputs[0]).shape,
                                window_of(node),
                                node.integer("group"),
                                false,
                                {}});
      auto memory = [](size_t bytes) {
        auto m = allocate_aligned(bytes);
        std::fill_n(m.get(), bytes, std::byte{0});
        return m;
      };
      layers_.push_back({kernel, memory(kernel.input_layout().get_size()),
                         memory(kernel.weights_layout().get_size()), memory(kernel.output_layout().get_size()),
                         memory(kernel.scratch_bytes())});
    }
  }
  /// The sum of the least times seen so far.
  double measure() {
    double sum = 0;
    for (Layer& l : layers_) {
      l.least =
          std::min(l.least, seconds([&] {
                     l.kernel.run({l.input.get(), l.weights.get(), nullptr, l.output.get(), l.scratch.get()});
                   }));
      sum += l.least;
    }
    return sum;
  }

 private:
  struct Layer {
    ConvolutionKernel kernel;
    std::shared_ptr<std::byte> input, weights, output, scratch;
    double least = 1e9;
  };
  std::vector<Layer> layers_;
};

void resnet18_forward(benchmark::State& state) {
  Graph graph = ResNet18(state.range(0)).graph();
  ConvolutionsAlone yardstick(graph);
  Reference reference(graph);
  std::vector<Tensor> input{Tensor(Element::Float32, graph.value(graph.inputs[0]).shape)};
  reference.run(input);
  double least = 1e9, convolutions = 0;
  for (auto _ : state) {
    convolutions = yardstick.measure();
    double once = seconds([&] { reference.run(input); });
    state.SetIterationTime(once);
    least = std::min(least, once);
  }
  state.counters["ratio"] = least / convolutions;
  state.counters["ratio_goal"] = 1.3;
  state.counters["ms_per_image"] = least * 1e3 / static_cast<double>(state.range(0));
}
BENCHMARK(resnet18_forward)->Arg(1)->Arg(8)->UseManualTime()->Unit(benchmark::kMillisecond);

/// The small network that comes with Ohmweave; a goal of 10 ms.
void import_digits(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(load("digits-cnn"));
  state.counters["ms_goal"] = 10;
}
BENCHMARK(import_digits)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ohmweave::network
