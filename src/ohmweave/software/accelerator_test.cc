// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/software/accelerator.h"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::software {
namespace {

using tensor::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "";
}

std::vector<float> values(const Tensor& t) { return {t.data<float>().begin(), t.data<float>().end()}; }

Accelerator ready() {
  Accelerator a("isaac");
  a.map_topology("digits-cnn");
  a.program_weight(a.calibration("digits"));
  a.config_datapath();
  return a;
}

TEST(Accelerator, StepsComeInTheirOrder) {
  Accelerator a("isaac");
  const std::vector<Tensor> none;
  EXPECT_THAT(message_of([&] { a.run(none); }), HasSubstr("map_topology() comes first"));
  EXPECT_THAT(message_of([&] { a.program_weight(none); }), HasSubstr("map_topology() comes first"));
  EXPECT_THAT(message_of([&] { a.post_proc(none); }), HasSubstr("map_topology() comes first"));
  EXPECT_THAT(message_of([&] { a.samples("digits", 1); }), HasSubstr("map_topology() comes first"));
  a.map_topology("digits-cnn");
  EXPECT_THAT(message_of([&] { a.config_datapath(); }), HasSubstr("program_weight() comes first"));
  a.program_weight(a.calibration("digits"));
  EXPECT_THAT(message_of([&] { a.run(none); }), HasSubstr("config_datapath() comes first"));
  a.config_datapath();
  EXPECT_EQ(a.run(a.samples("digits", 2))[0].shape(), (tensor::Shape{2, 10}));
  a.map_topology("digits-cnn");  // begins anew
  EXPECT_THAT(message_of([&] { a.run(none); }), HasSubstr("program_weight() comes first"));
}

TEST(Accelerator, WrongInputsAreTold) {
  Accelerator a = ready();
  EXPECT_THAT(message_of([&] { a.run(std::vector<Tensor>{}); }), HasSubstr("has 1 input, 0 were given"));
  const std::vector<Tensor> wrong{Tensor(tensor::Element::Float32, {2, 1, 27, 28})};
  EXPECT_THAT(message_of([&] { a.run(wrong); }), HasSubstr("is 2x1x27x28, the network takes 1x1x28x28"));
  const std::vector<Tensor> flat{Tensor(tensor::Element::Float32, {784})};
  EXPECT_THAT(message_of([&] { a.run(flat); }), HasSubstr("is 784"));
  EXPECT_THAT(message_of([&] { a.program_weight(wrong); }), HasSubstr("program_weight()"));
  EXPECT_EQ(a.run(a.samples("digits", 1)).size(), 1U) << "still as before";
  EXPECT_THAT(message_of([&] { a.samples("digits", 100000000); }), HasSubstr("were asked for"));
  EXPECT_THAT(message_of([&] { a.map_topology("vgg-dd"); }), HasSubstr("vgg-d"));
  Accelerator small("isaac", {{"chips=1"}});
  EXPECT_THAT(message_of([&] { small.map_topology("vgg-d"); }), HasSubstr("chips would hold it"));
  EXPECT_THAT(message_of([] { Accelerator("isaac", {{"chip.tile.ima.adc.bitz=7"}}); }), HasSubstr("bits"));
}

TEST(Accelerator, NetworksWithoutWeightsNeedSome) {
  Accelerator a("isaac"), random("isaac", {{}, 1, true});
  for (Accelerator* one : {&a, &random}) one->map_topology("mlp-s");
  const network::Graph network = network::load("mlp-s").graph;
  const std::vector<Tensor> calibration{
      Tensor(tensor::Element::Float32, network.value(network.inputs[0]).shape)};
  EXPECT_THAT(message_of([&] { a.program_weight(calibration); }), HasSubstr("random_weights"));
  EXPECT_GT(random.program_weight(calibration).cells, 0);
}

TEST(Accelerator, CostsGrowStepByStep) {
  Accelerator a("isaac");
  a.map_topology("digits-cnn");
  EXPECT_FALSE(a.costs().programming || a.costs().inference);
  const double cells = static_cast<double>(a.program_weight(a.calibration("digits")).cells);
  EXPECT_EQ(static_cast<double>(a.costs().programming->cells), cells);
  EXPECT_EQ(a.costs().configuration_commands, 0);
  const report::Listing& listing = a.config_datapath();
  EXPECT_THAT(report::violations(listing), IsEmpty());
  EXPECT_EQ(a.costs().configuration_commands, static_cast<int64_t>(listing.configuration.size()));
  a.run(a.samples("digits", 3));
  a.run(a.samples("digits", 5));
  const Costs costs = a.costs();
  const report::Report same = report::estimate(
      network::load("digits-cnn"), std::make_shared<const machine::Machine>(machine::load("isaac")));
  EXPECT_EQ(costs.inference->latency_s, same.costs->latency_s);
  EXPECT_EQ(costs.inference->energy_per_inference_J, same.costs->energy_per_inference_J);
  EXPECT_EQ(costs.samples, 8);
  EXPECT_NEAR(costs.energy_J, 8 * same.costs->energy_per_inference_J, 1e-15);
  EXPECT_NEAR(costs.time_s, 2 * same.costs->latency_s + 6 / same.costs->throughput_per_s, 1e-12);
}

// However a batch is cut, and whichever object computes it.
TEST(Accelerator, ValuesDoNotDependOnBatchesOrObjects) {
  Accelerator a = ready(), b = ready();
  const std::vector<Tensor> all = a.samples("digits", 6);
  const std::vector<float> once = values(a.run(all)[0]);
  std::vector<float> pieces;
  for (int64_t k = 0; k < 6; k += 2) {
    const std::vector<Tensor> part{all[0].slice(k, k + 2)};
    const std::vector<float> own = values(b.run(part)[0]);
    pieces.insert(pieces.end(), own.begin(), own.end());
  }
  EXPECT_EQ(once, pieces);
}

TEST(Accelerator, PostProcessingIsSoftmaxAndOrder) {
  Accelerator a("isaac");
  a.map_topology("digits-cnn");
  const std::vector<Tensor> outputs{
      Tensor::of<float>({2, 3}, std::vector<float>{0, std::log(2.F), std::log(5.F), 7, 7, -100})};
  const auto guesses = a.post_proc(outputs, 2, {"ant", "bee", "cat"});
  ASSERT_EQ(guesses.size(), 2U);
  ASSERT_EQ(guesses[0].size(), 2U);
  EXPECT_EQ(guesses[0][0].name, "cat");
  EXPECT_NEAR(guesses[0][0].probability, 5.0 / 8, 1e-6);
  EXPECT_EQ(guesses[0][1].label, 1);
  EXPECT_NEAR(guesses[0][1].probability, 2.0 / 8, 1e-6);
  EXPECT_EQ(guesses[1][0].label, 0) << "the first of equals";
  EXPECT_EQ(a.post_proc(outputs, 99)[0].size(), 3U);
  EXPECT_THAT(message_of([&] { a.post_proc(outputs, 1, {"ant"}); }),
              HasSubstr("1 names were given for 3 classes"));
  EXPECT_THAT(message_of([&] { a.post_proc(outputs, 0); }), HasSubstr("at least one"));
}

}  // namespace
}  // namespace ohmweave::software
