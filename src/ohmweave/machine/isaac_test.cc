// SPDX-License-Identifier: Apache-2.0
// ISAAC's Table I against the machine built from its design, with the rounding of the printed table.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "ohmweave/circuit/adc.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::machine {
namespace {

using circuit::Verb;

class Isaac : public testing::Test {
 protected:
  const Node& at(const std::string& path) const {
    const Node* node = machine.find(path);
    if (node == nullptr) throw std::runtime_error("no " + path);
    return *node;
  }
  /// All instances of a node in one instance of its group.
  double milliwatts(const Node& n) const { return n.peak_power().si() * 1e3 * share(n); }
  double square_millimetres(const Node& n) const { return n.area().si() * 1e6 * share(n); }
  double picojoules(const std::string& path, Verb verb) const {
    return at(path).component->action(verb)->energy.si() * 1e12;
  }
  static double share(const Node& n) { return static_cast<double>(n.count) / static_cast<double>(n.shared_by); }

  Machine machine = load("isaac");
};

TEST_F(Isaac, EveryRowOfTableOne) {
  struct Row {
    const char* path;
    double milliwatts, square_millimetres;
  };
  for (const Row& row : {
           Row{"tile.edram", 20.7, 0.083},
           Row{"tile.bus", 7, 0.090},
           Row{"tile.router", 42.0 / 4, 0.151 / 4},  // shared by 4 tiles
           Row{"tile.sigmoid", 0.52, 0.0006},
           Row{"tile.shift_add", 0.05, 0.00006},
           Row{"tile.max_pool", 0.4, 0.00024},
           Row{"tile.output_register", 1.68, 0.0032},
           Row{"tile.ima.adc", 16, 0.0096},
           Row{"tile.ima.dac", 4, 0.00017},
           Row{"tile.ima.sample_hold", 0.01, 0.00004},
           Row{"tile.ima.crossbar", 2.4, 0.0002},
           Row{"tile.ima.shift_add", 0.2, 0.00024},
           Row{"tile.ima.input_register", 1.24, 0.0021},
           Row{"tile.ima.output_register", 0.23, 0.00077},
           Row{"hyper_transport", 10400, 22.88},
       }) {
    EXPECT_NEAR(milliwatts(at(row.path)), row.milliwatts, 1e-9 * row.milliwatts) << row.path;
    EXPECT_NEAR(square_millimetres(at(row.path)), row.square_millimetres, 1e-9 * row.square_millimetres)
        << row.path;
  }
}

TEST_F(Isaac, SubtotalsAndTotalsOfTableOne) {  // within half a unit of the last printed digit
  const Node &tile = at("tile"), &ima = at("tile.ima");
  EXPECT_NEAR(tile.peak_power().si() * 1e3 - milliwatts(ima), 40.9, 0.0501);
  EXPECT_NEAR(tile.area().si() * 1e6 - square_millimetres(ima), 0.215, 0.0005);
  EXPECT_NEAR(milliwatts(ima), 289, 0.5);
  EXPECT_NEAR(square_millimetres(ima), 0.157, 0.0005);
  EXPECT_NEAR(tile.peak_power().si() * 1e3, 330, 0.5);
  EXPECT_NEAR(tile.area().si() * 1e6, 0.372, 0.0005);
  EXPECT_NEAR(milliwatts(tile), 55.4e3, 50);
  EXPECT_NEAR(square_millimetres(tile), 62.5, 0.05);
  EXPECT_NEAR(machine.root->peak_power().si(), 65.8, 0.05);
  EXPECT_NEAR(machine.root->area().si() * 1e6, 85.4, 0.05);
  EXPECT_NEAR(machine.root->static_power().si(), 10.4, 1e-9);
}

TEST_F(Isaac, PeakFigures) {
  const double gops = machine.peak_operations_per_second() * 1e-9;
  EXPECT_EQ(at("crossbar").instances, 16128);
  EXPECT_NEAR(gops, 16128 * 4096 / 1600.0, 1e-6);
  EXPECT_NEAR(gops * 1e-3, 41.3, 0.05);
  // Published from rounded totals: 41 288 GOPS over 65.8 W and 85.4 mm2.
  EXPECT_NEAR(gops / machine.root->peak_power().si(), 627.5, 627.5 * 0.05 / 65.8);
  EXPECT_NEAR(gops / (machine.root->area().si() * 1e6), 483.5, 483.5 * 0.05 / 85.4);
  const double weights = machine.arrays().array->capacity().si() * 16128 / 16;
  EXPECT_NEAR(weights * 1e-6, 33.03, 0.005);
}

TEST_F(Isaac, SharedRoutersAreCountedOnce) {
  EXPECT_EQ(at("router").instances, 42);
  EXPECT_EQ(at("tile.ima.dac").instances, 168 * 12 * 1024);
}

TEST_F(Isaac, EnergyPerAction) {
  EXPECT_NEAR(picojoules("crossbar", Verb::Read), 30, 1e-9);
  EXPECT_NEAR(picojoules("adc", Verb::Convert), 1.5625, 1e-9);
  EXPECT_NEAR(picojoules("dac", Verb::Drive), 0.39, 0.001);
  EXPECT_NEAR(picojoules("sample_hold", Verb::Sample) * 1e3, 0.98, 0.005);
  EXPECT_NEAR(picojoules("edram", Verb::Read), 2.02, 0.005);
  EXPECT_NEAR(picojoules("edram", Verb::Write), 2.02, 0.005);
  EXPECT_NEAR(picojoules("bus", Verb::Move), 0.68, 0.005);
  EXPECT_NEAR(picojoules("router", Verb::Move), 1.3125, 1e-9);
  // 52 pJ and 40 pJ in a cycle of 100 ns in which all units of a tile work.
  EXPECT_NEAR(picojoules("sigmoid", Verb::Apply) * 2 * 120, 52, 1e-9);
  EXPECT_NEAR(picojoules("max_pool", Verb::Compare) * 120, 40, 1e-9);
  EXPECT_NEAR(picojoules("ima.shift_add", Verb::Add), 0.0195, 0.00005);
  EXPECT_NEAR(picojoules("tile.shift_add", Verb::Add), 0.0195, 0.00005);
  EXPECT_EQ(picojoules("hyper_transport", Verb::Move), 0);  // all of it flows without traffic
}

// A machine whose arrays are all busy draws what Table I says: the energies are derived from its powers, so
// this checks the plan's counts. The unit column makes what happens once per column 129/128 of it.
TEST_F(Isaac, FullyUsedArraysDrawThePowerOfTableOne) {
  auto plan = machine.arrays().array->plan({128, 16, 1}, machine.formats);
  const double arrays = 8, seconds = units::to_time(plan->interval).si();
  std::map<std::string, double> milliwatts_of;
  for (const array::Use& use : plan->uses) {
    const Node& node = *machine.node_of(use.on);
    milliwatts_of[node.name] +=
        arrays * static_cast<double>(use.count) * use.on->action(use.verb)->energy.si() / seconds * 1e3;
  }
  const double unit = 129.0 / 128;
  EXPECT_NEAR(milliwatts_of["adc"], 16 * unit, 1e-9);
  EXPECT_NEAR(milliwatts_of["sample_hold"], 0.01 * unit, 1e-9);
  EXPECT_NEAR(milliwatts_of["shift_add"], 0.2 * unit, 1e-9);
  EXPECT_NEAR(milliwatts_of["crossbar"], 2.4, 1e-9);
  EXPECT_NEAR(milliwatts_of["dac"], 4, 1e-9);
  EXPECT_NEAR(milliwatts_of["input_register"], 1.24 / 2, 1e-9);  // the other half is writing
  EXPECT_NEAR(milliwatts_of["output_register"], 0.23, 1e-9);
}

TEST_F(Isaac, OverridesChangeTheMachine) {
  Machine seven = load("isaac:chip.tile.ima.adc.bits=7", {{"chips", "4"}});
  EXPECT_EQ(seven.configuration, "isaac:chip.tile.ima.adc.bits=7:chips=4");
  EXPECT_EQ(seven.chips.fixed, 4);
  EXPECT_EQ(machine.chips.fixed, 0);
  EXPECT_LT(seven.root->peak_power(), machine.root->peak_power());
  EXPECT_FALSE(seven.arrays().array->plan({128, 16, 1}, seven.formats)->lossless);
  EXPECT_TRUE(machine.arrays().array->plan({128, 16, 1}, machine.formats)->lossless);
  // A value that carries its own source can be replaced like any other.
  Machine slow = load("isaac:chip.tile.ima.adc.rate=0.64 GSps");
  EXPECT_NEAR(slow.peak_operations_per_second(), machine.peak_operations_per_second() / 2, 1);
  Machine survey = load("isaac:chip.tile.ima.adc.model=survey");
  EXPECT_NEAR(survey.find("adc")->component->action(Verb::Convert)->energy.si() * 1e12, 1.93, 0.005);
}

TEST_F(Isaac, SourcesOfValuesAreKept) {
  EXPECT_EQ(at("tile.edram").source, "isaac16, Table I");
  EXPECT_EQ(config::provenance_of(machine.design, "chip.tile.sigmoid.rate"), "assumed");
  EXPECT_EQ(config::provenance_of(machine.design, "chip.tile.ima.adc.capacitive_area_share"),
            "hwcomponents, fitted here");
}

}  // namespace
}  // namespace ohmweave::machine
