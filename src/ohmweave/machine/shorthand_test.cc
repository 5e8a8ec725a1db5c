// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/shorthand.h"

#include <gmock/gmock.h>

#include "ohmweave/machine/effects.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::machine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string cell_of(const Machine& machine, const std::string& field) {
  const config::Node* at =
      machine.design.find("chip")->find("tile")->find("ima")->find("crossbar")->find("cell");
  const config::Node* node = at->find(field);
  return node != nullptr ? node->text : "";
}

TEST(Shorthand, GivesAllCellsAnotherDevice) {
  const Machine machine = load("isaac:device=pcm");
  EXPECT_EQ(cell_of(machine, "title"), "Phase-change memory");
  EXPECT_EQ(cell_of(machine, "bits"), "2") << "how the design uses its cells stays";
  EXPECT_EQ(machine.configuration, "isaac:device=pcm");
}

TEST(Shorthand, TakesFilesAndLaterChanges) {
  const std::string file = OHMWEAVE_TEST_DATA "/../../library/devices/mram.yaml";
  const Machine machine = load("isaac", {{"device", file}, {"chip.tile.ima.crossbar.cell.bits", "1"}});
  EXPECT_EQ(cell_of(machine, "title"), "Magnetoresistive RAM");
  EXPECT_EQ(cell_of(machine, "bits"), "1");
}

TEST(Shorthand, ChangesMayUseTheLibrary) {
  const Machine machine = load("isaac", {{"chip.tile.ima.adc", "{use: circuits/kull_adc, count: 8}"}});
  EXPECT_EQ(machine.find("adc")->component->count(), 8);
  EXPECT_NE(machine.design.find("sources")->find("kull13"), nullptr);
}

TEST(Shorthand, UnknownDevicesHaveASuggestion) {
  try {
    load("isaac:device=rrma");
    FAIL();
  } catch (const base::Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("did you mean 'rram'?"));
  }
}

TEST(Effects, OfAnIdealMachineAreItsConvertersAlone) {
  const Machine machine = load("isaac");
  const std::vector<Effect> all = effects(machine);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "converter range and resolution");
}

TEST(Effects, AreLeftOut) {
  const std::string cell = "chip.tile.ima.crossbar.cell";
  const Machine machine = load("isaac", {{cell + ".on_resistance", "10 kohm"},
                                         {cell + ".off_resistance", "1 Mohm"},
                                         {cell + ".faults", "{stuck_on: 0.01, stuck_off: 0.02}"},
                                         {"wire_resistance", "2 ohm"},
                                         {"chip.tile.ima.adc.bits", "6"}});
  std::vector<std::string> names;
  for (const Effect& e : effects(machine)) names.push_back(e.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("stuck cells", "wires", "converter range and resolution"));
  const Machine ideal = without(machine, effects(machine));
  EXPECT_TRUE(ideal.arrays().array->plan({128, 16, 1}, ideal.formats)->lossless);
  EXPECT_FALSE(machine.arrays().array->plan({128, 16, 1}, machine.formats)->lossless);
  EXPECT_EQ(effects(ideal).size(), 1U);
}

}  // namespace
}  // namespace ohmweave::machine
