// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/testing/netlists.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/logic/array.h"

namespace ohmweave::logic {

std::shared_ptr<const base::Source> netlist_source(std::string_view text) {
  return std::make_shared<const base::Source>(base::Source{"t.netlist", std::string(text)});
}

Netlist random_netlist(base::RandomStream& random, int inputs, int gates, int outputs) {
  base::Diagnostics diagnostics;
  NetlistBuilder builder(diagnostics);
  std::vector<Net> nets;
  for (int k = 0; k < inputs; ++k) {
    nets.push_back(builder.net(fmt::format("a[{}]", k), {}));
    builder.input(nets.back(), {});
  }
  const auto any = [&] {  // rather a recent one
    const uint64_t back = std::min(random.below(nets.size()), random.below(nets.size()));
    return nets[nets.size() - 1 - back];
  };
  for (int k = 0; k < gates; ++k) {
    NetlistGate gate;
    gate.function = static_cast<GateFunction>(random.below(12));
    const GateFunctionKind& kind = kind_of(gate.function);
    int count = kind.least_inputs;
    if (kind.most_inputs > 3) count = 1 + static_cast<int>(random.below(random.below(8) == 0 ? 9 : 3));
    for (int j = 0; j < count; ++j) gate.inputs.push_back(any());
    if (gate.function == GateFunction::Sum) {
      gate.inverted = random.below(2) == 0;
      for (uint64_t p = random.below(5); p > 0; --p) {
        gate.products.emplace_back();
        for (int j = 0; j < count; ++j) gate.products.back() += "01-"[random.below(3)];
      }
    }
    gate.output = builder.net(fmt::format("t{}", k), {});
    nets.push_back(gate.output);
    builder.gate(std::move(gate), {});
  }
  for (int k = 0; k < outputs; ++k) {
    const Net net = builder.net(fmt::format("o[{}]", k), {});
    builder.gate({GateFunction::Buf, net, {any()}, {}, false}, {});
    builder.output(net, {});
  }
  return builder.finish("random");
}

uint64_t number_of(const NetlistPort& port, const std::vector<uint64_t>& words, size_t vector) {
  uint64_t value = 0;
  for (size_t k = 0; k < port.places.size(); ++k)
    value |= (words[static_cast<size_t>(port.places[k])] >> vector & 1) << k;
  return value;
}

void expect_computes(const Netlist& netlist, const LogicProgram& program, base::RandomStream& random) {
  check(program);
  LogicArray rows(64, program.bitlines);
  for (int k = 0; k < program.bitlines; ++k) {
    std::vector<uint64_t> rubbish(64);
    for (uint64_t& bit : rubbish) bit = random.below(2);
    rows.write(std::vector<Bitline>{static_cast<Bitline>(k)}, rubbish);
  }
  std::vector<uint64_t> inputs(netlist.inputs.size());
  for (uint64_t& word : inputs) word = random.next64();
  const auto bits_of = [](uint64_t word) {
    std::vector<uint64_t> bits(64);
    for (size_t r = 0; r < 64; ++r) bits[r] = word >> r & 1;
    return bits;
  };
  const auto in = ports(netlist, netlist.inputs), out = ports(netlist, netlist.outputs);
  for (size_t p = 0; p < in.size(); ++p) {
    for (size_t k = 0; k < in[p].places.size(); ++k)
      rows.write(std::vector<Bitline>{program.inputs[p].cells[k]},
                 bits_of(inputs[static_cast<size_t>(in[p].places[k])]));
  }
  rows.run(program);
  const std::vector<uint64_t> expected = evaluate(netlist, inputs);
  for (size_t p = 0; p < out.size(); ++p) {
    for (size_t k = 0; k < out[p].places.size(); ++k) {
      EXPECT_EQ(rows.read(std::vector<Bitline>{program.outputs[p].cells[k]}),
                bits_of(expected[static_cast<size_t>(out[p].places[k])]))
          << netlist.name << ", " << out[p].name << " bit " << k;
    }
  }
}

}  // namespace ohmweave::logic
