// SPDX-License-Identifier: Apache-2.0
// The report format against its page, docs/report_format.md, and against the keys that are promised to users.
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/files.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/report/beside.h"
#include "ohmweave/report/claims.h"
#include "ohmweave/report/report.h"

namespace ohmweave::report {
namespace {

using nlohmann::ordered_json;
using testing::Contains;

/// Arrays that are memory between runs.
const std::vector<config::Override> kMemory = {{"mapping.morph", "{data: 2 KiB, through: [chip.tile.edram]}"}};

/// A cost-only run and made-up values, so that everything of the format is there.
Report full_report(const std::vector<config::Override>& changes = {}) {
  Report r = estimate(network::load("lenet5"),
                      std::make_shared<const machine::Machine>(machine::load("isaac:chips=2", changes)), 8);
  Values v;
  v.samples = 10, v.metric = MetricKind::Top1, v.agreement = 0.7, v.distance = 0.01, v.seed = 3;
  for (const char* key : {"top1", "top5", "next_token_accuracy", "nll_per_token", "bits_per_token",
                          "perplexity", "mean_squared_error", "auc"})  // of all metrics at once
    v.figures.push_back({key, key, Figure::Kind::Number, 0.9, 0.8});
  v.figures.push_back({"predicted_tokens", "tokens", Figure::Kind::Count, 12, 12});
  v.classes = {{"cat", 4, 3}};
  v.layers = {{"conv1", 0.01, 0.02}};
  v.data = "made up";
  r.values = v;
  r.trials = {{3, 4}, {{"top1", "", "top1", {0.9, 0.8}}}};
  r.sensitivity = {"top1", 0.9, 0.8, {{"conv1", 0.85, 0.82}}, {{"wires", 0.83, 0.88}}};
  r.not_modelled = {"Softmax 'x'"};
  r.warnings = {"a warning"};
  r.baselines = {beside("gtx1080", network::load("vgg-d").graph)};  // which was measured
  return r;
}

/// The paths of all members, as the page writes them: members of lists as [], parts of the machine as PART,
/// what they did as VERB.
void paths_into(const ordered_json& at, const std::string& path, std::set<std::string>& out) {
  static const std::set<std::string> by_part = {
      "machine",       "costs.energy_breakdown_J",      "costs.area_breakdown_m2", "costs.actions",
      "costs.busiest", "programming.energy_breakdown_J"};
  static const std::set<std::string> by_verb = {"costs.actions.PART", "costs.busiest.PART.per_instance_per_s"};
  if (!path.empty()) out.insert(path);
  if (path == "design.resolved") return;
  if (at.is_array()) {
    for (const auto& member : at) paths_into(member, path + "[]", out);
  } else if (at.is_object()) {
    for (const auto& [key, member] : at.items()) {
      const std::string name = path == "trials.figures"  ? "KEY"
                               : by_part.count(path) > 0 ? "PART"
                               : by_verb.count(path) > 0 ? "VERB"
                                                         : key;
      paths_into(member, path.empty() ? name : path + "." + name, out);
    }
  }
}
std::set<std::string> paths_of(const ordered_json& json) {
  std::set<std::string> out;
  paths_into(json, "", out);
  return out;
}

std::set<std::string> documented() {
  std::istringstream page(base::read_file(base::data_folder() + "/docs/report_format.md"));
  std::set<std::string> out;
  for (std::string line; std::getline(page, line);) {  // | `key` | what |
    const size_t end = line.rfind("| `", 0) == 0 ? line.find('`', 3) : std::string::npos;
    if (end != std::string::npos) out.insert(line.substr(3, end - 3));
  }
  return out;
}

TEST(Json, EveryKeyIsDocumented) {
  std::set<std::string> groups;  // what only holds documented keys needs no row of its own
  const std::set<std::string> known = documented();
  for (const std::string& path : known) {
    for (size_t dot = path.find_first_of(".["); dot != std::string::npos;
         dot = path.find_first_of(".[", dot + 1)) {
      groups.insert(path.substr(0, dot));
      if (path[dot] == '[') groups.insert(path.substr(0, dot + 2));
    }
  }
  for (const std::string& path : paths_of(to_json(full_report(kMemory)))) {
    EXPECT_TRUE(known.count(path) > 0 || groups.count(path) > 0) << path;
  }
}

TEST(Json, EveryDocumentedKeyExists) {
  const std::set<std::string> have = paths_of(to_json(full_report(kMemory)));
  ASSERT_GT(documented().size(), 80U);
  for (const std::string& path : documented()) {
    if (path == "mapping.layers[].warnings[]" || path.rfind("costs.waiting[]", 0) == 0)
      continue;  // depend on the network
    EXPECT_THAT(have, Contains(path));
  }
}

TEST(Json, HasWhatUsersWerePromised) {
  const std::set<std::string> have = paths_of(to_json(full_report()));
  for (const char* path : {"network.name",
                           "network.parameters",
                           "network.macs",
                           "design.name",
                           "design.resolved",
                           "values.samples",
                           "values.top1",
                           "values.top5",
                           "values.reference_top1",
                           "values.agreement",
                           "values.metric",
                           "values.output_error",
                           "values.seed",
                           "costs.latency_s",
                           "costs.throughput_per_s",
                           "costs.energy_per_inference_J",
                           "costs.average_power_W",
                           "costs.area_m2",
                           "costs.energy_breakdown_J",
                           "costs.area_breakdown_m2",
                           "costs.peak.ops_per_s",
                           "costs.peak.ops_per_s_per_m2",
                           "costs.peak.ops_per_J",
                           "mapping.arrays_used",
                           "mapping.arrays_available",
                           "mapping.chips",
                           "mapping.utilization",
                           "mapping.layers",
                           "not_modelled",
                           "warnings"}) {
    EXPECT_THAT(have, Contains(path));
  }
  EXPECT_EQ(to_json(full_report())["format"], "ohmweave-report/1");
}

TEST(Json, PartsAddUp) {
  const ordered_json costs = to_json(full_report())["costs"];
  for (auto [parts, whole] :
       {std::pair("energy_breakdown_J", "energy_per_inference_J"), std::pair("area_breakdown_m2", "area_m2")}) {
    double sum = 0;
    for (const auto& [part, value] : costs[parts].items()) sum += value.get<double>();
    EXPECT_NEAR(sum, costs[whole].get<double>(), 1e-12 * sum) << parts;
  }
  const double power = costs["energy_per_inference_J"].get<double>() * costs["throughput_per_s"].get<double>();
  EXPECT_NEAR(costs["average_power_W"].get<double>(), power, 1e-9 * power);
  const ordered_json& peak = costs["peak"];
  EXPECT_NEAR(peak["ops_per_J"].get<double>() * peak["power_W"].get<double>(), peak["ops_per_s"].get<double>(),
              1);
  EXPECT_LE(costs["average_power_W"], peak["power_W"]);
}

TEST(Json, LayersAddUpToTheNetwork) {
  const ordered_json json = to_json(full_report());
  int64_t macs = 0, arrays = 0;
  for (const ordered_json& layer : json["mapping"]["layers"]) {
    macs += layer["macs"].get<int64_t>();
    if (layer["where"] == "crossbar") arrays += layer["arrays"].get<int64_t>() * layer["copies"].get<int64_t>();
  }
  EXPECT_EQ(macs, json["network"]["macs"].get<int64_t>());
  EXPECT_EQ(arrays, json["mapping"]["arrays_used"].get<int64_t>());
}

TEST(Json, ConversionsAreTheNetworksProducts) {  // one conversion of a column for every 16-bit product, and the
                                                 // unit columns
  const ordered_json json = to_json(full_report());
  const auto macs = json["network"]["macs"].get<double>();
  const auto conversions = json["costs"]["actions"]["chip.tile.ima.adc"]["convert"].get<double>();
  EXPECT_GE(conversions, macs);  // arrays filled to less than their rows convert as often
}

TEST(Json, ResolvedIsTheWholeDesignWithItsChanges) {
  const ordered_json design = to_json(full_report())["design"];
  EXPECT_EQ(design["configuration"], "isaac:chips=2");
  EXPECT_EQ(design["changes"], ordered_json::array({"chips=2"}));
  EXPECT_EQ(design["resolved"]["chips"], 2);
  EXPECT_EQ(design["resolved"]["chip"]["tile"]["ima"]["adc"]["bits"], 8);
  EXPECT_EQ(design["resolved"]["chip"]["tile"]["ima"]["adc"]["range"], "clip");  // nobody wrote it
  EXPECT_EQ(design["resolved"]["mapping"]["clipping"], "minmax");
}

TEST(Json, TheExactReferenceHasNoMachine) {
  Report r;
  r.network = "net";
  r.values = Values{};
  const ordered_json json = to_json(r);
  for (const char* key : {"costs", "mapping", "machine"}) EXPECT_TRUE(json[key].is_null()) << key;
  EXPECT_EQ(json["design"]["name"], "float");
  EXPECT_TRUE(json["design"]["resolved"].is_null());
  EXPECT_TRUE(json["values"]["top1"].is_null());  // no labels
  EXPECT_TRUE(json["values"]["agreement"].is_null());
  EXPECT_EQ(json["values"]["metric"], "none");
}

TEST(Json, WhatDoesNotFitHasNoCosts) {
  const Report r = estimate(network::load("vgg-d"),
                            std::make_shared<const machine::Machine>(machine::load("isaac:chips=1")), 1);
  const ordered_json json = to_json(r);
  EXPECT_TRUE(json["costs"].is_null());
  EXPECT_EQ(json["mapping"]["fits"], false);
  EXPECT_NE(json["mapping"]["misfit"], "");
}

TEST(Json, AMachineAloneHasNoNetwork) {
  Report r;
  r.machine = std::make_shared<const machine::Machine>(machine::load("isaac"));
  r.design = "isaac";
  const ordered_json json = to_json(r);
  EXPECT_TRUE(json["network"].is_null());
  EXPECT_NEAR(json["machine"]["chip"]["power_W"].get<double>(), 65.8, 0.05);
  EXPECT_NEAR(json["machine"]["chip.tile.ima.adc"]["total_power_W"].get<double>(), 0.016, 1e-12);
  EXPECT_EQ(json["machine"]["chip.tile.router"]["shared_by"], 4);
}

}  // namespace
}  // namespace ohmweave::report
