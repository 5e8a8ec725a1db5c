// SPDX-License-Identifier: Apache-2.0
// Goal: real networks on one thread in at most 1.3 times the processor time of onnxruntime, which
// bench/reference.py measures beside this program; a file of 100 MB read in half a second and in its own size
// of memory.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <benchmark/benchmark.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/testing/onnx.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

struct Model {
  const char* path;  // in the reference data
  Shape shape;
};
const Model kModels[] = {
    {"cifar10_resnet_akamaster/resnet20", {1, 3, 32, 32}},
    {"imagenet_mobilenet/mobilenet_v2_1.0_224", {1, 3, 224, 224}},
    {"imagenet_squeezenet_fp16/SqueezeNet_fp32", {1, 3, 224, 224}},
    {"cifar10_vit_vnncomp/pgd_2_3_16", {1, 3, 32, 32}},
    {"stories260k/stories260k_T64", {1, 64}},
    {"stories260k/stories260k_T256", {1, 256}},
};

/// Numbers between 0 and 1, or words of a small vocabulary; bench/reference.py makes the same.
Tensor input_of(const Value& value) {
  Tensor t(Element::Float32, value.shape);
  auto to = t.mutable_data<float>();
  const bool words = value.element != Element::Float32;
  for (size_t k = 0; k < to.size(); ++k)
    to[k] = words ? static_cast<float>(k % 60) : static_cast<float>(k * 37 % 256) / 255;
  return t.to(value.element);
}

void run_model(benchmark::State& state, const Model& model) {
  const std::string path = std::string(OHMWEAVE_REFERENCE_DATA "/models/") + model.path + ".onnx";
  if (!std::filesystem::exists(path)) return state.SkipWithError("the reference data are missing");
  base::use_threads(1);
  LoadOptions options;
  options.input_shape = model.shape;
  const Graph graph = load(path, options).graph;
  Reference reference(graph);
  const std::vector<Tensor> inputs{input_of(graph.value(graph.inputs[0]))};
  reference.run(inputs);
  for (auto _ : state) benchmark::DoNotOptimize(reference.run(inputs));
  base::use_threads(0);
}

/// 25 layers of 1024 x 1024 weights.
class LargeFile {
 public:
  LargeFile() : path_(std::filesystem::temp_directory_path() / "ohmweave_large_bench.onnx") {
    const std::string zeros(static_cast<size_t>(kWidth * kWidth * 4), '\0');
    OnnxModel model(13);
    model.input("x0", {"1", std::to_string(kWidth)}).output("x25");
    for (int k = 0; k < 25; ++k) {
      const std::string weights = "w" + std::to_string(k), from = "x" + std::to_string(k),
                        to = "x" + std::to_string(k + 1);
      model.initialiser(onnx_tensor(weights, {kWidth, kWidth}, onnx_type::kFloat, zeros));
      model.node(OnnxNode("MatMul", {from, weights}, {to}));
    }
    std::ofstream(path_, std::ios::binary) << model.bytes();
  }
  ~LargeFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  static constexpr int64_t kWidth = 1024;
  std::filesystem::path path_;
};
void import_large(benchmark::State& state) {
  const LargeFile file;
  for (auto _ : state) benchmark::DoNotOptimize(load(file.path()));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * std::filesystem::file_size(file.path())));
  state.counters["ms_goal"] = 500;
}
BENCHMARK(import_large)->Unit(benchmark::kMillisecond);

[[maybe_unused]] const bool kRegistered = [] {
  for (const Model& model : kModels) {
    benchmark::RegisterBenchmark((std::string("run_model/") + model.path).c_str(),
                                 [model](benchmark::State& state) { run_model(state, model); })
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace ohmweave::network
