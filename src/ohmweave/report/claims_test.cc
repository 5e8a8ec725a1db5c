// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/claims.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/files.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/base/testing/sanitized.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {
namespace {

using network::message_of;
using network::TemporaryFolder;
using testing::HasSubstr;

constexpr const char* kHead = R"(format: ohmweave-claims/1
sources: {paper: "A paper, 2016"}
claims:
)";

/// A folder with ISAAC's design and claims of our own.
class Claims : public testing::Test {
 protected:
  std::vector<Claim> read(const std::string& claims, const std::string& head = kHead) {
    folder_.put("claims.yaml", head + claims);
    return read_claims(folder_.put("design.yaml", base_));
  }
  ClaimResult result(const std::string& claim) {
    const std::vector<ClaimResult> all = reproduce(read(claim), {});
    return all.at(0);
  }
  std::string error(const std::string& claims, const std::string& head = kHead) {
    return message_of([&] { read(claims, head); });
  }
  TemporaryFolder folder_;
  std::string base_ = [] {
    for (const machine::NamedDesign& d : machine::named_designs()) {
      if (d.name == "isaac") return base::read_file(d.path);
    }
    return std::string();
  }();
};

TEST_F(Claims, AreWhatTheFileSays) {
  const Claim c = read(R"(
  - {id: a.b, metric: chip power, workload: one chip, from: [paper, "table 1"], published: 65.8 W, kind: derived, measure: machine.chip.power_W, note: printed}
)")
                      .at(0);
  EXPECT_EQ(c.id, "a.b");
  EXPECT_EQ(c.metric, "chip power");
  EXPECT_EQ(c.workload, "one chip");
  EXPECT_EQ(c.source, "paper, table 1");
  EXPECT_EQ(c.published, 65.8);
  EXPECT_EQ(c.note, "printed");
  EXPECT_EQ(c.kind, ClaimKind::Derived);
  EXPECT_EQ(c.expected, ClaimStatus::Reproduced);
  EXPECT_EQ(c.span.line, 5U);
}

TEST_F(Claims, AcceptWhatRoundsToThePrintedDigits) {
  auto accept = [&](const std::string& published) {
    const Claim c =
        read("  - {id: x, metric: m, from: paper, kind: given, measure: \"1\", published: " + published + "}\n")
            .at(0);
    return std::pair(c.accept_low * *c.published, c.accept_high * *c.published);
  };
  EXPECT_NEAR(accept("330 mW").first, 0.3295, 1e-12);
  EXPECT_NEAR(accept("330 mW").second, 0.3305, 1e-12);
  EXPECT_NEAR(accept("\"14.8\"").first, 14.75, 1e-12);
  EXPECT_NEAR(accept("0.00017 mm^2").second, 0.000175e-6, 1e-15);
  EXPECT_NEAR(accept("58 %, accept: [0.5, 2]").second, 1.16, 1e-12);
}

TEST_F(Claims, InheritFromTheirGroups) {
  const std::vector<Claim> all = read(R"(
  - from: paper
    kind: given
    set: {chips: 2, mapping.schedule: layer}
    claims:
      - {id: a, metric: m, published: 1 W, measure: "1"}
      - kind: derived
        claims:
          - {id: b, metric: m, published: 1 W, measure: "1", set: {chips: 4}}
)");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, ClaimKind::Given);
  EXPECT_EQ(all[1].kind, ClaimKind::Derived);
  ASSERT_EQ(all[1].set.size(), 2U);
  EXPECT_EQ(all[1].set[0].path + "=" + all[1].set[0].value, "chips=4");
  EXPECT_EQ(all[1].set[1].value, "layer");
}

TEST_F(Claims, EvaluateOverMachinesNetworksAndComparisons) {
  const ClaimResult power = result(
      "  - {id: x, metric: m, from: paper, kind: given, published: 65.8 W, measure: machine.chip.power_W}\n");
  EXPECT_EQ(power.status, ClaimStatus::Reproduced);
  EXPECT_NEAR(*power.ratio, 1, 1e-3);
  const ClaimResult ratio = result(
      R"(  - {id: x, metric: m, from: paper, kind: given, published: "2", measure: against.machine.chip.tile.ima.adc.total_power_W / machine.chip.tile.ima.adc.total_power_W, against: {set: {chip.tile.ima.adc.count: 16}}}
)");
  EXPECT_EQ(*ratio.ours, 2);
  const ClaimResult rows = result(
      R"(  - {id: x, metric: m, from: paper, kind: given, published: "3", samples: 1, measure: mapping.layers.dense1.row_tiles, network: {name: n, input: [300], layers: [dense: 8]}}
)");
  EXPECT_EQ(*rows.ours, 3);
  const std::string three =
      R"(  - {id: x, metric: m, from: paper, kind: given, published: "3", samples: 1, measure: network.parameters, networks: [lenet5, resnet20], combine: )";
  const double a = 61706, b = *result(three + "largest}\n").ours;
  EXPECT_EQ(*result(three + "smallest}\n").ours, a);
  EXPECT_NEAR(*result(three + "mean}\n").ours, (a + b) / 2, 1e-9);
  EXPECT_NEAR(*result(three + "geometric_mean}\n").ours, std::sqrt(a * b), 1e-6);
}

TEST_F(Claims, MissOutsideOfWhatIsAccepted) {
  const std::string claim =
      "  - {id: x, metric: m, from: paper, kind: given, published: 10 W, measure: \"10.6\"";
  EXPECT_EQ(result(claim + "}\n").status, ClaimStatus::Missed);
  EXPECT_TRUE(broken(result(claim + "}\n")));
  EXPECT_EQ(result(claim + ", accept: [1, 1.06]}\n").status, ClaimStatus::Reproduced);
  EXPECT_FALSE(broken(result(claim + ", expect: missed, note: why}\n")));
  EXPECT_FALSE(broken(result(
      "  - {id: x, metric: m, from: paper, kind: given, published: 10 W, expect: not_run, note: why}\n")));
}

constexpr const char* kOfData =
    "  - {id: x, metric: m, from: paper, kind: given, published: 100 %, network: digits-linear, data: digits, "
    "samples: 20, ";

TEST_F(Claims, OverDataAreMeansOfTrials) {
  const std::string device = "set: {device: rram_liu, precision.input: 8, precision.weight: 8}, ";
  const auto with = [&](const std::string& more) { return result(kOfData + device + more + "}\n"); };
  const ClaimResult one = with("measure: values.top1"), seed = with("trials: 3, measure: values.seed");
  ASSERT_TRUE(one.ours) << one.problem;
  EXPECT_FALSE(one.confidence);
  EXPECT_EQ(*seed.ours, 2) << "of the seeds 1, 2 and 3";
  ASSERT_TRUE(seed.confidence);
  EXPECT_NEAR(seed.confidence->second, 2 + 4.3026527 / std::sqrt(3), 1e-6) << "Student's t of two degrees";
  EXPECT_NEAR(seed.confidence->first, 2 - 4.3026527 / std::sqrt(3), 1e-6);
  const ClaimResult paired = with("trials: 3, measure: values.top1 - against.values.top1, against: {set: {}}");
  EXPECT_EQ(*paired.ours, 0) << "what is compared has the seed of its trial";
  EXPECT_EQ(paired.confidence->second, 0);
  EXPECT_NE(*with("trials: 3, measure: values.top1").ours, *one.ours);
}

TEST_F(Claims, MayBeWithinWhatIsSaid) {
  const std::string claim =
      "  - {id: x, metric: m, from: paper, kind: given, published: 50 %, measure: \"0.59\"";
  EXPECT_EQ(result(claim + "}\n").status, ClaimStatus::Missed);
  EXPECT_EQ(result(claim + ", within: 9 %}\n").status, ClaimStatus::Reproduced);
  EXPECT_EQ(result(claim + ", within: 8.9 %}\n").status, ClaimStatus::Missed);
}

TEST_F(Claims, NeedNoDesignBesideThem) {
  const std::string path = folder_.put("cells.yaml", "design: isaac\n" + std::string(kHead) + R"(
  - {id: x, metric: m, from: paper, kind: given, published: "1", measure: design.peak.power_W / design.peak.power_W}
)");
  const std::vector<Claim> claims = read_claims_file(path);
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(claims[0].design, "cells");
  EXPECT_EQ(reproduce(claims, {}).at(0).ours, 1);
}

TEST_F(Claims, LookAtGatesAsCircuits) {
  const std::string claim =
      "  - {id: x, metric: m, from: paper, kind: given, published: 1.1 ns, gate: {one: {voltage: 1 V, inputs: ";
  const ClaimResult alone = result(claim + "2}}, measure: gate.one.output_alone.delay_s}\n");
  EXPECT_EQ(alone.status, ClaimStatus::Reproduced) << alone.problem;
  const ClaimResult slow = result(claim + "2, pulse: 2 ns}}, measure: gate.one.delay_s}\n");
  EXPECT_EQ(slow.ours, 2e-9);
  const ClaimResult ratio =
      result(claim + "2}, two: {gate: not, voltage: 1 V}}, measure: gate.one.energy_J / gate.two.energy_J}\n");
  ASSERT_TRUE(ratio.ours) << ratio.problem;
  EXPECT_NE(*ratio.ours, 1);
  const ClaimResult outside = result(claim + "2}, two: {voltage: 2 V}}, measure: gate.two.delay_s}\n");
  EXPECT_EQ(outside.status, ClaimStatus::NotRun);
  EXPECT_THAT(outside.problem, HasSubstr("outside of the window"));
  EXPECT_THAT(error(claim + "2, colour: red}}, measure: gate.one.delay_s}\n"),
              HasSubstr("unknown key 'colour'"));
  EXPECT_THAT(error(claim + "2}}, network: lenet5, measure: gate.one.delay_s}\n"), HasSubstr("not both"));
}

TEST_F(Claims, WhatCannotBeEvaluatedIsNotRunAndSaysWhy) {
  for (const auto& [measure, why] : {std::pair("costs.latency_s", "the report has no 'costs'"),
                                     std::pair("1 / 0", "not finite"), std::pair("machine.chp.power_W", "")}) {
    const ClaimResult r = result(std::string("  - {id: x, metric: m, from: paper, kind: given, published: 10 "
                                             "W, network: no-network, measure: ") +
                                 measure + "}\n");
    EXPECT_EQ(r.status, ClaimStatus::NotRun);
    EXPECT_TRUE(broken(r));
    EXPECT_NE(r.problem, "");
  }
}

TEST_F(Claims, NetworksWithoutWeightsSayNothingAboutData) {
  const ClaimResult r = result(
      "  - {id: x, metric: m, from: paper, kind: given, published: 10 %, network: lenet5, data: digits, "
      "samples: "
      "20, measure: values.top1}\n");
  EXPECT_EQ(r.status, ClaimStatus::NotRun);
  EXPECT_THAT(r.problem, HasSubstr("no weights of its own"));
}

TEST_F(Claims, AnInterruptedReproductionKeepsWhatItHas) {
  const std::string claim = ", metric: m, from: paper, kind: given, published: 10 W, measure: \"10\"}\n";
  const std::vector<Claim> all = read("  - {id: a" + claim + "  - {id: b" + claim);
  EXPECT_EQ(reproduce(all, [] { throw base::Interrupted(); }).size(), 1U);
}

TEST_F(Claims, EverythingWrongIsSaidAtItsPlace) {
  const std::string fine = "from: paper, kind: given, published: 10 W, measure: \"10\"}\n";
  EXPECT_THAT(error("  - {id: x, metric: m, " + fine + "  - {id: x, metric: m, " + fine),
              HasSubstr("claims.yaml:5:10: error: there is another claim 'x'"));
  EXPECT_THAT(error("  - {id: x, metrics: m, " + fine), HasSubstr("unknown key 'metrics'"));
  EXPECT_THAT(error("  - {id: x, metric: m, from: paper, kind: gven, published: 1 W, measure: \"1\"}\n"),
              HasSubstr("given"));
  EXPECT_THAT(error("  - {id: x, metric: m, from: paper, kind: given, published: much, measure: \"1\"}\n"),
              HasSubstr("'much' is no figure"));
  EXPECT_THAT(error("  - {id: x, metric: m, from: paper, kind: given, published: 1 W}\n"),
              HasSubstr("has a 'measure', or is expected to be 'not_run'"));
  EXPECT_THAT(error("  - {id: x, metric: m, expect: missed, " + fine), HasSubstr("a 'note' has to say why"));
  EXPECT_THAT(error("  - {id: x, metric: m, accept: [2, 1], " + fine), HasSubstr("the lower one first"));
  EXPECT_THAT(error("  - {id: x, metric: m, from: paper, kind: given, published: 1 W, measure: against.x}\n"),
              HasSubstr("has no 'against'"));
  EXPECT_THAT(error("  - {id: x, metric: m, against: {baseline: a, design: b}, " + fine),
              HasSubstr("not both"));
  EXPECT_THAT(error("  - {id: x, metric: m, network: a, networks: [b], " + fine), HasSubstr("not both"));
  EXPECT_THAT(error("  - {id: x, metric: m, from: book, kind: given, published: 1 W, measure: \"1\"}\n"),
              HasSubstr("'book' is not listed under 'sources'"));
  EXPECT_THAT(error("  - {id: x, metric: m, data: digits, " + fine), HasSubstr("data need a 'network'"));
  EXPECT_THAT(error("  - {id: x, metric: m, trials: 2, " + fine), HasSubstr("all trials would be the same"));
  EXPECT_THAT(error("  - {id: x, metric: m, within: much, " + fine), HasSubstr("'much' is no figure"));
  EXPECT_THAT(error("  - {id: x, metric: m, within: 1 W, accept: [1, 2], " + fine),
              HasSubstr("'accept' or 'within', not both"));
  EXPECT_THAT(error("  - x\n"), HasSubstr("expected a claim, found 'x'"));
  EXPECT_THAT(error("", "format: ohmweave-claims/2\nclaims: []\n"), HasSubstr("expected ohmweave-claims/1"));
  EXPECT_THAT(error("", "format: ohmweave-claims/1\n"), HasSubstr("claims"));
}

TEST_F(Claims, ADesignMayHaveNone) { EXPECT_TRUE(read_claims(folder_.put("design.yaml", base_)).empty()); }

/// Every claim of the designs that come with Ohmweave, evaluated once.
const std::vector<ClaimResult>& shipped() {
  static const std::vector<ClaimResult> all = [] {
    std::vector<Claim> claims;
    for (const machine::NamedDesign& d : machine::named_designs()) {
      for (Claim& c : read_claims(d.path)) claims.push_back(std::move(c));
    }
    for (const NamedClaims& named : library_claims()) {
      for (Claim& c : read_claims_file(named.path)) claims.push_back(std::move(c));
    }
    // Claims over data take minutes there, and their code is run by smaller tests.
    if (base::testing::kSanitized) std::erase_if(claims, [](const Claim& c) { return !c.data.empty(); });
    return reproduce(claims, {});
  }();
  return all;
}

void come_out_as_their_files_say() {
  ASSERT_GT(shipped().size(), 100U);
  for (const ClaimResult& r : shipped()) {
    EXPECT_EQ(r.status, r.claim.expected)
        << r.claim.design << " " << r.claim.id << ": " << r.ours.value_or(NAN) << " " << r.problem;
  }
}

void misses_are_explained_and_given_figures_are_exact() {
  for (const ClaimResult& r : shipped()) {
    EXPECT_EQ(r.problem, "") << r.claim.id;
    if (r.status != ClaimStatus::Reproduced) {
      EXPECT_GT(r.claim.note.size(), 30U) << r.claim.id;
    }
    if (r.claim.kind == ClaimKind::Given && r.ratio) {
      EXPECT_NEAR(*r.ratio, 1, 1e-9) << r.claim.id;
    }
  }
}

void json_has_the_keys_that_users_were_promised() {
  const nlohmann::ordered_json json = claims_json(shipped());
  ASSERT_EQ(json.size(), shipped().size());
  const std::vector<std::string> keys = {"design", "id",   "metric", "workload", "published", "ours",
                                         "ratio",  "kind", "status", "note",     "confidence"};
  const std::set<std::string> kinds = {"given", "derived", "baseline", "not_reproducible"},
                              states = {"reproduced", "missed", "not_run"};
  std::set<std::string> designs;
  for (const machine::NamedDesign& d : machine::named_designs()) designs.insert(d.name);
  for (const NamedClaims& named : library_claims()) designs.insert(named.name);
  for (const nlohmann::ordered_json& claim : json) {
    std::vector<std::string> have;
    for (const auto& [key, value] : claim.items()) have.push_back(key);
    EXPECT_EQ(have, keys);
    for (const char* figure : {"published", "ours", "ratio"})
      EXPECT_TRUE(claim[figure].is_number() || claim[figure].is_null());
    EXPECT_EQ(claim["ratio"].is_null(), claim["status"] == "not_run");
    EXPECT_EQ(kinds.count(claim["kind"]), 1U);
    EXPECT_EQ(states.count(claim["status"]), 1U);
    EXPECT_TRUE(claim["confidence"].is_null() || claim["confidence"].size() == 2);
    EXPECT_EQ(designs.count(claim["design"]), 1U) << claim["design"];
  }
}

void the_table_tells_them_all() {
  const std::string text = claims_text(shipped(), false);
  for (const ClaimResult& r : shipped()) {
    EXPECT_THAT(text, HasSubstr("  " + r.claim.id + " "));
  }
  EXPECT_THAT(text, HasSubstr("claims: "));
  EXPECT_THAT(claims_text(shipped(), true), HasSubstr("\033[32mreproduced\033[0m"));
}

/// One test, because each test is a process of its own and working out all claims takes a while under
/// sanitizers.
TEST(ShippedClaims, AreTrueAndReportedInFull) {
  come_out_as_their_files_say();
  misses_are_explained_and_given_figures_are_exact();
  json_has_the_keys_that_users_were_promised();
  the_table_tells_them_all();
}

}  // namespace
}  // namespace ohmweave::report
