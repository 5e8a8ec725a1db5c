// SPDX-License-Identifier: Apache-2.0
// The cycle formulas that papers print for training emerge from the machines' programs.
#include <algorithm>

#include <gtest/gtest.h>

#include "ohmweave/execution/timing/testing/run.h"
#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/testing/machines.h"

namespace ohmweave::execution {
namespace {

using namespace program::testing;
using program::Program;

/// Depth of the buffer of layer l's output.
int64_t depth_of_d(const Program& p, const Timing& t, int64_t l) {
  for (size_t k = 0; k < p.stores.size(); ++k) {
    if (p.stores[k].name == "d" + std::to_string(l)) return t.stores[k].depth;
  }
  return -1;
}

// --- PipeLayer (HPCA 2017): Section 3.3, Fig. 7, Table 2
// --------------------------------------------------------------
TEST(PipeLayer, CyclesWithAndWithoutPipelineAreThoseOfThePaper) {
  for (int64_t l = 1; l <= 6; ++l) {
    for (int64_t b = 1; b <= 8; ++b) {
      for (int64_t n : {2 * b, 4 * b}) {
        EXPECT_EQ(end(pipelayer({l, b, n, false})), (2 * l + 1) * n + n / b) << l << " layers, batch " << b;
        EXPECT_EQ(end(pipelayer({l, b, n, true})), (n / b) * (2 * l + b + 1)) << l << " layers, batch " << b;
      }
    }
  }
}

TEST(PipeLayer, BuffersAreAsDeepAsThePaperSays) {
  for (int64_t layers = 1; layers <= 6; ++layers) {
    for (int64_t b = 1; b <= 16; ++b) {
      const Program p = pipelayer({layers, b, 2 * b, true});
      const Timing t = run(p);
      for (int64_t l = 1; l <= layers; ++l)
        EXPECT_EQ(depth_of_d(p, t, l), std::min(b, 2 * (layers - l) + 1)) << layers << " layers, batch " << b;
    }
  }
}

TEST(PipeLayer, ThatDepthCostsNoCycleAndOneEntryLessDoes) {
  for (int64_t layers = 2; layers <= 5; ++layers) {
    const int64_t b = 16;
    Training t{layers, b, 2 * b};
    for (int64_t l = 1; l <= layers; ++l) t.entries[l] = 2 * (layers - l) + 1;
    EXPECT_EQ(end(pipelayer(t)), 2 * (2 * layers + b + 1));
    --t.entries[1];
    EXPECT_GT(end(pipelayer(t)), 2 * (2 * layers + b + 1));
  }
}

TEST(PipeLayer, AnEpochOfImageNetIsExactWithoutWalkingThroughIt) {
  const int64_t layers = 5, b = 64, n = 1280000;
  TimingOptions o;
  o.keep_epoch_finishes = false;
  const Timing t = time(pipelayer({layers, b, n}), o);
  EXPECT_EQ(t.end, (n / b) * (2 * layers + b + 1));
  EXPECT_TRUE(t.steady);
  EXPECT_EQ(t.period, t.period_trips * (2 * layers + b + 1));
  EXPECT_GT(t.skipped, t.firings * 99 / 100);
}

TEST(PipeLayer, SkippedBatchesStartAsWalkedOnes) {
  const Program p = pipelayer({4, 8, 8 * 300});
  const Timing skipped = run(p), all = run(p, false);
  EXPECT_EQ(skipped.end, all.end);
  EXPECT_GT(skipped.skipped, 0);
  for (size_t s = 0; s < p.stages.size(); ++s) EXPECT_EQ(skipped.stages[s].starts, all.stages[s].starts);
}

TEST(PipeLayer, InLockstepTheSlowestStageSetsTheCycle) {
  const int64_t layers = 3, b = 8, n = 16;
  const Timing t = run(pipelayer_lockstep({layers, b, n}, 7, 3));
  EXPECT_EQ(t.end, 7 * ((n / b) * (2 * layers + b + 1)));
}

// --- ReGAN (ASP-DAC 2018): Section IV
// -----------------------------------------------------------------------------
TEST(ReGan, CyclesOfAStepAreThoseOfThePaper) {
  for (int64_t g = 1; g <= 5; ++g) {
    for (int64_t d = 1; d <= 5; ++d) {
      for (int64_t m : {1, 4, 9}) {
        EXPECT_EQ(end(regan(g, d, m, GanMode::Serial)), 3 * g + 6 * d + 3 * m + 2);
        EXPECT_EQ(end(regan(g, d, m, GanMode::Spatial)), 3 * g + 4 * d + 2 * m + 2);
        EXPECT_EQ(end(regan(g, d, m, GanMode::Shared)), 2 * g + 2 * d + m + 2);
        EXPECT_LE(end(regan(g, d, m, GanMode::SharedEarly)), 2 * g + 2 * d + m + 2);
        // Without pipeline a sample passes 2D+1, G+2D+1 and 2G+2D+1 stages, one by one; two updates.
        EXPECT_EQ(end(regan(g, d, m, GanMode::Unpipelined)), m * (3 * g + 6 * d + 3) + 2);
      }
    }
  }
}

// --- FloatPIM (ISCA 2019): Section 4, Fig. 9
// ----------------------------------------------------------------------
TEST(FloatPim, LockstepTakesThreePhasesPerCycle) {
  const Picoseconds mac = kFloatPimMultiply + kFloatPimAdd, move = 2 * 16 * 1100;  // bfloat16
  EXPECT_EQ(kFloatPimMultiply, 396000);
  EXPECT_EQ(kFloatPimAdd, 366800);
  const std::vector<Picoseconds> compute = {9 * mac, 27 * mac, 18 * mac, 45 * mac, 12 * mac};
  for (int64_t n : {1, 2, 7, 20}) {
    FloatPim f{compute, n, move, move};
    EXPECT_EQ(end(floatpim(f)), (n + 4) * (45 * mac + 2 * move));
    f.how = FloatPim::Free;
    EXPECT_LE(end(floatpim(f)), (n + 4) * (45 * mac + 2 * move));
    EXPECT_GE(end(floatpim(f)), n * 45 * mac);
  }
}

TEST(FloatPim, WithoutSwitchesTransfersTakeTurns) {
  // Equal blocks on one bus: a cycle is a computation and all transfers, once the pipeline is full.
  const Picoseconds compute = 1000, move = 10;
  const int64_t blocks = 4;
  const FloatPim switches{std::vector<Picoseconds>(blocks, compute), 200, move, move, FloatPim::Free};
  FloatPim bus = switches;
  bus.how = FloatPim::OneBus;
  const Timing a = run(floatpim(switches)), b = run(floatpim(bus));
  EXPECT_EQ(a.period / a.period_trips, compute + 2 * move);
  EXPECT_GE(b.end, a.end);
}

TEST(FloatPim, TrainingInOneBlockTakesTurns) {
  const Picoseconds mac = kFloatPimMultiply + kFloatPimAdd;
  EXPECT_EQ(end(floatpim_training(3, 4)), 3 * (8 * mac + kFloatPimMultiply));
}

// --- INCA (HPCA 2023): training in place
// --------------------------------------------------------------------------
TEST(Inca, CellsAreWrittenTwicePerBatchInTraining) {
  // One after the other: conv, write per layer forwards; delta, overwrite per layer backwards.
  EXPECT_EQ(end(inca_in_place(3)), 2 * 3 * (25 + 50));
}

}  // namespace
}  // namespace ohmweave::execution
