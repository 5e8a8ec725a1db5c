// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "ohmweave/logic/netlist.h"

namespace ohmweave::logic {

/// A node of a NOR network: first its inputs, then its gates, or a constant.
using NorNode = int32_t;
constexpr NorNode kFalse = -1, kTrue = -2;
constexpr int kMostNorInputs = 5;

struct NorGate {
  std::array<NorNode, kMostNorInputs> inputs{};
  uint8_t fan_in = 0;  // 1: NOT
  std::span<const NorNode> used() const { return {inputs.data(), fan_in}; }
};

/// Logic of NOR gates alone. Gates read inputs and gates before them.
struct NorNetwork {
  int inputs = 0;
  std::vector<NorGate> gates;
  std::vector<NorNode> outputs;  // any node or constant

  int nodes() const { return inputs + static_cast<int>(gates.size()); }
  bool is_gate(NorNode n) const { return n >= inputs; }
  const NorGate& gate(NorNode n) const { return gates[static_cast<size_t>(n - inputs)]; }
  int64_t inverters() const;
};

/// Values of the outputs for 64 vectors, as evaluate() of a netlist.
std::vector<uint64_t> evaluate(const NorNetwork& network, std::span<const uint64_t> inputs);

/// Makes NOR networks in which no gate stands twice, reads a constant, or inverts an inverter.
class NorBuilder {
 public:
  NorBuilder(int inputs, int most_inputs);

  NorNode nor_of(std::vector<NorNode> inputs);
  NorNode not_of(NorNode a) { return nor_of({a}); }
  NorNode or_of(std::vector<NorNode> inputs) { return not_of(nor_of(std::move(inputs))); }
  NorNode and_of(const std::vector<NorNode>& inputs);
  NorNode xor_of(NorNode a, NorNode b);
  NorNode mux_of(NorNode select, NorNode one, NorNode zero);
  /// Bit k of `table` is the value where input j has bit j of k; at most 6 inputs.
  NorNode table_of(uint64_t table, std::span<const NorNode> inputs);

  /// What is needed for the outputs, nothing else.
  NorNetwork finish(std::vector<NorNode> outputs) const;

 private:
  NorNode inverse_if_known(NorNode a) const;
  NorNode existing_or_new(const NorGate& gate);

  struct Hash {
    size_t operator()(const NorGate& gate) const;
  };
  struct Same {
    bool operator()(const NorGate& a, const NorGate& b) const {
      return a.inputs == b.inputs && a.fan_in == b.fan_in;
    }
  };
  int most_inputs_;
  NorNetwork network_;
  std::unordered_map<NorGate, NorNode, Hash, Same> known_;
};

struct NorOptions {
  int most_inputs = 2;  // of a gate
  int rounds = 20;      // of resubstitution, at most; 0: none
};
/// The same function in NOR gates. Throws nothing: every netlist can be mapped.
NorNetwork map_to_nor(const Netlist& netlist, const NorOptions& options = {});

/// One round of Boolean resubstitution: gates are expressed by others nearby where that frees more than it
/// takes. (Mishchenko et al., Scalable logic synthesis using a simple circuit structure, IWLS 2006, for NOR
/// instead of AND.) Returns whether anything was found.
bool resubstitute(NorNetwork& network, int most_inputs);

}  // namespace ohmweave::logic
