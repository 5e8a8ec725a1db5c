// SPDX-License-Identifier: Apache-2.0
// What remedies do for a trained network on devices that err. What devices do to it is claimed in
// library/claims/devices.yaml.
#include <gtest/gtest.h>

#include "ohmweave/base/testing/sanitized.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/network/calibration.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/calibrated.h"
#include "ohmweave/report/measure.h"

namespace ohmweave::report {
namespace {

const std::string kArray = "chip.tile.ima.crossbar", kCell = kArray + ".cell";
using Changes = std::vector<config::Override>;

/// Share of right digits of ISAAC's arrays with 8-bit operands in differential pairs.
double accuracy(const Changes& more, bool recalibrates = false) {
  static const network::Loaded loaded = network::load("digits-cnn");
  static const network::Feed feed(loaded.graph, network::open_inputs({"digits"}, {}, {}), {});
  static const std::vector<tensor::Tensor> calibration = network::draw_samples(*feed.training_split(), 64, 1);
  Changes changes{{"precision.input", "8"},
                  {"precision.weight", "8"},
                  {kArray + ".encoding", "differential"},
                  {kArray + ".unit_column", "false"}};
  changes.insert(changes.end(), more.begin(), more.end());
  const machine::Machine machine = machine::load("isaac", changes);
  mapping::Options options;
  options.calibration = calibration.data();
  const mapping::Mapping mapping = calibrated_mapping(loaded.graph, machine, options, 1);
  MeasureOptions how;
  how.samples = 100;
  how.quiet = true;
  execution::Functional functional(mapping.program, mapping.network, machine, 1);
  if (recalibrates) functional.recalibrate(calibration);
  const Executor ours = [&](std::span<const tensor::Tensor> inputs) { return functional.run(inputs); };
  return measure(loaded.graph, feed, ours, nullptr, how).find("top1")->exact;
}

TEST(DeviceTrends, RemediesGiveBackWhatIsLost) {
  if (base::testing::kSanitized)
    GTEST_SKIP() << "minutes under sanitizers, which see the same code in smaller tests";
  const Changes faults{{kCell + ".faults", "{stuck_on: 0.002, stuck_off: 0.004}"}};
  Changes moved = faults;
  moved.push_back({kArray + ".fault_remapping", "true"});
  EXPECT_GT(accuracy(moved), accuracy(faults));
  const Changes old{{"device", "pcm_nandakumar"}, {"time", "300 day"}};
  Changes scaled = old;
  scaled.push_back({kArray + ".drift_compensation", "true"});
  const double drifted = accuracy(old);
  EXPECT_GT(accuracy(scaled), drifted);
  EXPECT_GT(accuracy(old, true), drifted) << "with batch normalization calibrated again";
}

}  // namespace
}  // namespace ohmweave::report
