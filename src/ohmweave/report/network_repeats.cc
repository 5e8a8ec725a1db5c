// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/network_repeats.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace ohmweave::report {
namespace {

using network::Graph;
using network::Node;
using network::ValueId;

/// What a node does, whatever it reads: operator, numbers and shapes.
std::string form_of(const Graph& graph, const Node& node) {
  std::string out = network::name_of(node.op);
  for (const auto& [key, value] : node.attributes) {
    out += " " + key + "=";
    if (const auto* v = std::get_if<int64_t>(&value)) out += fmt::format("{}", *v);
    if (const auto* v = std::get_if<double>(&value)) out += fmt::format("{}", *v);
    if (const auto* v = std::get_if<std::string>(&value)) out += *v;
    if (const auto* v = std::get_if<std::vector<int64_t>>(&value)) out += fmt::format("{}", fmt::join(*v, ","));
    if (const auto* v = std::get_if<std::vector<double>>(&value)) out += fmt::format("{}", fmt::join(*v, ","));
  }
  for (ValueId v : node.inputs) {
    if (v == network::kNoValue) continue;
    const network::Value& value = graph.value(v);
    if (value.is_constant) out += " " + tensor::print(value.shape);
    const auto numbers = value.is_constant && value.shape.size() <= 1 ? value.constant : std::nullopt;
    if (numbers && numbers->element() == tensor::Element::Int64 && numbers->size() < 16)
      out += fmt::format(":{}", fmt::join(numbers->data<int64_t>(), ","));
  }
  for (ValueId v : node.outputs)
    out += v == network::kNoValue ? " -" : " " + tensor::print(graph.value(v).shape);
  return out;
}

class Search {
 public:
  Search(const Graph& graph, size_t least)
      : graph_(graph), least_(least), maker_(graph.values.size(), SIZE_MAX) {
    for (size_t k = 0; k < graph.nodes.size(); ++k) {
      forms_.push_back(std::hash<std::string>()(form_of(graph, graph.nodes[k])));
      for (ValueId v : graph.nodes[k].outputs) {
        if (v != network::kNoValue) maker_[v] = k;
      }
    }
  }

  std::vector<Repeat> run() const {
    std::vector<Repeat> out;
    for (size_t at = 0; at < graph_.nodes.size();) {
      const Repeat best = longest(at);
      if (best.times > 1) out.push_back(best);
      at = best.times > 1 ? best.end() : at + 1;
    }
    return out;
  }

 private:
  static constexpr size_t kMostLength = 400;

  Repeat longest(size_t at) const {
    Repeat best{at, 1, 1};
    size_t saved = least_ - 1;
    for (size_t length = 1; length <= kMostLength && at + 2 * length <= graph_.nodes.size(); ++length) {
      if (forms_[at] != forms_[at + length]) continue;
      size_t alike = 0;
      while (at + length + alike < graph_.nodes.size() && same(at + alike, length)) ++alike;
      const size_t more = alike / length;
      if (more * length > saved) saved = more * length, best = {at, length, more + 1};
    }
    return best;
  }

  /// Whether the node `length` further on does the same to what stands as far away, or to the same.
  bool same(size_t node, size_t length) const {
    const Node &a = graph_.nodes[node], &b = graph_.nodes[node + length];
    if (forms_[node] != forms_[node + length] || a.inputs.size() != b.inputs.size()) return false;
    for (size_t k = 0; k < a.inputs.size(); ++k) {
      const ValueId u = a.inputs[k], v = b.inputs[k];
      if (u == v) continue;
      if (u == network::kNoValue || v == network::kNoValue) return false;
      if (graph_.value(u).is_constant && graph_.value(v).is_constant) continue;
      if (maker_[v] == SIZE_MAX) return false;
      // The first time may read what comes in from an input.
      if (maker_[u] == SIZE_MAX ? maker_[v] + 1 != node + length : maker_[v] - maker_[u] != length)
        return false;
    }
    return true;
  }

  const Graph& graph_;
  size_t least_;
  std::vector<size_t> maker_;
  std::vector<size_t> forms_;
};

}  // namespace

std::vector<Repeat> find_repeats(const Graph& graph, size_t least) { return Search(graph, least).run(); }

}  // namespace ohmweave::report
