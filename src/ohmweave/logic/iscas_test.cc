// SPDX-License-Identifier: Apache-2.0
// Circuits of the functions of ISCAS-85 benchmarks, made here from descriptions of what they do (Hansen, Yalcin
// and Hayes, Unveiling the ISCAS-85 benchmarks, IEEE Design & Test 16(3), 1999): not their gates.
#include <bit>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/logic/partition_schedule.h"
#include "ohmweave/logic/simpler.h"
#include "ohmweave/logic/testing/netlists.h"

namespace ohmweave::logic {
namespace {

using Numbers = std::vector<uint64_t>;

/// A function as a netlist and as arithmetic on the numbers at its ports.
struct Circuit {
  std::string text;
  std::function<Numbers(const Numbers&)> expected;
};

/// "name[0] name[1] ..." of the bits for which `which` holds.
std::string bits(std::string_view name, int count, const std::function<bool(int)>& which) {
  std::string out;
  for (int k = 0; k < count; ++k)
    if (which(k)) out += fmt::format(" {}[{}]", name, k);
  return out;
}

/// Of 27 channels on three buses, a before b before c; on a bus the highest line that is enabled wins (c432).
Circuit interrupts() {
  std::string t = "netlist interrupts\ninput a[8:0] b[8:0] c[8:0] e[8:0]\noutput pa pb pc channel[3:0]\n";
  for (const char bus : {'a', 'b', 'c'}) {
    for (int k = 0; k < 9; ++k) t += fmt::format("{0}e[{1}] = and {0}[{1}] e[{1}]\n", bus, k);
    t += fmt::format("any{} = or{}\n", bus, bits(fmt::format("{}e", bus), 9, [](int) { return true; }));
  }
  t += "pa = buf anya\nna = not anya\npb = and anyb na\nnb = not anyb\npc = and anyc na nb\n";
  for (int k = 0; k < 9; ++k)
    t += fmt::format(
        "l{0}a = and ae[{0}] pa\nl{0}b = and be[{0}] pb\nl{0}c = and ce[{0}] pc\n"
        "l[{0}] = or l{0}a l{0}b l{0}c\nn[{0}] = not l[{0}]\n",
        k);
  for (int k = 0; k < 9; ++k)
    t += fmt::format("first[{0}] = and l[{0}]{1}\n", k, bits("n", 9, [=](int j) { return j > k; }));
  for (int bit = 0; bit < 4; ++bit)  // line k is told as k + 1
    t += fmt::format("channel[{}] = or{}\n", bit, bits("first", 9, [=](int k) { return (k + 1) >> bit & 1; }));
  return {t, [](const Numbers& in) {
            for (size_t bus = 0; bus < 3; ++bus)
              if (const uint64_t on = in[bus] & in[3]; on != 0)
                return Numbers{bus == 0, bus == 1, bus == 2, static_cast<uint64_t>(std::bit_width(on))};
            return Numbers{0, 0, 0, 0};
          }};
}

/// Different bytes of three ones: what a wrong bit of data makes of the syndrome. One wrong check bit makes a
/// single 1 of it.
const std::vector<int>& columns() {
  static const std::vector<int> all = [] {
    std::vector<int> out;
    for (int k = 255; out.size() < 32; --k)
      if (std::popcount(static_cast<unsigned>(k)) == 3) out.push_back(k);
    return out;
  }();
  return all;
}

uint64_t syndrome(uint64_t data, uint64_t check) {
  for (size_t k = 0; k < 32; ++k)
    if (data >> k & 1) check ^= static_cast<uint64_t>(columns()[k]);
  return check;
}

/// y = the sum of some nets modulo 2, by gates of XOR or by four NANDs for each (c1355 is c499 with its XORs
/// taken apart).
std::string parity(const std::string& y, const std::vector<std::string>& nets, bool of_nand) {
  std::string t, so_far = nets[0];
  for (size_t k = 1; k < nets.size(); ++k) {
    const std::string next = k + 1 == nets.size() ? y : fmt::format("{}.{}", y, k), n = next + ".n";
    t += of_nand ? fmt::format(
                       "{0} = nand {1} {2}\n{0}a = nand {1} {0}\n{0}b = nand {2} {0}\n{3} = nand {0}a {0}b\n",
                       n, so_far, nets[k], next)
                 : fmt::format("{} = xor {} {}\n", next, so_far, nets[k]);
    so_far = next;
  }
  return t;
}

/// 32 bits of data with 8 of check; one wrong bit of data is put right where r says that check bits count.
Circuit correction(bool of_nand) {
  std::string t = "netlist correction\ninput d[31:0] c[7:0] r\noutput o[31:0]\n";
  for (int j = 0; j < 8; ++j) {
    std::vector<std::string> nets{fmt::format("g{}", j)};
    for (int k = 0; k < 32; ++k)
      if (columns()[k] >> j & 1) nets.push_back(fmt::format("d[{}]", k));
    t += fmt::format("g{0} = and c[{0}] r\n", j) + parity(fmt::format("s[{}]", j), nets, of_nand);
    t += fmt::format("n[{0}] = not s[{0}]\n", j);
  }
  for (int k = 0; k < 32; ++k) {
    const int column = columns()[k];
    t += fmt::format("f{} = and{}{}\n", k, bits("s", 8, [=](int j) { return column >> j & 1; }),
                     bits("n", 8, [=](int j) { return !(column >> j & 1); }));
    t += parity(fmt::format("o[{}]", k), {fmt::format("d[{}]", k), fmt::format("f{}", k)}, of_nand);
  }
  return {t, [](const Numbers& in) {
            const uint64_t found = syndrome(in[0], in[2] ? in[1] : 0);
            uint64_t data = in[0];
            for (size_t k = 0; k < 32; ++k)
              if (found == static_cast<uint64_t>(columns()[k])) data ^= uint64_t{1} << k;
            return Numbers{data};
          }};
}

/// Sum, difference, AND, OR, XOR, NOT of 8 bits, with carries, parity and zero (c880 is an ALU of 8 bits).
Circuit alu() {
  std::string t = "netlist alu\ninput a[7:0] b[7:0] c f[2:0]\noutput y[7:0] carry zero odd\ncarry0 = buf c\n";
  for (int k = 0; k < 8; ++k)
    t += fmt::format(
        "b{0} = xor b[{0}] f[0]\nx{0} = xor a[{0}] b{0}\nsum{0} = xor x{0} carry{0}\n"
        "t{0} = and a[{0}] b{0}\nu{0} = and x{0} carry{0}\ncarry{1} = or t{0} u{0}\n"
        "and{0} = and a[{0}] b[{0}]\nor{0} = or a[{0}] b[{0}]\nxor{0} = xor a[{0}] b[{0}]\n"
        "not{0} = not a[{0}]\nlow{0} = mux f[0] or{0} and{0}\nhigh{0} = mux f[0] not{0} xor{0}\n"
        "m{0} = mux f[2] high{0} low{0}\nw{0} = or f[1] f[2]\ny[{0}] = mux w{0} m{0} sum{0}\n",
        k, k + 1);
  const std::string all = bits("y", 8, [](int) { return true; });
  t += "w = nor f[1] f[2]\ncarry = and carry8 w\nzero = nor" + all + "\nodd = xor" + all + "\n";
  return {t, [](const Numbers& in) {
            const uint64_t a = in[0], b = in[1], c = in[2], f = in[3];
            const uint64_t sum = a + (f & 1 ? b ^ 255 : b) + c;
            // f: 0 sum, 1 difference, 2 and, 3 or, 4 and 6 xor, 5 and 7 not
            uint64_t y = sum & 255;
            if (f >= 4)
              y = f & 1 ? a ^ 255 : a ^ b;
            else if (f >= 2)
              y = f & 1 ? a | b : a & b;
            return Numbers{y, f < 2 ? sum >> 8 : 0, y == 0, static_cast<uint64_t>(std::popcount(y) & 1)};
          }};
}

void set_number(const NetlistPort& port, std::vector<uint64_t>& words, size_t vector, uint64_t value) {
  for (size_t k = 0; k < port.places.size(); ++k) {
    uint64_t& word = words[static_cast<size_t>(port.places[k])];
    word = (word & ~(uint64_t{1} << vector)) | (value >> k & 1) << vector;
  }
}

std::vector<Circuit> circuits() { return {interrupts(), correction(false), correction(true), alu()}; }

TEST(Iscas, CircuitsComputeTheirFunctions) {
  base::RandomStream random(20, 21, 22);
  for (const Circuit& circuit : circuits()) {
    const Netlist netlist = read_netlist_text(netlist_source(circuit.text));
    const auto in = ports(netlist, netlist.inputs), out = ports(netlist, netlist.outputs);
    for (int round = 0; round < 50; ++round) {
      std::vector<uint64_t> inputs(netlist.inputs.size());
      for (uint64_t& word : inputs) word = random.next64() & (round % 3 == 0 ? random.next64() : ~uint64_t{0});
      const std::vector<uint64_t> outputs = evaluate(netlist, inputs);
      for (size_t v = 0; v < 64; ++v) {
        Numbers given, found;
        for (const NetlistPort& port : in) given.push_back(number_of(port, inputs, v));
        for (const NetlistPort& port : out) found.push_back(number_of(port, outputs, v));
        ASSERT_EQ(found, circuit.expected(given)) << netlist.name;
      }
    }
  }
}

TEST(Iscas, OneWrongBitIsPutRight) {
  base::RandomStream random(23, 24, 25);
  for (const bool of_nand : {false, true}) {
    const Netlist netlist = read_netlist_text(netlist_source(correction(of_nand).text));
    const auto in = ports(netlist, netlist.inputs), out = ports(netlist, netlist.outputs);
    std::vector<uint64_t> inputs(netlist.inputs.size());
    Numbers data(41);
    for (size_t v = 0; v < data.size(); ++v) {  // none, or each of the 40 bits
      data[v] = random.next64() & 0xffffffff;
      set_number(in[0], inputs, v, v < 32 ? data[v] ^ uint64_t{1} << v : data[v]);
      const uint64_t check = syndrome(data[v], 0);
      set_number(in[1], inputs, v, v >= 32 && v < 40 ? check ^ uint64_t{1} << (v - 32) : check);
      set_number(in[2], inputs, v, 1);
    }
    const std::vector<uint64_t> outputs = evaluate(netlist, inputs);
    for (size_t v = 0; v < data.size(); ++v) EXPECT_EQ(number_of(out[0], outputs, v), data[v]) << v;
  }
}

TEST(Iscas, CircuitsRunInRowsAndPartitions) {
  base::RandomStream random(26, 27, 28);
  for (const Circuit& circuit : circuits()) {
    const Netlist netlist = read_netlist_text(netlist_source(circuit.text));
    for (const int fan_in : {2, 4}) {
      const NorNetwork network = map_to_nor(netlist, {fan_in, 2});
      const RowSchedule wide = schedule_row(netlist, network, 4096);
      EXPECT_EQ(wide.cycles(), static_cast<int64_t>(network.gates.size()));
      expect_computes(netlist, wide.program, random);
      for (const int more : {0, 7}) {
        const RowSchedule tight = schedule_row(netlist, network, wide.least_cells + more);
        EXPECT_LE(tight.program.bitlines, wide.least_cells + more);
        expect_computes(netlist, tight.program, random);
      }
      EXPECT_THROW(schedule_row(netlist, network, wide.least_cells - 1), base::Failure);
      for (const int partitions : {3, 8}) {
        const PartitionSchedule cut = schedule_partitions(netlist, network, 1024, partitions);
        expect_computes(netlist, cut.program, random);
        EXPECT_LT(cut.cycles, wide.cycles());
      }
    }
  }
}

TEST(Iscas, FiguresOfThePage) {
  struct Figures {
    size_t gates;
    int least_cells;
    int64_t cycles_in_the_least, in_eight_parts;
  };
  const std::vector<Figures> all = {
      {227, 72, 256, 81}, {673, 81, 738, 392}, {745, 99, 841, 412}, {255, 71, 276, 135}};
  for (size_t k = 0; k < all.size(); ++k) {
    const Netlist netlist = read_netlist_text(netlist_source(circuits()[k].text));
    const NorNetwork network = map_to_nor(netlist);
    const RowSchedule row = schedule_row(netlist, network, 1024);
    EXPECT_EQ(network.gates.size(), all[k].gates) << k;
    EXPECT_EQ(row.least_cells, all[k].least_cells) << k;
    EXPECT_EQ(schedule_row(netlist, network, row.least_cells).cycles(), all[k].cycles_in_the_least) << k;
    EXPECT_EQ(schedule_partitions(netlist, network, 1024, 8).cycles, all[k].in_eight_parts) << k;
  }
}

}  // namespace
}  // namespace ohmweave::logic
