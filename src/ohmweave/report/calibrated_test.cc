// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/calibrated.h"

#include <gtest/gtest.h>

#include "ohmweave/array/composed_plan.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/feed.h"
#include "ohmweave/network/network.h"

namespace ohmweave::report {
namespace {

machine::Machine composed(const std::string& window) {
  return machine::load(OHMWEAVE_TEST_DATA "/machine/composed.yaml", {{"chip.bank.mat.pair.window", window}});
}

std::vector<std::shared_ptr<const array::ComposedPlan>> plans(const mapping::Mapping& m) {
  std::vector<std::shared_ptr<const array::ComposedPlan>> out;
  for (const program::Store& store : m.program.stores) {
    if (const auto* cells = std::get_if<program::Cells>(&store.where))
      out.push_back(std::dynamic_pointer_cast<const array::ComposedPlan>(cells->plan));
  }
  return out;
}

struct Digits {
  network::Loaded network = network::load("digits-cnn");
  network::Feed feed{network.graph, network::open_inputs({"digits"}, {}, {}), {}};
  std::vector<tensor::Tensor> samples = feed.batch(0, 24);
};

TEST(Observe, PlansKnowTheSumsOfTheData) {
  Digits d;
  const machine::Machine machine = composed("calibrated");
  mapping::Options options;
  const auto blind = plans(calibrated_mapping(d.network.graph, machine, options, 1));
  options.calibration = d.samples.data();
  base::use_threads(1);
  const mapping::Mapping mapping = calibrated_mapping(d.network.graph, machine, options, 1);
  base::use_threads(0);
  const auto told = plans(mapping), again = plans(calibrated_mapping(d.network.graph, machine, options, 1));
  ASSERT_EQ(told.size(), blind.size());
  ASSERT_FALSE(told.empty());
  for (size_t k = 0; k < told.size(); ++k) {
    EXPECT_EQ(blind[k]->window, blind[k]->full_window);
    EXPECT_LT(told[k]->window, told[k]->full_window) << "no layer uses all of its range";
    EXPECT_EQ(told[k]->window, again[k]->window) << "with any number of threads";
  }
  // What the arrays do afterwards is what the plans say.
  execution::Functional functional(mapping.program, mapping.network, machine, 1);
  functional.run(d.samples);
  int64_t bits = 0, planned = 0;
  for (const array::Tally& tally : functional.activity().tallies) {
    for (const auto& [key, n] : tally) bits += key.second == circuit::Verb::Convert ? n : 0;
  }
  for (const program::Stage& stage : mapping.program.stages) {
    const auto* p = std::get_if<program::Product>(&stage.operation);
    if (p == nullptr) continue;
    const auto& cells = std::get<program::Cells>(mapping.program[p->held].where);
    int64_t vectors = 0;
    for (const array::Use& use : cells.plan->uses) {
      const auto& tally =
          functional.activity().tallies[static_cast<size_t>(&stage - mapping.program.stages.data())];
      if (use.verb == circuit::Verb::Drive) vectors = tally.at({use.on, use.verb}) / use.count;
    }
    for (const array::Use& use : cells.plan->uses)
      planned += use.verb == circuit::Verb::Convert ? use.count * vectors : 0;
  }
  EXPECT_GT(bits, 0);
  EXPECT_EQ(bits, planned);
}

TEST(Observe, ArraysThatDoNotAskAreCompiledOnce) {
  Digits d;
  mapping::Options options;
  options.calibration = d.samples.data();
  const auto full = plans(calibrated_mapping(d.network.graph, composed("full"), options, 1));
  for (const auto& plan : full) EXPECT_EQ(plan->window, plan->full_window);
}

}  // namespace
}  // namespace ohmweave::report
