// SPDX-License-Identifier: Apache-2.0
// The layers that a description of a network may list.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// Where one layer comes to stand: what it reads, what it is called, and the graph it is added to.
class LayerSite {
 public:
  LayerSite(Graph& graph, std::string name, ValueId input)
      : graph_(graph), name_(std::move(name)), input_(input) {}

  const std::string& name() const { return name_; }
  ValueId input() const { return input_; }
  const tensor::Shape& shape() const { return graph_.value(input_).shape; }
  const tensor::Shape& shape(ValueId id) const { return graph_.value(id).shape; }
  /// Extents beside the batch and the channels; DoesNotFit if there are none.
  size_t spatial_axes() const;
  /// Extents of a sequence, [1, tokens, features]; DoesNotFit if the layer reads none.
  const tensor::Shape& sequence(ValueId id) const;
  const tensor::Shape& sequence() const { return sequence(input_); }
  Graph& graph() { return graph_; }

  /// Weights of which only the shape is known.
  ValueId constant(const std::string& suffix, const tensor::Shape& shape);
  /// A constant with values that nobody trains: no parameter of the network.
  ValueId table(const std::string& suffix, tensor::Tensor values);
  /// A constant with one known value.
  ValueId number(const std::string& suffix, float value);
  /// Whole numbers that say a shape.
  ValueId integers(const std::string& suffix, const std::vector<int64_t>& values);
  /// Elements [begin, end) along some axes.
  ValueId slice(ValueId from, const std::vector<int64_t>& begins, const std::vector<int64_t>& ends,
                const std::vector<int64_t>& axes, const std::string& suffix = "");
  /// Adds a node called after the layer. DoesNotFit, Failure: its operands do not fit.
  ValueId node(Op op, std::vector<ValueId> inputs, std::map<std::string, Attribute> attributes = {},
               const std::string& suffix = "");

 private:
  Graph& graph_;
  std::string name_;
  ValueId input_;
};

/// What all layers may say: a name for others to read them by, and what they read instead of the layer before.
struct Placement {
  std::string name, from;
  std::vector<std::string> operands;  // further operands, of layers that take some
  std::string_view operands_key;      // the parameter that names them
};

/// Adds a layer's nodes to the graph; the value it makes. `with`: its further operands.
using LayerBuild = std::function<ValueId(LayerSite&, const std::vector<ValueId>& with)>;

/// A kind of layer: its word, the parameter that may stand alone (`dense: 10`), and how it becomes nodes.
struct LayerKind {
  std::string_view word, alone, doc;
  std::vector<config::FieldInfo> (*fields)();
  /// Reads the parameters; false if they are wrong. `build` is left empty then.
  bool (*read)(config::Node& arguments, base::Diagnostics& d, Placement& placement, LayerBuild& build);
};
const std::vector<LayerKind>& layer_kinds();

/// The reference page of all kinds and their parameters, in Markdown.
std::string describe_layers();

}  // namespace ohmweave::network
