// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/testing/netlists.h"

#include <fmt/format.h>

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

}  // namespace ohmweave::logic
