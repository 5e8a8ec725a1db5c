// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/simpler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/logic/partition_schedule.h"
#include "ohmweave/logic/testing/netlists.h"

namespace ohmweave::logic {
namespace {

using testing::HasSubstr;

Netlist example(const std::string& file) {
  return load_netlist(base::data_folder() + "/examples/logic/" + file);
}

TEST(NorNetwork, IsTheSameFunctionForAnyFanIn) {
  base::RandomStream random(1, 2, 3);
  for (int trial = 0; trial < 400; ++trial) {
    const Netlist netlist = random_netlist(random, 1 + trial % 9, 1 + trial % 60, 1 + trial % 5);
    std::vector<uint64_t> inputs(netlist.inputs.size());
    for (uint64_t& word : inputs) word = random.next64();
    const std::vector<uint64_t> expected = evaluate(netlist, inputs);
    for (int most = 2; most <= kMostNorInputs; ++most) {
      const NorNetwork plain = map_to_nor(netlist, {most, 0}), good = map_to_nor(netlist, {most, 20});
      EXPECT_EQ(evaluate(plain, inputs), expected);
      EXPECT_EQ(evaluate(good, inputs), expected);
      EXPECT_LE(good.gates.size(), plain.gates.size());
      for (const NorGate& gate : good.gates) EXPECT_LE(gate.fan_in, most);
    }
  }
}

TEST(NorNetwork, KnownSizes) {
  const auto gates = [](std::string_view text, int rounds = 20) {
    return map_to_nor(read_netlist_text(netlist_source(text)), {2, rounds}).gates.size();
  };
  EXPECT_EQ(gates("input a b\noutput s\ns = xor a b"), 5U);
  EXPECT_EQ(gates("input a b\noutput s\ns = xnor a b"), 4U);
  EXPECT_EQ(gates("input a b\noutput s\ns = and a b"), 3U);
  EXPECT_EQ(gates("input s a b\noutput o\no = mux s a b"), 4U);
  EXPECT_EQ(gates("input a\noutput s\nt = not a\ns = not t"), 0U);
  EXPECT_EQ(gates("input a b\noutput s u\ns = nor a b\nu = nor b a"), 1U) << "structural hashing";
  EXPECT_EQ(gates("input a b\noutput s\nt = not a\ns = and a t b"), 0U) << "never";
  EXPECT_EQ(gates("input a b c\noutput s y\nx = xor a b\ns = xor x c\nt = and a b\nu = and c x\ny = or t u"),
            9U)
      << "nine gates of two inputs are the least of a full adder";
}

TEST(Simpler, RunsRandomNetlistsInTheLeastRowThatItNames) {
  base::RandomStream random(4, 5, 6);
  for (int trial = 0; trial < 300; ++trial) {
    const Netlist netlist = random_netlist(random, 1 + trial % 9, 1 + trial % 90, 1 + trial % 5);
    const NorNetwork network = map_to_nor(netlist, {2 + trial % 4, trial % 2});
    const RowSchedule wide = schedule_row(netlist, network, 1000);
    EXPECT_EQ(wide.cycles(), static_cast<int64_t>(network.gates.size()));
    const int least = wide.least_cells;
    for (const int cells : {least, least + 1, least + 3}) {
      const RowSchedule tight = schedule_row(netlist, network, cells);
      EXPECT_LE(tight.program.bitlines, cells);
      EXPECT_EQ(count(tight.program).gates(), tight.gates);
      expect_computes(netlist, tight.program, random);
    }
    EXPECT_THROW(schedule_row(netlist, network, least - 1), base::Failure);
  }
}

TEST(Simpler, ABudgetTooSmallNamesTheLeastThatWouldDo) {
  const Netlist netlist = example("full_adder.netlist");
  try {
    schedule_row(netlist, map_to_nor(netlist), 5);
    ADD_FAILURE();
  } catch (const base::Failure& failure) {
    EXPECT_THAT(failure.what(),
                HasSubstr("full_adder: error: 5 cells are too few: its 3 inputs and 9 gates need a row "
                          "of at least 8"));
  }
}

TEST(Simpler, ReusesCellsAsThePaperDoes) {
  // Two inverters and a NOR in five cells; the sixth gate waits until the first two cells are initialised
  // again.
  const Netlist netlist = read_netlist_text(netlist_source(
      "input a b\noutput s\nt = not a\nu = not b\nv = nor t u\nw = nor v a\nx = nor w b\ns = nor x a"));
  const NorNetwork network = map_to_nor(netlist, {2, 0});
  const RowSchedule row = schedule_row(netlist, network, 5);
  EXPECT_EQ(listing(row.program),
            "     0  c2 = INIT1; c3 = INIT1; c4 = INIT1\n"
            "     1  c2 = NOT(c0)\n"
            "     2  c3 = NOT(c1)\n"
            "     3  c4 = NOR(c2, c3)\n"
            "     4  c3 = INIT1; c2 = INIT1\n"
            "     5  c2 = NOR(c0, c4)\n"
            "     6  c3 = NOR(c1, c2)\n"
            "     7  c4 = INIT1; c2 = INIT1\n"
            "     8  c2 = NOR(c0, c3)\n");
  EXPECT_EQ(row.reinitialisations, 2);
}

TEST(Simpler, ExamplesComputeWhatTheyAreSaidTo) {
  base::RandomStream random(7, 8, 9);
  const auto check = [&](const char* file, auto expected) {
    const Netlist netlist = example(file);
    const auto in = ports(netlist, netlist.inputs), out = ports(netlist, netlist.outputs);
    for (int round = 0; round < 50; ++round) {
      std::vector<uint64_t> inputs(netlist.inputs.size());
      for (uint64_t& word : inputs) word = random.next64();
      const std::vector<uint64_t> outputs = evaluate(netlist, inputs);
      for (size_t r = 0; r < 64; ++r) {
        std::vector<uint64_t> a, found;
        for (const NetlistPort& port : in) a.push_back(number_of(port, inputs, r));
        for (const NetlistPort& port : out) found.push_back(number_of(port, outputs, r));
        ASSERT_EQ(found, expected(a)) << file;
      }
    }
    const NorNetwork network = map_to_nor(netlist);
    const RowSchedule row = schedule_row(netlist, network, 1 << 16);
    expect_computes(netlist, row.program, random);
    expect_computes(netlist, schedule_row(netlist, network, row.least_cells).program, random);
  };
  using Numbers = std::vector<uint64_t>;
  check("full_adder.netlist", [](const Numbers& a) {
    const uint64_t sum = a[0] + a[1] + a[2];
    return Numbers{sum & 1, sum >> 1};
  });
  check("comparator.netlist", [](const Numbers& a) { return Numbers{a[0]<a[1], a[0] == a[1], a[0]> a[1]}; });
  check("alu.v", [](const Numbers& a) {
    const uint64_t sum = a[2] == 0 ? a[0] + a[1] : a[0] + (15 - a[1]) + 1;
    const uint64_t y = a[2] == 2 ? a[0] & a[1] : a[2] == 3 ? a[0] ^ a[1] : sum & 15;
    return Numbers{y, a[2] < 2 ? sum >> 4 : 0, y == 0};
  });
  check("multiplier16.netlist", [](const Numbers& a) { return Numbers{a[0] * a[1]}; });
}

TEST(PartitionSchedule, ComputesTheNetlistInFewerCycles) {
  base::RandomStream random(10, 11, 12);
  for (int trial = 0; trial < 200; ++trial) {
    const Netlist netlist = random_netlist(random, 1 + trial % 9, 1 + trial % 90, 1 + trial % 5);
    const NorNetwork network = map_to_nor(netlist, {2 + trial % 4, trial % 2});
    const int partitions = 1 + trial % 7;
    const PartitionSchedule wide = schedule_partitions(netlist, network, 2000, partitions);
    expect_computes(netlist, wide.program, random);
    EXPECT_LE(wide.cycles, static_cast<int64_t>(network.gates.size()));
    EXPECT_EQ(wide.reinitialisations, 0);
    try {
      schedule_partitions(netlist, network, partitions, partitions);
    } catch (const base::Failure& failure) {  // what it says would do does
      const std::string text = failure.what();
      const int cells = std::stoi(text.substr(text.rfind(' ')));
      const PartitionSchedule tight = schedule_partitions(netlist, network, cells, partitions);
      EXPECT_LE(tight.program.bitlines, cells);
      expect_computes(netlist, tight.program, random);
    }
  }
  const Netlist multiplier = example("multiplier16.netlist");
  const NorNetwork network = map_to_nor(multiplier);
  constexpr std::pair<int, int64_t> kCycles[] = {{1, 2372}, {2, 1591}, {4, 1170},
                                                 {8, 764},  {16, 527}, {32, 483}};
  for (const auto& [partitions, cycles] : kCycles) {  // the table of docs/models/logic_compiler.md
    const PartitionSchedule row = schedule_partitions(multiplier, network, 1024, partitions);
    EXPECT_EQ(row.cycles, cycles) << partitions << " partitions";
    expect_computes(multiplier, row.program, random);
  }
}

// The tables of docs/models/logic_compiler.md. LV-MAGIC's netlists, mapped by ABC to NOR2 and INV, have 13
// gates for c17 and 2844 for c6288, a multiplier of the same structure as ours.
TEST(Simpler, FiguresOfThePage) {
  struct Figures {
    const char* file;
    size_t gates;
    int least_cells;
    int64_t cycles, cycles_in_the_least;
  };
  for (const Figures& f :
       {Figures{"c17.blif", 10, 9, 10, 13}, Figures{"c17.v", 10, 9, 10, 13},
        Figures{"full_adder.netlist", 9, 8, 9, 12}, Figures{"comparator.netlist", 40, 19, 40, 54},
        Figures{"alu.v", 78, 27, 78, 96}, Figures{"multiplier16.netlist", 2370, 111, 2372, 2650}}) {
    const Netlist netlist = example(f.file);
    const NorNetwork network = map_to_nor(netlist);
    const RowSchedule row = schedule_row(netlist, network, 1024);
    EXPECT_EQ(network.gates.size(), f.gates) << f.file;
    EXPECT_EQ(row.least_cells, f.least_cells) << f.file;
    EXPECT_EQ(row.cycles(), f.cycles) << f.file;
    EXPECT_EQ(schedule_row(netlist, network, row.least_cells).cycles(), f.cycles_in_the_least) << f.file;
  }
}

}  // namespace
}  // namespace ohmweave::logic
