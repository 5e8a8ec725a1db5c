// SPDX-License-Identifier: Apache-2.0
// The cycle formulas that papers print for inference emerge from the machines' programs.
#include <numeric>

#include <gtest/gtest.h>

#include "ohmweave/execution/timing/testing/reference.h"
#include "ohmweave/execution/timing/testing/run.h"
#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/counts.h"
#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::execution {
namespace {

using namespace program::testing;
using circuit::Verb;
using program::Program;

void expect_same_without_skipping(const Program& p) {
  const Timing skipped = run(p), all = run(p, false);
  EXPECT_TRUE(skipped.steady);
  EXPECT_GT(skipped.skipped, all.firings * 9 / 10);
  EXPECT_EQ(skipped.end, all.end);
  for (size_t s = 0; s < p.stages.size(); ++s) EXPECT_EQ(skipped.stages[s].starts, all.stages[s].starts);
}

// --- ISAAC (ISCA 2016): Fig. 4b, Section III-A, Section IV
// ------------------------------------------------------------
Program isaac_layer(int64_t y, int64_t x) {
  Builder b;
  add(b, {"one", 1, y, x});
  return b.program;
}

TEST(Isaac, AnOperationTakes22CyclesAndTheNextBeginsAfter16) {
  EXPECT_EQ(end(isaac_layer(1, 1)), 22 * kIsaacCycle);
  EXPECT_EQ(end(isaac_layer(1, 10)), (22 + 9 * 16) * kIsaacCycle);
  EXPECT_EQ(end(isaac_layer(100, 100)), (22 + 9999 * 16) * kIsaacCycle);
}

TEST(Isaac, MaxPoolingMakesIt27OnTheSamePort) {
  Builder b;
  add(b, {"one", 1, 2, 2});
  add_pool(b, "pool", 1, 1, "one");
  const Timing t = run(b.program);
  EXPECT_EQ(t.end - t.stages[0].last_start, 27 * kIsaacCycle);

  Builder large;  // a pooling operation every 64 cycles slips into the gaps of the port: no cycle is lost
  add(large, {"one", 1, 16, 16});
  add_pool(large, "pool", 1, 8, "one");
  EXPECT_EQ(run(large.program).stages[0].last_finish, (22 + 255 * 16) * kIsaacCycle);
}

TEST(Isaac, EachLayerFollowsAtTheDistanceOfItsWindow) {
  const int64_t side = 10;  // a 3x3 window needs one row and one vector more before it begins
  for (int64_t layers : {1, 2, 5}) {
    Builder b;
    std::string source;
    for (int64_t k = 0; k < layers; ++k) {
      const std::string name = "conv" + std::to_string(k);
      add(b, {name, 1, side, side, source});
      source = "out." + name;
    }
    EXPECT_EQ(end(b.program),
              (22 + (side * side - 1) * 16 + (layers - 1) * ((side + 1) * 16 + 22)) * kIsaacCycle);
  }
}

TEST(Isaac, BuffersAreAsLargeAsThePaperSays) {
  const int64_t nx = 12, k = 3;
  for (bool by_row : {false, true}) {
    const int64_t least = by_row ? nx * k : nx * (k - 1) + k;
    Builder b;
    add(b, {"a", 1, 8, nx});
    add(b, {"b", 1, 8, nx, "out.a", 1, k, 1, by_row});
    EXPECT_EQ(program::least_capacities(b.program)[0], least);
    b.capacity("out.a", least);
    EXPECT_TRUE(time(b.program).deadlock.empty());
    b.capacity("out.a", least - 1);
    EXPECT_FALSE(time(b.program).deadlock.empty());
  }
}

TEST(Isaac, CopiesBringAllLayersToOnePace) {
  EXPECT_EQ(isaac_copies({1, 2, 1, 2, 1}), (std::vector<int64_t>{16, 16, 4, 4, 1}));
  auto cycles_per_image = [](bool balanced) {
    const Timing t = run(isaac_toy(30, balanced));
    EXPECT_TRUE(t.steady);
    const std::vector<Picoseconds>& images = t.stages[4].epoch_finish;
    EXPECT_EQ(images[29] - images[28], t.period / t.period_trips);
    return (images[29] - images[28]) / kIsaacCycle;
  };
  EXPECT_EQ(cycles_per_image(true), 16 * 16);  // firings of the last layer
  EXPECT_EQ(cycles_per_image(false), 256 * 16);
  expect_same_without_skipping(isaac_toy(200, true));
}

TEST(Isaac, EveryPixelOfVgg16IsCounted) {
  const Timing t = run(vgg16(1, false));
  EXPECT_EQ(t.firings, 154500);
  // The first layer never waits; it alone takes 224*224 firings of 16 cycles.
  EXPECT_EQ(t.stages[0].last_finish, (22 + (224 * 224 - 1) * 16) * kIsaacCycle);
  const Timing shared = run(vgg16(1, true));
  EXPECT_GE(shared.end, t.end);
  EXPECT_LT(shared.end, t.end + t.end / 100);  // ports are busy 2 of 16 cycles per layer
}

// --- PRIME (ISCA 2016): Section IV-B
// ------------------------------------------------------------------------------
TEST(Prime, SixtyFourBanksTakeTheTimeOfOne) {
  const Picoseconds compute = 5000 * kNs, load = 10 * kNs;
  EXPECT_EQ(end(prime_lanes(64, compute)), compute);
  EXPECT_EQ(end(prime_lanes(65, compute)), 2 * compute);
  EXPECT_EQ(end(prime_bus(64, compute, load)), 64 * load + compute);
  EXPECT_EQ(end(prime_bus(128, compute, load)), 64 * load + 2 * compute);  // bank by bank
}

TEST(Prime, ANetworkOverBanksIsAPipeline) {
  const std::vector<Picoseconds> banks = {7, 9, 4};
  for (int64_t images : {1, 2, 50, 1000}) EXPECT_EQ(end(pipeline(banks, images)), 20 + (images - 1) * 9);
}

// --- INCA (HPCA 2023)
// ---------------------------------------------------------------------------------------------
TEST(Inca, SixtyFourPlanesTakeTheTimeOfOne) {
  const std::vector<Inca::Layer> layers = {{4, 16}, {8, 16}, {8, 4}};
  const Picoseconds read = 200 * kNs, write = 50 * kNs;
  const Picoseconds one = end(inca({1, 64, 1, layers}));
  EXPECT_EQ(end(inca({64, 64, 1, layers})), one);
  EXPECT_GT(end(inca({65, 64, 1, layers})), one);
  // A layer begins when positions 0 and 1 of the last channel before it are written.
  const Picoseconds second = (3 * 16 + 2) * read + write, third = second + (7 * 16 + 2) * read + write;
  EXPECT_EQ(one, third + 8 * 4 * read + write);
  const Picoseconds serial = end(inca({64, 1, 1, layers}));
  EXPECT_GT(serial, 30 * one);
  EXPECT_LE(serial, 64 * one);
}

TEST(Inca, PlanesShareOneStreamOfWeights) {
  auto counted = [](int64_t planes, const std::string& resource, Verb verb) {
    Program p = inca({64, planes, 1, {{4, 16}, {8, 16}, {8, 4}}});
    for (uint32_t r = 0; r < p.resources.size(); ++r) {
      if (p.resources[r].name == resource) return program::count_actions(p).at({r}, verb);
    }
    return int64_t{-1};
  };
  EXPECT_EQ(counted(64, "macro1", Verb::Read), counted(1, "macro1", Verb::Read));
  EXPECT_EQ(64 * counted(64, "weights1", Verb::Move), counted(1, "weights1", Verb::Move));
}

// --- ReTransformer (ICCAD 2020): Section 3
// ------------------------------------------------------------------------
TEST(ReTransformer, ReorderingHidesTheWrites) {
  for (int64_t n : {16, 64}) {
    auto t = [&](bool reordered, bool by_row, Picoseconds write) {
      return end(attention({n, reordered, by_row, write}));
    };
    EXPECT_EQ(t(false, false, 1), 4 * n);  // K, write K^T, Q K^T, S V
    EXPECT_EQ(t(false, true, 1), 2 * n + 2);
    EXPECT_EQ(t(false, false, 2) - t(false, false, 1), n);  // slower writes are paid in full
    EXPECT_EQ(t(true, false, 2), t(true, false, 1));        // or not at all
  }
}

TEST(ReTransformer, SubMatrixPipelineOverlapsRows) {
  for (int64_t n : {16, 64}) {
    // Q, R = Q Wk^T row behind row, X written meanwhile; then scores, P row by row behind, out behind P.
    Attention a{n, true, true, 1};
    Attention whole{n, true, false, 1};
    EXPECT_LT(end(attention_scores(a)), end(attention_scores(whole)));
    EXPECT_EQ(end(attention_scores(whole)), 3 * n);  // Q | R | scores
    EXPECT_EQ(end(attention_scores(a)), 2 * n);      // rows of the scores wait for all of X only
  }
}

TEST(ReTransformer, CausalAttentionFollowsTheWritesRowByRow) { EXPECT_EQ(end(causal_attention(10)), 31); }

TEST(Transformer, TokensFlowOrTakeTurns) {
  const std::vector<Picoseconds> stages = {5, 3, 9, 4};
  for (int64_t n : {1, 20, 500}) {
    EXPECT_EQ(end(tokens(stages, n, false)), 21 + (n - 1) * 9);
    EXPECT_EQ(end(tokens(stages, n, true)), n * 21);
  }
}

// --- ReCom (DATE 2018), BSB (Hu et al., DAC 2012), 3D-BNN, several chips, too small chips
// ------------------------------
TEST(ReCom, InLayerPipelineHidesTheFetch) {
  const std::vector<int64_t> dense(40, 5), sparse = [] {
    std::vector<int64_t> out;
    for (int64_t k = 0; k < 40; ++k)
      out.push_back(std::vector<int64_t>{0, 4, 0, 5, 2}[static_cast<size_t>(k % 5)]);
    return out;
  }();
  EXPECT_EQ(end(recom(40, 3, dense, true)), 3 + 40 * 5);  // the slower of the two
  EXPECT_EQ(end(recom(40, 7, dense, true)), 40 * 7 + 5);
  const int64_t live = std::accumulate(sparse.begin(), sparse.end(), int64_t{0});
  EXPECT_EQ(end(recom(40, 3, sparse, false)), 40 * 3 + live);  // the sum
  EXPECT_LT(end(recom(40, 3, sparse, true)), 40 * 3 + live);
}

TEST(Bsb, ARecallTakesItsIterationsAndARaceThoseOfOne) {
  EXPECT_EQ(end(bsb({3, 4, 12, 1, 7}, 12)), 10 * (3 + 4 + 12 + 1 + 7));
  EXPECT_EQ(end(bsb_race(26, 4, 12)), 40);
}

TEST(Stack, CarrySelectUsesItsLayersAtOnce) {
  for (const auto& [bits, gain] : {std::pair{4, 5}, {32, 41}}) {
    EXPECT_EQ(end(carry_select(bits, 9)), 9 * (10 * (bits / 2) + 2));
    EXPECT_EQ(end(ripple_multiply(bits, 9)) / (9 * 10 * bits), gain);  // the gain that 3D-BNN reports
  }
}

TEST(SeveralChips, ASharedLinkSetsThePace) {
  EXPECT_EQ(end(shared_link(20)), 16 + 20 * 20 + 16);
  expect_same_without_skipping(shared_link(400));
}

TEST(TakingTurns, ProgrammingIsPaidOncePerRound) {
  EXPECT_EQ(end(two_contents(4, 8, 100, 3)), 4 * 2 * (100 + 8 * 3));
  EXPECT_EQ(end(segments(3, 8, 100, 7)), 3 * (100 + 8 * 7));
}

TEST(Residual, TheSkipStoreHasToCoverTheOtherPath) {
  const Timing unlimited = run(residual(9, program::kUnlimited));
  const int64_t depth = unlimited.stores[0].depth;
  EXPECT_EQ(run(residual(9, depth)).end, unlimited.end);
  const Timing less = time(residual(9, depth - 1));
  EXPECT_TRUE(!less.deadlock.empty() || less.end > unlimited.end);
}

}  // namespace
}  // namespace ohmweave::execution
