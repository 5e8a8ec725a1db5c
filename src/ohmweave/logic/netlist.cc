// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/netlist.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/files.h"

namespace ohmweave::logic {
namespace {

constexpr std::array<GateFunctionKind, 12> kKinds{{{"zero", 0, 0},
                                                   {"one", 0, 0},
                                                   {"buf", 1, 1},
                                                   {"not", 1, 1},
                                                   {"and", 1, kMostNetlistInputs},
                                                   {"nand", 1, kMostNetlistInputs},
                                                   {"or", 1, kMostNetlistInputs},
                                                   {"nor", 1, kMostNetlistInputs},
                                                   {"xor", 1, kMostNetlistInputs},
                                                   {"xnor", 1, kMostNetlistInputs},
                                                   {"mux", 3, 3},
                                                   {"", 0, kMostNetlistInputs}}};
constexpr std::array<GateFunction, 11> kNamed{GateFunction::Zero, GateFunction::One, GateFunction::Buf,
                                              GateFunction::Not,  GateFunction::And, GateFunction::Nand,
                                              GateFunction::Or,   GateFunction::Nor, GateFunction::Xor,
                                              GateFunction::Xnor, GateFunction::Mux};

uint64_t sum_of_products(const NetlistGate& gate, const std::vector<uint64_t>& value) {
  uint64_t sum = 0;
  for (const std::string& product : gate.products) {
    uint64_t term = ~uint64_t{0};
    for (size_t k = 0; k < product.size(); ++k) {
      const uint64_t x = value[static_cast<size_t>(gate.inputs[k])];
      if (product[k] != '-') term &= product[k] == '1' ? x : ~x;
    }
    sum |= term;
  }
  return gate.inverted ? ~sum : sum;
}

uint64_t value_of(const NetlistGate& gate, const std::vector<uint64_t>& value) {
  const auto in = [&](size_t k) { return value[static_cast<size_t>(gate.inputs[k])]; };
  const auto fold = [&](auto join) {
    uint64_t x = in(0);
    for (size_t k = 1; k < gate.inputs.size(); ++k) x = join(x, in(k));
    return x;
  };
  switch (gate.function) {
    case GateFunction::Zero:
      return 0;
    case GateFunction::One:
      return ~uint64_t{0};
    case GateFunction::Buf:
      return in(0);
    case GateFunction::Not:
      return ~in(0);
    case GateFunction::And:
      return fold(std::bit_and<>());
    case GateFunction::Nand:
      return ~fold(std::bit_and<>());
    case GateFunction::Or:
      return fold(std::bit_or<>());
    case GateFunction::Nor:
      return ~fold(std::bit_or<>());
    case GateFunction::Xor:
      return fold(std::bit_xor<>());
    case GateFunction::Xnor:
      return ~fold(std::bit_xor<>());
    case GateFunction::Mux:
      return (in(0) & in(1)) | (~in(0) & in(2));
    case GateFunction::Sum:
      return sum_of_products(gate, value);
  }
  return 0;
}

/// The index of "a[3]", with the name before it.
std::optional<int> index_of(std::string_view net, std::string_view& base) {
  const size_t open = net.rfind('[');
  if (open == std::string_view::npos || open == 0 || net.back() != ']') return std::nullopt;
  int index = 0;
  const char* end = net.data() + net.size() - 1;
  const auto [at, error] = std::from_chars(net.data() + open + 1, end, index);
  if (error != std::errc{} || at != end || index < 0) return std::nullopt;
  base = net.substr(0, open);
  return index;
}

}  // namespace

const GateFunctionKind& kind_of(GateFunction function) { return kKinds[static_cast<size_t>(function)]; }

const GateFunction* gate_function(std::string_view name) {
  const auto found =
      std::find_if(kNamed.begin(), kNamed.end(), [&](GateFunction f) { return kind_of(f).name == name; });
  return found == kNamed.end() ? nullptr : &*found;
}

std::vector<std::string> gate_function_names() {
  std::vector<std::string> out;
  for (const GateFunction f : kNamed) out.emplace_back(kind_of(f).name);
  return out;
}

std::vector<NetlistPort> ports(const Netlist& netlist, std::span<const Net> nets) {
  std::map<std::string_view, std::map<int, int>> vectors;  // base: index: place
  for (size_t k = 0; k < nets.size(); ++k) {
    std::string_view base;
    const std::optional<int> index = index_of(netlist.nets[static_cast<size_t>(nets[k])], base);
    if (index) vectors[base].emplace(*index, static_cast<int>(k));
  }
  std::vector<NetlistPort> out;
  std::map<std::string_view, bool> taken;
  for (size_t k = 0; k < nets.size(); ++k) {
    const std::string& net = netlist.nets[static_cast<size_t>(nets[k])];
    std::string_view base;
    const std::optional<int> index = index_of(net, base);
    const bool whole = index && vectors[base].begin()->first == 0 &&
                       vectors[base].rbegin()->first + 1 == static_cast<int>(vectors[base].size());
    if (!whole) {
      out.push_back({net, {static_cast<int>(k)}});
    } else if (!taken[base]) {
      taken[base] = true;
      out.push_back({std::string(base), {}});
      for (const auto& [at, place] : vectors[base]) out.back().places.push_back(place);
    }
  }
  return out;
}

std::vector<uint64_t> evaluate(const Netlist& netlist, std::span<const uint64_t> inputs) {
  OHMWEAVE_CHECK(inputs.size() == netlist.inputs.size(), "a word for each input");
  std::vector<uint64_t> value(netlist.nets.size());
  for (size_t k = 0; k < inputs.size(); ++k) value[static_cast<size_t>(netlist.inputs[k])] = inputs[k];
  for (const NetlistGate& gate : netlist.gates) value[static_cast<size_t>(gate.output)] = value_of(gate, value);
  std::vector<uint64_t> out;
  for (const Net net : netlist.outputs) out.push_back(value[static_cast<size_t>(net)]);
  return out;
}

bool is_netlist_file(std::string_view path) {
  return path.ends_with(".blif") || path.ends_with(".v") || path.ends_with(".netlist");
}

Netlist load_netlist(const std::string& path) {
  if (!is_netlist_file(path)) base::fail(path, "a netlist ends in .netlist, .blif or .v");
  const auto source = base::read_source(path);
  if (path.ends_with(".blif")) return read_blif(source);
  if (path.ends_with(".v")) return read_verilog(source);
  return read_netlist_text(source);
}

}  // namespace ohmweave::logic
