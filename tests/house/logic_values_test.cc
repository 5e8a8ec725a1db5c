// SPDX-License-Identifier: Apache-2.0
// Whole networks on arrays of logic, whose values the processor computes: the same as gate by gate in every
// layer.
#include <cstring>

#include <gtest/gtest.h>

#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/network.h"

namespace ohmweave::execution {
namespace {

using tensor::Tensor;

/// What every stage stores.
std::vector<Tensor> layers_of(const std::string& configuration, int64_t samples) {
  const machine::Machine machine = machine::load(configuration);
  const network::Graph graph = network::load("digits-cnn").graph;
  const auto data = network::open_data("digits");
  const auto reals = [&](int64_t begin, int64_t end) {
    return network::prepare(*data, begin, end, {}, graph.value(graph.inputs[0]).shape);
  };
  const Tensor inputs = reals(0, samples), calibration = reals(samples, 8 * samples);
  mapping::Options options;
  options.samples = samples;
  options.calibration = &calibration;
  const mapping::Mapping mapping = mapping::compile(graph, machine, options);
  Functional functional(mapping.program, mapping.network, machine, 1);
  std::vector<Tensor> out;
  functional.look({&inputs, 1}, false, [&](size_t, const Tensor& values) { out.push_back(values); });
  return out;
}

void expect_the_same_bits(const std::string& configuration, int64_t samples) {
  const std::vector<Tensor> processor = layers_of(configuration, samples),
                            gates =
                                layers_of(configuration + ":chip.tile.block.crossbar.values=gates", samples);
  ASSERT_EQ(processor.size(), gates.size());
  ASSERT_GE(processor.size(), 6U);
  for (size_t k = 0; k < gates.size(); ++k) {
    const auto a = processor[k].data<float>(), b = gates[k].data<float>();
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size_bytes()), 0) << "layer " << k << " on " << configuration;
  }
}

TEST(LogicValues, FloatingPointLayersAreThoseOfTheGates) {
  expect_the_same_bits("floatpim", 4);
  expect_the_same_bits("floatpim:chip.tile.block.crossbar.cascade=1", 4);
}

TEST(LogicValues, WholeLayersAreThoseOfTheGates) {
  expect_the_same_bits(
      "floatpim:precision={weight: 8, input: 8}:chip.tile.block.crossbar.counts=program:"
      "chip.tile.block.crossbar.method=aritpim",
      2);
}

}  // namespace
}  // namespace ohmweave::execution
