// SPDX-License-Identifier: Apache-2.0
// A real network with binarised weights: every sum of it in rows of a stack of layers.
#include <algorithm>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "ohmweave/logic/array.h"
#include "ohmweave/logic/binarized_window.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/network.h"

namespace ohmweave::mapping {

using namespace logic;
namespace {

using tensor::Tensor;
using Values = std::vector<float>;

constexpr int kTapsAtOnce = 512;  // of a program; longer sums start from those before

uint64_t ones(int bits) { return (uint64_t{1} << bits) - 1; }

/// What rows hold: inputs of a sum, and weights of +1 and -1.
struct Sum {
  Values inputs, weights;
};

/// The words of taps [first, last) of all rows, `bits` for each.
std::vector<uint64_t> packed(const std::vector<Sum>& sums, Values Sum::*what, int first, int last, int bits,
                             auto pattern_of) {
  const size_t words = (static_cast<size_t>(last - first) * bits + 63) / 64;
  std::vector<uint64_t> all(sums.size() * words);
  for (size_t row = 0; row < sums.size(); ++row)
    for (int tap = first; tap < last; ++tap) {
      const auto pattern = static_cast<uint64_t>(pattern_of((sums[row].*what)[static_cast<size_t>(tap)]));
      for (int bit = 0; bit < bits; ++bit) {
        const auto at = static_cast<size_t>((tap - first) * bits + bit);
        all[row * words + at / 64] |= (pattern >> bit & 1) << at % 64;
      }
    }
  return all;
}

/// One sum in each row.
Values in_rows(const std::vector<Sum>& sums, int bits, bool negative) {
  const int taps = static_cast<int>(sums[0].inputs.size());
  const int sum_bits = exact_sum_bits(taps, bits, negative);
  std::vector<uint64_t> results(sums.size());
  for (int first = 0; first < taps; first += kTapsAtOnce) {
    const int last = std::min(taps, first + kTapsAtOnce);
    const logic::LogicProgram program = binarized_window({last - first, bits, negative, sum_bits});
    logic::LogicArray rows(static_cast<int64_t>(sums.size()), program.bitlines);
    rows.write(program.inputs[0].cells, results);
    rows.write(program.inputs[1].cells,
               packed(sums, &Sum::inputs, first, last, bits, [](float x) { return static_cast<int64_t>(x); }));
    rows.write(program.inputs[2].cells,
               packed(sums, &Sum::weights, first, last, 1, [](float w) { return int64_t{w > 0}; }));
    rows.run(program);
    results = rows.read(program.outputs[0].cells);
  }
  Values values;
  for (const uint64_t sum : results) {
    const bool below_zero = (sum >> (sum_bits - 1)) != 0;
    values.push_back(static_cast<float>(static_cast<int64_t>(below_zero ? sum | ~ones(sum_bits) : sum)));
  }
  return values;
}

Values of(const Tensor& tensor) {
  const auto data = tensor.data<float>();
  return {data.begin(), data.end()};
}

/// A convolution without padding, in strides of 1: rows are positions of the output.
Values convolution(const Tensor& input, const Tensor& weights, int bits, bool negative) {
  const int64_t channels = input.shape()[1], height = input.shape()[2], width = input.shape()[3];
  const int64_t filters = weights.shape()[0], rows = weights.shape()[2], columns = weights.shape()[3];
  const Values x = of(input), w = of(weights);
  std::vector<Sum> sums;
  for (int64_t i = 0; i + rows <= height; ++i)
    for (int64_t j = 0; j + columns <= width; ++j) {
      Sum& sum = sums.emplace_back();
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t k = 0; k < rows * columns; ++k)
          sum.inputs.push_back(x[(c * height + i + k / columns) * width + j + k % columns]);
    }
  Values results;
  const int64_t taps = channels * rows * columns;
  for (int64_t filter = 0; filter < filters; ++filter) {
    for (Sum& sum : sums) sum.weights.assign(w.begin() + filter * taps, w.begin() + (filter + 1) * taps);
    const Values sums_of_filter = in_rows(sums, bits, negative);
    results.insert(results.end(), sums_of_filter.begin(), sums_of_filter.end());
  }
  return results;
}

/// A product of a vector and a matrix: rows are its columns.
Values dense(const Tensor& input, const Tensor& weights, int bits, bool negative) {
  const int64_t taps = weights.shape()[0], outputs = weights.shape()[1];
  const Values w = of(weights);
  std::vector<Sum> sums(static_cast<size_t>(outputs), {of(input), {}});
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t output = 0; output < outputs; ++output)
      sums[output].weights.push_back(w[tap * outputs + output]);
  return in_rows(sums, bits, negative);
}

/// Traffic signs by a network whose weights are +1 and -1 (VNN-COMP 2023): pixels of 8 bits, then signs. Its
/// sums are all whole numbers, so the float reference is exact.
TEST(BinarizedNetwork, SumsOfARealOneInRowsEqualTheReference) {
  const std::string folder = OHMWEAVE_REFERENCE_DATA;
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no reference data in " << folder;
  const network::Graph graph = network::load(folder + "/models/gtsrb_bnn/bnn_30x30.onnx").graph;
  const Tensor pictures = network::read_npy(folder + "/datasets/gtsrb/test_30x30_500_x_u8.npy");
  std::map<network::ValueId, Tensor> seen;
  const Tensor picture = pictures.slice(7, 8).to(tensor::Element::Float32);
  network::Reference(graph).run(std::vector{picture},
                                [&](network::ValueId v, const Tensor& t) { seen[v] = t; });
  int products = 0;
  for (const network::Node& node : graph.nodes) {
    if (node.op != network::Op::Conv && node.op != network::Op::MatMul) continue;
    const Tensor input = seen.at(node.inputs[0]), weights = *graph.value(node.inputs[1]).constant;
    const bool pixels = products++ == 0;
    const int bits = pixels ? 8 : 2;  // -1 and 1 are 11 and 01
    const Values sums = node.op == network::Op::Conv ? convolution(input, weights, bits, !pixels)
                                                     : dense(input, weights, bits, !pixels);
    EXPECT_EQ(sums, of(seen.at(node.outputs[0]))) << node.name;
  }
  EXPECT_EQ(products, 3);
}

}  // namespace
}  // namespace ohmweave::mapping
