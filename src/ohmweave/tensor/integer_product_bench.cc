// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <benchmark/benchmark.h>
#include <dnnl.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::tensor {
namespace {

/// Arguments: rows, outputs, groups, bits, goal in GMAC/s of one core. 16 bits are four byte products each.
void integer_product(benchmark::State& state) {
  base::use_threads(1);
  const ProductShape shape{state.range(0), state.range(1), state.range(2)};
  const FixedPoint format{static_cast<int>(state.range(3)), true};
  const int64_t vectors = 4096;
  base::RandomStream random(1, 2, 3);
  auto codes = [&](int64_t n) {
    std::vector<int32_t> out(static_cast<size_t>(n));
    for (int32_t& c : out) c = format.least() + static_cast<int32_t>(random.below(uint64_t{1} << format.bits));
    return out;
  };
  const IntegerProduct product(shape, format, format, codes(shape.groups * shape.outputs * shape.rows));
  const std::vector<int32_t> inputs = codes(vectors * shape.groups * shape.rows);
  std::vector<int64_t> sums(static_cast<size_t>(vectors * shape.groups * shape.outputs));
  for (auto _ : state) {
    product.multiply(inputs, vectors, sums);
    benchmark::DoNotOptimize(sums.data());
  }
  const double products = static_cast<double>(vectors * shape.groups * shape.outputs * shape.rows);
  state.counters["MAC"] = benchmark::Counter(products, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["goal"] = static_cast<double>(state.range(4)) * 1e9;
}
/// The yardstick: oneDNN's product of unsigned and signed bytes, 1,024 x 1,024 x 1,024, which need not be
/// exact.
void yardstick(benchmark::State& state) {
  using Memory = dnnl::memory;
  base::use_threads(1);
  constexpr int64_t kN = 1024;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto shape = [](Memory::data_type type, Memory::format_tag tag) {
    return Memory::desc({kN, kN}, type, tag);
  };
  const dnnl::matmul::primitive_desc what(
      dnnl::matmul::desc(shape(Memory::data_type::u8, Memory::format_tag::ab),
                         shape(Memory::data_type::s8, Memory::format_tag::any),
                         shape(Memory::data_type::s32, Memory::format_tag::ab)),
      engine);
  Memory x(what.src_desc(), engine), w(what.weights_desc(), engine), y(what.dst_desc(), engine);
  const dnnl::matmul product(what);
  for (auto _ : state) {
    product.execute(stream, {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}});
    stream.wait();
  }
  state.counters["MAC"] = benchmark::Counter(kN * kN * kN, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(yardstick);
BENCHMARK(integer_product)
    ->Args({576, 64, 1, 16, 45})
    ->Args({1152, 128, 1, 16, 45})
    ->Args({4608, 512, 1, 16, 45})
    ->Args({576, 64, 1, 8, 180})
    ->Args({1152, 128, 1, 8, 180})
    ->Args({25, 6, 1, 16, 2})  // LeNet-5, first layer
    ->Args({150, 16, 1, 16, 10})
    ->Args({9, 1, 128, 16, 1});  // depthwise

}  // namespace
}  // namespace ohmweave::tensor
