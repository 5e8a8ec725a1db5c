// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <dnnl.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/tensor/integer_panels.h"

namespace ohmweave::tensor {
namespace {

/// Products a second of VPMADDWD and the addition of its sums without any loading and storing: what words can
/// reach in registers of 256 bits. 0 on processors without AVX2.
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

struct ProductCase {
  ProductShape shape;
  int bits;
  int64_t vectors;
  double goals[3];     // of avx2, avx512 and amx, times word_bound(); 0: none
  int deviations = 4;  // of normal weights that are in range
};
const ProductCase kProductCases[] = {
    {{576, 64, 1}, 8, 1024, {0.6, 1.4, 3}},  // ResNet-18
    {{1152, 128, 1}, 8, 784, {0.6, 2.2, 4}},
    {{4608, 512, 1}, 8, 196, {0.6, 3.2, 6}},
    {{4608, 512, 1}, 8, 196, {0.4, 3.2, 6}, 1},  // many pairs of weights that are too large for bytes
    {{576, 64, 1}, 16, 1024, {0.2, 0.6, 1.2}},
    {{1152, 128, 1}, 16, 784, {0.2, 0.7, 1.6}},
    {{4608, 512, 1}, 16, 196, {0.2, 0.8, 2}},
    {{144, 16, 1}, 8, 1024, {0.4, 1.2, 1.2}},  // ResNet-20
    {{288, 32, 1}, 8, 1024, {0.4, 1.6, 2}},
    {{512, 1000, 1}, 8, 1, {0.2, 0.3, 0.8}},  // the last layer of one picture
    {{512, 1000, 1}, 8, 8, {0.4, 1.2, 4}},
    {{25, 6, 1}, 16, 784, {0.07, 0.1, 0}},  // LeNet-5
    {{150, 16, 1}, 16, 1000, {0.2, 0.5, 0}},
    {{9, 1, 128}, 8, 196, {0.04, 0.08, 0}},  // depthwise
    {{9, 1, 128}, 8, 1, {0.01, 0.02, 0}},
};

/// Multiplies and says how far the goal is away, both in products a second.
template <class Multiply>
void run_case(benchmark::State& state, const ProductCase& what, double goal, const Multiply& multiply) {
  base::use_threads(1);
  const ProductShape& shape = what.shape;
  std::vector<int64_t> sums(static_cast<size_t>(what.vectors * shape.groups * shape.outputs));
  const double bound = word_bound();
  for (auto _ : state) {
    for (int64_t v = 0; v < what.vectors; v += IntegerProduct::Kernel::kVectorsAtOnce)
      multiply(v, std::min(IntegerProduct::Kernel::kVectorsAtOnce, what.vectors - v),
               sums.data() + v * shape.groups * shape.outputs);
    benchmark::DoNotOptimize(sums.data());
  }
  const double products = static_cast<double>(what.vectors * shape.groups * shape.outputs * shape.rows);
  state.counters["MAC"] = benchmark::Counter(products, benchmark::Counter::kIsIterationInvariantRate);
  if (goal != 0) state.counters["goal"] = goal * bound;
}

std::vector<int32_t> normal_codes(base::RandomStream& random, int64_t n, const FixedPoint& format,
                                  int deviations) {
  std::vector<int32_t> out(static_cast<size_t>(n));
  for (int32_t& c : out)
    c = std::clamp(static_cast<int32_t>(random.normal() * format.most() / deviations), format.least(),
                   format.most());
  return out;
}

void integer_product(benchmark::State& state, const ProductCase& what, const IntegerTiles& tiles, double goal,
                     bool of_lanes) {
  const ProductShape& shape = what.shape;
  const FixedPoint format{what.bits, true};
  base::RandomStream random(1, 2, 3);
  const IntegerProduct::Kernel product(
      tiles, shape, format,
      normal_codes(random, shape.groups * shape.outputs * shape.rows, format, what.deviations));
  const int64_t in = shape.groups * shape.rows;
  if (!of_lanes) {
    const std::vector<int32_t> inputs = normal_codes(random, what.vectors * in, format, what.deviations);
    return run_case(state, what, goal, [&](int64_t first, int64_t vectors, int64_t* sums) {
      product.multiply(inputs.data() + first * in, vectors, sums);
    });
  }
  // As a convolution has them: runs of bytes that begin a few bytes from each other.
  std::vector<uint8_t> plane(static_cast<size_t>(in * 8 + what.vectors + 64), 77);
  const auto lanes = [&](int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) {
    for (uint8_t* to : {low, high}) {
      for (int64_t row = 0; to != nullptr && row < rows; ++row, to += IntegerTiles::kVectors)
        std::copy_n(plane.data() + first + (first_row + row) * 8, IntegerTiles::kVectors, to);
    }
  };
  run_case(state, what, goal, [&](int64_t first, int64_t vectors, int64_t* sums) {
    product.multiply_lanes(IntegerLanes(lanes), first, vectors, sums);
  });
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

/// Every case by every set of instructions that has wide registers. The goals amount to 200 G products a second
/// of 8-bit operands from 576 rows and 64 outputs on, and a fifth of those of 8 bits for 16, on Emerald Rapids.
const int kRegistered = [] {
  const std::string names[] = {"avx2", "avx512", "amx"};
  for (const IntegerTiles* tiles : integer_tiles()) {
    const auto set = std::find(std::begin(names), std::end(names), tiles->name);
    if (set == std::end(names)) continue;
    for (const ProductCase& what : kProductCases) {
      const double goal = what.goals[set - std::begin(names)];
      const ProductShape& s = what.shape;
      std::string name;
      for (int64_t n :
           {s.rows, s.outputs, s.groups, int64_t{what.bits}, what.vectors, int64_t{what.deviations}})
        name += "/" + std::to_string(n);
      for (const bool of_lanes : {false, true}) {
        if (of_lanes && what.vectors < IntegerTiles::kVectors) continue;
        const std::string kind = of_lanes ? "integer_lanes/" : "integer_product/";
        benchmark::RegisterBenchmark((kind + tiles->name + name).c_str(), [=, &what](benchmark::State& state) {
          integer_product(state, what, *tiles, goal, of_lanes);
        });
      }
    }
  }
  return 0;
}();

}  // namespace
}  // namespace ohmweave::tensor
