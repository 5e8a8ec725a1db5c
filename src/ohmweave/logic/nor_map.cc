// SPDX-License-Identifier: Apache-2.0
// Technology mapping: gates of any kind to NOR.
#include <algorithm>

#include "ohmweave/logic/nor_network.h"

namespace ohmweave::logic {
namespace {

constexpr size_t kMostTableInputs = 6;

uint64_t table_of(const NetlistGate& gate) {
  uint64_t table = 0;
  for (uint64_t k = 0; k < 64; ++k) {
    const bool covered =
        std::any_of(gate.products.begin(), gate.products.end(), [&](const std::string& product) {
          for (size_t j = 0; j < product.size(); ++j) {
            if (product[j] != '-' && (product[j] == '1') != ((k >> j & 1) != 0)) return false;
          }
          return true;
        });
    if (covered != gate.inverted) table |= uint64_t{1} << k;
  }
  return table;
}

class Mapper {
 public:
  Mapper(const Netlist& netlist, int most_inputs)
      : netlist_(netlist),
        builder_(static_cast<int>(netlist.inputs.size()), most_inputs),
        node_(netlist.nets.size(), kFalse) {}

  NorNetwork run() {
    NorNode next = 0;
    for (const Net net : netlist_.inputs) node_[static_cast<size_t>(net)] = next++;
    for (const NetlistGate& gate : netlist_.gates) node_[static_cast<size_t>(gate.output)] = map(gate);
    std::vector<NorNode> outputs;
    for (const Net net : netlist_.outputs) outputs.push_back(node_[static_cast<size_t>(net)]);
    return builder_.finish(std::move(outputs));
  }

 private:
  NorNode map(const NetlistGate& gate) {
    std::vector<NorNode> in;
    for (const Net net : gate.inputs) in.push_back(node_[static_cast<size_t>(net)]);
    switch (gate.function) {
      case GateFunction::Zero:
        return kFalse;
      case GateFunction::One:
        return kTrue;
      case GateFunction::Buf:
        return in[0];
      case GateFunction::Not:
        return builder_.not_of(in[0]);
      case GateFunction::And:
        return builder_.and_of(in);
      case GateFunction::Nand:
        return builder_.not_of(builder_.and_of(in));
      case GateFunction::Or:
        return builder_.or_of(std::move(in));
      case GateFunction::Nor:
        return builder_.nor_of(std::move(in));
      case GateFunction::Xor:
        return parity(in);
      case GateFunction::Xnor:
        return builder_.not_of(parity(in));
      case GateFunction::Mux:
        return builder_.mux_of(in[0], in[1], in[2]);
      case GateFunction::Sum:
        return sum(gate, in);
    }
    return kFalse;
  }

  NorNode parity(const std::vector<NorNode>& in) {
    NorNode x = in[0];
    for (size_t k = 1; k < in.size(); ++k) x = builder_.xor_of(x, in[k]);
    return x;
  }

  NorNode sum(const NetlistGate& gate, const std::vector<NorNode>& in) {
    if (in.size() <= kMostTableInputs) return builder_.table_of(table_of(gate), in);
    std::vector<NorNode> terms;
    for (const std::string& product : gate.products) {
      std::vector<NorNode> literals;
      for (size_t j = 0; j < product.size(); ++j) {
        if (product[j] != '-') literals.push_back(product[j] == '1' ? in[j] : builder_.not_of(in[j]));
      }
      terms.push_back(builder_.and_of(literals));
    }
    const NorNode none = builder_.nor_of(std::move(terms));
    return gate.inverted ? none : builder_.not_of(none);
  }

  const Netlist& netlist_;
  NorBuilder builder_;
  std::vector<NorNode> node_;  // by net
};

}  // namespace

NorNetwork map_to_nor(const Netlist& netlist, const NorOptions& options) {
  NorNetwork network = Mapper(netlist, options.most_inputs).run();
  for (int k = 0; k < options.rounds && resubstitute(network, options.most_inputs); ++k) {
  }
  return network;
}

}  // namespace ohmweave::logic
