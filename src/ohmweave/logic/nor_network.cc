// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/nor_network.h"

#include <algorithm>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {
namespace {

/// What input j of a truth table looks like.
constexpr std::array<uint64_t, 6> kColumns{0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                           0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};

uint64_t where_one(uint64_t table, int j) {
  const uint64_t x = table & kColumns[static_cast<size_t>(j)];
  return x | x >> (1 << j);
}
uint64_t where_zero(uint64_t table, int j) {
  const uint64_t x = table & ~kColumns[static_cast<size_t>(j)];
  return x | x << (1 << j);
}

}  // namespace

int64_t NorNetwork::inverters() const {
  return std::count_if(gates.begin(), gates.end(), [](const NorGate& g) { return g.fan_in == 1; });
}

std::vector<uint64_t> evaluate(const NorNetwork& network, std::span<const uint64_t> inputs) {
  std::vector<uint64_t> value(inputs.begin(), inputs.end());
  value.reserve(static_cast<size_t>(network.nodes()));
  for (const NorGate& gate : network.gates) {
    uint64_t x = 0;
    for (const NorNode n : gate.used()) x |= value[static_cast<size_t>(n)];
    value.push_back(~x);
  }
  std::vector<uint64_t> out;
  for (const NorNode n : network.outputs)
    out.push_back(n == kFalse ? 0 : n == kTrue ? ~uint64_t{0} : value[static_cast<size_t>(n)]);
  return out;
}

size_t NorBuilder::Hash::operator()(const NorGate& gate) const {
  uint64_t h = gate.fan_in;
  for (const NorNode n : gate.used()) h = (h ^ static_cast<uint32_t>(n)) * 0x9E3779B97F4A7C15ULL;
  return h ^ h >> 32;
}

NorBuilder::NorBuilder(int inputs, int most_inputs) : most_inputs_(most_inputs) {
  OHMWEAVE_CHECK(most_inputs >= 2 && most_inputs <= kMostNorInputs, "inputs of a NOR gate");
  network_.inputs = inputs;
}

NorNode NorBuilder::existing_or_new(const NorGate& gate) {
  const auto [at, made] = known_.try_emplace(gate, network_.nodes());
  if (made) network_.gates.push_back(gate);
  return at->second;
}

NorNode NorBuilder::inverse_if_known(NorNode a) const {
  if (a == kFalse) return kTrue;
  if (a == kTrue) return kFalse;
  if (network_.is_gate(a) && network_.gate(a).fan_in == 1) return network_.gate(a).inputs[0];
  NorGate inverter;
  inverter.inputs[0] = a;
  inverter.fan_in = 1;
  const auto found = known_.find(inverter);
  return found == known_.end() ? INT32_MIN : found->second;
}

NorNode NorBuilder::nor_of(std::vector<NorNode> inputs) {
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  std::erase(inputs, kFalse);
  if (inputs.empty()) return kTrue;
  if (std::binary_search(inputs.begin(), inputs.end(), kTrue)) return kFalse;
  if (inputs.size() == 1 && network_.is_gate(inputs[0]) && network_.gate(inputs[0]).fan_in == 1)
    return network_.gate(inputs[0]).inputs[0];
  for (const NorNode n : inputs) {
    if (inputs.size() > 1 && std::binary_search(inputs.begin(), inputs.end(), inverse_if_known(n)))
      return kFalse;
  }
  const auto most = static_cast<size_t>(most_inputs_);
  while (inputs.size() > most) {  // the OR of the first few becomes one input at the end: a balanced tree
    const std::vector<NorNode> first(inputs.begin(), inputs.begin() + most_inputs_);
    inputs.erase(inputs.begin(), inputs.begin() + most_inputs_);
    const NorNode joined = or_of(first);
    if (joined == kTrue) return kFalse;
    if (std::find(inputs.begin(), inputs.end(), joined) == inputs.end()) inputs.push_back(joined);
  }
  std::sort(inputs.begin(), inputs.end());
  if (inputs.size() == 1 && network_.is_gate(inputs[0]) && network_.gate(inputs[0]).fan_in == 1)
    return network_.gate(inputs[0]).inputs[0];
  NorGate gate;
  std::copy(inputs.begin(), inputs.end(), gate.inputs.begin());
  gate.fan_in = static_cast<uint8_t>(inputs.size());
  return existing_or_new(gate);
}

NorNode NorBuilder::and_of(const std::vector<NorNode>& inputs) {
  std::vector<NorNode> inverse;
  for (const NorNode n : inputs) inverse.push_back(not_of(n));
  return nor_of(std::move(inverse));
}

NorNode NorBuilder::xor_of(NorNode a, NorNode b) {
  // XNOR is four gates without a complement; with one of them at hand, XOR is.
  const bool invert = inverse_if_known(a) == INT32_MIN && inverse_if_known(b) == INT32_MIN;
  if (inverse_if_known(a) != INT32_MIN) {
    a = not_of(a);
  } else if (inverse_if_known(b) != INT32_MIN) {
    b = not_of(b);
  }
  const NorNode neither = nor_of({a, b});
  const NorNode equal = nor_of({nor_of({a, neither}), nor_of({b, neither})});
  return invert ? not_of(equal) : equal;
}

NorNode NorBuilder::mux_of(NorNode select, NorNode one, NorNode zero) {
  return nor_of({nor_of({one, not_of(select)}), nor_of({zero, select})});
}

NorNode NorBuilder::table_of(uint64_t table, std::span<const NorNode> inputs) {
  if (table == 0) return kFalse;
  if (table == ~uint64_t{0}) return kTrue;
  const auto last = static_cast<int>(inputs.size()) - 1;
  for (int j = last; j >= 0; --j) {
    const uint64_t one = where_one(table, j), zero = where_zero(table, j);
    if (one == zero) continue;
    const NorNode x = inputs[static_cast<size_t>(j)];
    if (zero == 0) return and_of({x, table_of(one, inputs)});
    if (one == 0) return and_of({not_of(x), table_of(zero, inputs)});
    if (one == ~uint64_t{0}) return or_of({x, table_of(zero, inputs)});
    if (zero == ~uint64_t{0}) return or_of({not_of(x), table_of(one, inputs)});
    if (one == ~zero) return xor_of(x, table_of(zero, inputs));
  }
  int j = last;
  while (where_one(table, j) == where_zero(table, j)) --j;
  return mux_of(inputs[static_cast<size_t>(j)], table_of(where_one(table, j), inputs),
                table_of(where_zero(table, j), inputs));
}

NorNetwork NorBuilder::finish(std::vector<NorNode> outputs) const {
  std::vector<uint8_t> needed(static_cast<size_t>(network_.nodes()));
  for (const NorNode n : outputs) {
    if (n >= 0) needed[static_cast<size_t>(n)] = 1;
  }
  for (NorNode n = network_.nodes() - 1; n >= network_.inputs; --n) {
    if (needed[static_cast<size_t>(n)] == 0) continue;
    for (const NorNode m : network_.gate(n).used()) needed[static_cast<size_t>(m)] = 1;
  }
  NorNetwork out;
  out.inputs = network_.inputs;
  std::vector<NorNode> place(needed.size());
  for (NorNode n = 0; n < network_.nodes(); ++n) {
    if (n < network_.inputs) {
      place[static_cast<size_t>(n)] = n;
    } else if (needed[static_cast<size_t>(n)] != 0) {
      place[static_cast<size_t>(n)] = out.nodes();
      out.gates.push_back(network_.gate(n));
      for (NorNode& m : out.gates.back().inputs) m = place[static_cast<size_t>(m)];
    }
  }
  for (const NorNode n : outputs) out.outputs.push_back(n < 0 ? n : place[static_cast<size_t>(n)]);
  return out;
}

}  // namespace ohmweave::logic
