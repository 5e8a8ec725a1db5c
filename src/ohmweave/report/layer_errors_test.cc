// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/layer_errors.h"

#include <cmath>

#include <gtest/gtest.h>

#include "ohmweave/network/data.h"
#include "ohmweave/network/feed.h"
#include "ohmweave/network/network.h"

namespace ohmweave::report {
namespace {

struct Sampled {
  explicit Sampled(const std::string& design) : machine(machine::load(design)) {
    options.calibration = samples.data();
    mapping = mapping::compile(network.graph, machine, options);
    functional = std::make_unique<execution::Functional>(mapping.program, mapping.network, machine, 1);
    errors = layer_errors(*functional, mapping, samples);
  }
  network::Loaded network = network::load("digits-cnn");
  network::Feed feed{network.graph, network::open_inputs({"digits"}, {}, {}), {}};
  std::vector<tensor::Tensor> samples = feed.batch(0, 16);
  machine::Machine machine;
  mapping::Options options;
  mapping::Mapping mapping;
  std::unique_ptr<execution::Functional> functional;
  std::vector<LayerError> errors;
};

TEST(LayerErrors, NameEveryLayerThatStoresAResult) {
  const Sampled run("isaac");
  std::vector<std::string> names;
  for (const LayerError& e : run.errors) names.push_back(e.layer);
  EXPECT_EQ(names, (std::vector<std::string>{"conv1", "pool1", "conv2", "pool2", "dense1", "scores"}));
}

TEST(LayerErrors, ArraysWithoutLossAddNothing) {
  for (const LayerError& e : Sampled("isaac").errors) {
    EXPECT_GT(e.rounded, 0) << e.layer;
    EXPECT_LT(e.rounded, 0.001) << e.layer;  // 16 bits
    EXPECT_EQ(e.made, e.rounded) << e.layer;
  }
}

TEST(LayerErrors, NarrowConvertersAddTheirs) {
  for (const LayerError& e : Sampled("isaac:chip.tile.ima.adc.bits=5").errors)
    EXPECT_GT(e.made, 2 * e.rounded) << e.layer;
}

TEST(LayerErrors, TheLastIsTheErrorOfTheOutputs) {
  Sampled run("isaac:chip.tile.ima.adc.bits=6");
  const tensor::Tensor ours = run.functional->run(run.samples)[0];
  const tensor::Tensor exact = network::Reference(run.network.graph).run(run.samples)[0];
  double off = 0, all = 0;
  for (size_t k = 0; k < exact.data<float>().size(); ++k) {
    off += std::pow(ours.data<float>()[k] - exact.data<float>()[k], 2);
    all += std::pow(exact.data<float>()[k], 2);
  }
  EXPECT_NEAR(run.errors.back().made, std::sqrt(off / all), 1e-6);
}

TEST(LayerErrors, LookingCountsNothing) {
  const Sampled run("isaac");
  EXPECT_EQ(run.functional->activity().samples, 0);
}

}  // namespace
}  // namespace ohmweave::report
