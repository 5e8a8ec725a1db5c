// SPDX-License-Identifier: Apache-2.0
// Networks with weights of 1 and -1 run whole on stacked rows after 3D-BNN (Kim, Hanson, Li, TCAS-II 2021).
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/array/testing/row_gates.h"
#include "ohmweave/base/random.h"
#include "ohmweave/base/testing/sanitized.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/execution/functional/product.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/feed.h"
#include "ohmweave/network/network.h"

namespace ohmweave::report {
namespace {

using tensor::Tensor;

const std::string kOriginal =
    "bnn3d:chip.tile.block.stack.adder=ripple:chip.tile.block.stack.product=multiply:chip.tile.block.stack."
    "layers=1";

std::vector<int64_t> choices(const Tensor& scores) {
  const auto values = scores.data<float>();
  const int64_t classes = scores.size() / scores.dim(0);
  std::vector<int64_t> out;
  for (int64_t n = 0; n < scores.dim(0); ++n) {
    const auto of_sample = values.subspan(static_cast<size_t>(n * classes), static_cast<size_t>(classes));
    out.push_back(std::max_element(of_sample.begin(), of_sample.end()) - of_sample.begin());
  }
  return out;
}

mapping::Mapping mapped(const network::Graph& graph, const machine::Machine& machine,
                        const Tensor& calibration) {
  mapping::Options options;
  options.calibration = &calibration;
  return mapping::compile(graph, machine, options);
}

std::vector<int64_t> choices_of(const network::Graph& graph, const std::string& design, const Tensor& samples) {
  const machine::Machine machine = machine::load(design);
  const mapping::Mapping mapping = mapped(graph, machine, samples);
  execution::Functional functional(mapping.program, mapping.network, machine, 1);
  return choices(functional.run(std::vector{samples})[0]);
}

/// Products of the weights of every layer with random inputs of its formats: what the arrays give is what their
/// gates give.
void expect_gates(const mapping::Mapping& mapping, const machine::Machine& machine) {
  const auto& rows = dynamic_cast<const array::StackedRows&>(*machine.arrays().array);
  base::RandomStream random(1, 0, base::key_of("inputs of gates"));
  for (const program::Stage& stage : mapping.program.stages) {
    const auto* product = std::get_if<program::Product>(&stage.operation);
    if (product == nullptr) continue;
    const auto plan = std::dynamic_pointer_cast<const array::StackedRowsPlan>(
        std::get<program::Cells>(mapping.program[product->held].where).plan);
    const network::Node& node = mapping.network.nodes[product->node];
    const std::vector<int32_t> weights = execution::weight_codes(mapping.network.value(node.inputs[1]));
    const tensor::FixedPoint& format = plan->formats.input;
    std::vector<int32_t> inputs(static_cast<size_t>(2 * plan->shape.groups * plan->shape.rows));
    for (int32_t& x : inputs)
      x = format.least() +
          static_cast<int32_t>(random.below(static_cast<uint64_t>(format.most() - format.least() + 1)));
    std::vector<int64_t> sums(static_cast<size_t>(2 * plan->sums()));
    array::Tally tally;
    rows.program(plan, weights, 1, 1)->multiply(inputs, 2, sums, tally);
    EXPECT_EQ(sums, array::testing::sums_of_gates(rows, *plan, inputs, weights, 2)) << stage.name;
  }
}

/// Traffic signs by the networks of VNN-COMP 2023 whose weights are 1 and -1: pixels of 8 bits, then signs.
TEST(Bnn3d, RealBinarizedNetworksChooseAsTheReference) {
  const std::string folder = OHMWEAVE_REFERENCE_DATA;
  if (!std::filesystem::exists(folder + "/models/gtsrb_bnn")) GTEST_SKIP() << "no reference data in " << folder;
  for (const std::string size : {"30x30", "48x48"}) {
    const network::Graph graph = network::load(folder + "/models/gtsrb_bnn/bnn_" + size + ".onnx").graph;
    const Tensor samples = network::read_npy(folder + "/datasets/gtsrb/test_" + size + "_500_x_u8.npy")
                               .slice(0, base::testing::kSanitized ? 4 : 40)
                               .to(tensor::Element::Float32);
    const machine::Machine machine = machine::load("bnn3d");
    const mapping::Mapping mapping = mapped(graph, machine, samples);
    for (const mapping::Layer& layer : mapping.layers) EXPECT_TRUE(layer.lossless) << layer.name;
    execution::Functional functional(mapping.program, mapping.network, machine, 1);
    EXPECT_EQ(choices(functional.run(std::vector{samples})[0]),
              choices(network::Reference(graph).run(std::vector{samples})[0]))
        << size;
    expect_gates(mapping, machine);
  }
}

TEST(Bnn3d, OurBinarizedDigitsChooseAsTheReferenceOnBothSchemes) {
  const network::Graph graph = network::load("digits-bnn").graph;
  network::Feed feed(graph, network::open_inputs({"digits"}, {}, {}), {});
  const std::vector<Tensor> samples = feed.batch(0, 200);
  const std::vector<int64_t> want = choices(network::Reference(graph).run(samples)[0]);
  EXPECT_EQ(choices_of(graph, "bnn3d", samples[0]), want);
  EXPECT_EQ(choices_of(graph, kOriginal, samples[0]), want);
  const machine::Machine machine = machine::load("bnn3d");
  expect_gates(mapped(graph, machine, samples[0]), machine);
}

TEST(Bnn3d, NetworksWithOtherWeightsAreRefusedLayerByLayer) {
  const network::Graph graph = network::load("digits-cnn").graph;
  network::Feed feed(graph, network::open_inputs({"digits"}, {}, {}), {});
  try {
    choices_of(graph, "bnn3d", feed.batch(0, 4)[0]);
    FAIL();
  } catch (const base::Failure& failure) {
    for (const char* layer : {"conv1", "conv2", "dense1", "scores"})
      EXPECT_THAT(failure.what(), testing::HasSubstr(std::string(layer) + ": error: "));
    EXPECT_THAT(failure.what(), testing::HasSubstr("are neither 1 nor -1"));
  }
}

}  // namespace
}  // namespace ohmweave::report
