// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/network_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/network/counts.h"
#include "ohmweave/report/network_picture.h"
#include "ohmweave/report/network_repeats.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using network::Graph;
using network::Node;
using network::NodeId;
using network::ValueId;

std::string count(int64_t n) { return units::print_count(static_cast<double>(n)); }

bool moves_only(const Node& node) {
  const network::Family f = network::family_of(node.op);
  return f == network::Family::View || f == network::Family::Shape || node.op == network::Op::Identity ||
         node.op == network::Op::Dropout;
}

const network::Value* result_of(const Graph& graph, const Node& node) {
  if (node.outputs.empty() || node.outputs[0] == network::kNoValue) return nullptr;
  return &graph.value(node.outputs[0]);
}

std::string name_of_family(network::Family family) {
  constexpr const char* kNames[] = {"product",   "unary", "elementwise", "normalization", "window",
                                    "reduction", "view",  "shape",       "unsupported"};
  return kNames[static_cast<size_t>(family)];
}

/// The table of the nodes, repeated parts once.
class Rows {
 public:
  Rows(const Graph& graph, const Style& style)
      : graph_(graph),
        style_(style),
        parameters_(network::parameters_by_node(graph)),
        table_({{"layer", Align::Left, true},
                {"operator", Align::Left},
                {"output", Align::Left},
                {"parameters"},
                {"MACs"}}) {}

  std::string text(int columns) {
    const std::vector<Repeat> repeats = find_repeats(graph_);
    size_t next = 0;
    for (size_t k = 0; k < graph_.nodes.size();) {
      if (next < repeats.size() && repeats[next].first == k) {
        add_repeat(repeats[next]);
        k = repeats[next++].end();
      } else {
        add(k++, "");
      }
    }
    add_total();
    return table_.text(style_, 2, columns);
  }

 private:
  void add_repeat(const Repeat& r) {
    int64_t parameters = 0, macs = 0;
    for (size_t k = r.first; k < r.end(); ++k) {
      parameters += parameters_[k];
      macs += network::multiply_accumulates(graph_, static_cast<NodeId>(k));
    }
    table_.add({style_.bold(fmt::format("{} times:", r.times)), "", "", parameters > 0 ? count(parameters) : "",
                macs > 0 ? count(macs) : ""});
    for (size_t k = r.first; k < r.first + r.length; ++k) add(k, "  ");
  }
  void add(size_t k, const std::string& indent) {
    const Node& node = graph_.nodes[k];
    const network::Value* result = result_of(graph_, node);
    const int64_t macs = network::multiply_accumulates(graph_, static_cast<NodeId>(k));
    std::vector<std::string> cells{
        indent + node.name, describe_node(graph_, node), result == nullptr ? "" : tensor::print(result->shape),
        parameters_[k] > 0 ? count(parameters_[k]) : "", macs > 0 ? count(macs) : ""};
    for (std::string& cell : cells) {
      if (moves_only(node) && !cell.empty()) cell = style_.dim(cell);
    }
    table_.add(std::move(cells));
  }
  void add_total() {
    table_.add({style_.bold("in all"), "", "", count(network::parameter_count(graph_)),
                count(network::multiply_accumulates(graph_))});
  }

  const Graph& graph_;
  const Style& style_;
  std::vector<int64_t> parameters_;
  Table table_;
};

nlohmann::ordered_json json_of(const network::Value& value) {
  return {{"name", value.name}, {"shape", value.shape}, {"type", tensor::name_of(value.element)}};
}

}  // namespace

std::string network_text(const network::Loaded& network, const Style& style, int columns) {
  const Graph& graph = network.graph;
  std::string out =
      fmt::format("{}  {} parameters, {} multiply-accumulates per inference\n\n", style.bold(graph.name),
                  count(network::parameter_count(graph)), count(network::multiply_accumulates(graph)));
  for (ValueId v : graph.inputs)
    out += fmt::format("  input {} {}\n", graph.value(v).name, tensor::print(graph.value(v).shape));
  out += "\n" + Rows(graph, style).text(columns);
  for (const std::string& node : network.unsupported)
    out += fmt::format("  {}: {}\n", style.yellow("not supported"), node);
  return out;
}

nlohmann::ordered_json network_json(const network::Loaded& network) {
  using Json = nlohmann::ordered_json;
  const Graph& graph = network.graph;
  Json out{{"format", "ohmweave-network/1"},
           {"name", graph.name},
           {"parameters", network::parameter_count(graph)},
           {"multiply_accumulates", network::multiply_accumulates(graph)}};
  for (const auto& [key, ids] : {std::pair("inputs", &graph.inputs), std::pair("outputs", &graph.outputs)}) {
    out[key] = Json::array();
    for (ValueId v : *ids) out[key].push_back(json_of(graph.value(v)));
  }
  const std::vector<int64_t> parameters = network::parameters_by_node(graph);
  out["nodes"] = Json::array();
  for (size_t k = 0; k < graph.nodes.size(); ++k) {
    const Node& node = graph.nodes[k];
    Json entry{{"name", node.name},
               {"operator", network::name_of(node.op)},
               {"family", name_of_family(network::family_of(node.op))},
               {"summary", describe_node(graph, node)},
               {"inputs", Json::array()},
               {"outputs", Json::array()},
               {"parameters", parameters[k]},
               {"multiply_accumulates", network::multiply_accumulates(graph, static_cast<NodeId>(k))}};
    for (ValueId v : node.inputs) {
      if (v != network::kNoValue && !graph.value(v).is_constant) entry["inputs"].push_back(graph.value(v).name);
    }
    for (ValueId v : node.outputs) {
      if (v != network::kNoValue) entry["outputs"].push_back(json_of(graph.value(v)));
    }
    out["nodes"].push_back(std::move(entry));
  }
  out["unsupported"] = network.unsupported;
  return out;
}

}  // namespace ohmweave::report
