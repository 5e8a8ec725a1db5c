// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <vector>

#include <benchmark/benchmark.h>
#include <dnnl.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::tensor {
namespace {

/// Products a second of VPMADDWD and the addition of its sums without any loading and storing: what words can
/// reach. 0 on processors without AVX2.
double word_bound() {
  double best = 0;
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2")) return 0;
#define OHMWEAVE_STEP(k) "vpmaddwd %%ymm13, %%ymm14, %%ymm15\n vpaddd %%ymm15, %%ymm" #k ", %%ymm" #k "\n"
  for (int trial = 0; trial < 100; ++trial) {
    int64_t left = 10000;
    const auto begin = std::chrono::steady_clock::now();
    asm volatile("1:\n" OHMWEAVE_STEP(0) OHMWEAVE_STEP(1) OHMWEAVE_STEP(2) OHMWEAVE_STEP(3) OHMWEAVE_STEP(4)
                     OHMWEAVE_STEP(5) OHMWEAVE_STEP(6) OHMWEAVE_STEP(7) OHMWEAVE_STEP(8) OHMWEAVE_STEP(9)
                         OHMWEAVE_STEP(10) OHMWEAVE_STEP(11) "dec %0\n jnz 1b\n"
                 : "+r"(left)
                 :
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                   "xmm11", "xmm15", "cc");
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    best = std::max(best, 10000 * 12 * 16 / taken.count());
  }
#undef OHMWEAVE_STEP
#endif
  return best;
}

/// Arguments: rows, outputs, groups, bits, vectors, how many deviations of normal weights are in range, and the
/// goal in hundredths of word_bound(). With VNNI, 8 bits have 200 GMAC/s for a goal, and 16 bits, four byte
/// products each, 45.
void integer_product(benchmark::State& state) {
  base::use_threads(1);
  const ProductShape shape{state.range(0), state.range(1), state.range(2)};
  const FixedPoint format{static_cast<int>(state.range(3)), true};
  const int64_t vectors = state.range(4);
  base::RandomStream random(1, 2, 3);
  auto codes = [&](int64_t n) {
    std::vector<int32_t> out(static_cast<size_t>(n));
    for (int32_t& c : out)
      c = std::clamp(
          static_cast<int32_t>(random.normal() * format.most() / static_cast<double>(state.range(5))),
          format.least(), format.most());
    return out;
  };
  const IntegerProduct product(shape, format, format, codes(shape.groups * shape.outputs * shape.rows));
  const std::vector<int32_t> inputs = codes(vectors * shape.groups * shape.rows);
  std::vector<int64_t> sums(static_cast<size_t>(vectors * shape.groups * shape.outputs));
  const double bound = word_bound();
  for (auto _ : state) {
    product.multiply(inputs, vectors, sums);
    benchmark::DoNotOptimize(sums.data());
  }
  const auto rate = [&](double unit) {
    const double products = static_cast<double>(vectors * shape.groups * shape.outputs * shape.rows);
    return benchmark::Counter(products / unit, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["MAC"] = rate(1);
  if (bound == 0) return;
  state.counters["of_bound"] = rate(bound);
  state.counters["goal"] = static_cast<double>(state.range(6)) / 100;
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
    ->Args({576, 64, 1, 8, 1024, 4, 60})  // ResNet-18
    ->Args({1152, 128, 1, 8, 784, 4, 60})
    ->Args({4608, 512, 1, 8, 196, 4, 60})
    ->Args({4608, 512, 1, 8, 196, 1, 40})  // many pairs of weights that are too large for bytes
    ->Args({576, 64, 1, 16, 1024, 4, 20})
    ->Args({1152, 128, 1, 16, 784, 4, 20})
    ->Args({4608, 512, 1, 16, 196, 4, 20})
    ->Args({144, 16, 1, 8, 1024, 4, 40})  // ResNet-20
    ->Args({288, 32, 1, 8, 1024, 4, 40})
    ->Args({512, 1000, 1, 8, 1, 4, 20})  // the last layer of one picture
    ->Args({512, 1000, 1, 8, 8, 4, 40})
    ->Args({25, 6, 1, 16, 784, 4, 7})  // LeNet-5
    ->Args({150, 16, 1, 16, 1000, 4, 20})
    ->Args({9, 1, 128, 8, 196, 4, 1});  // depthwise

}  // namespace
}  // namespace ohmweave::tensor
