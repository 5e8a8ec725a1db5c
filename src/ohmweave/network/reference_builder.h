// SPDX-License-Identifier: Apache-2.0
// How a plan is made of a graph: each value gets one or more forms (layouts in buffers), each node a step or,
// where only the way to look at elements changes, none.
#pragma once

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/reference_fusion.h"
#include "ohmweave/network/reference_plan.h"

namespace ohmweave::network {

/// One layout in which a value lies in some buffer.
struct Form {
  size_t buffer = 0;
  dnnl::memory::desc layout;  // empty for what oneDNN does not see: other types, no elements, many axes
  bool plain = true;
};

/// Float elements at evenly spaced places of a buffer or of a constant.
struct Strided {
  std::optional<size_t> buffer;
  tensor::Tensor constant;  // without a buffer
  int64_t begin = 0;        // elements before the first
  std::vector<int64_t> strides;

  const float* at(Plan::Running& running, const Plan& plan) const {
    const auto* first =
        buffer ? reinterpret_cast<const float*>(plan.at(running, *buffer)) : constant.data<float>().data();
    return first + begin;
  }
};

class Builder {
 public:
  Builder(const Graph& graph, PackedWeights& packed, bool observed);
  Plan build();

 private:
  using Arguments = std::vector<std::pair<int, Form>>;

  // reference_builder.cc: forms of values, and nodes one after the other
  void count_uses();
  bool known_to_onednn(ValueId v) const;
  dnnl::memory::desc layout_of(ValueId v) const;
  Form& new_form(ValueId v, const dnnl::memory::desc& layout);
  /// The value in a layout; copied into it if it is not there yet.
  Form in_layout(ValueId v, const dnnl::memory::desc& layout);
  Form plain(ValueId v);
  /// The value as it lies, if its elements fill their buffer without gaps, or else plain.
  Form dense(ValueId v);
  void add_reorder(const Form& from, const Form& to);
  /// Whether the step at hand is the last that reads the value, and nothing else stands in its buffer.
  bool may_overwrite(ValueId v, const Form& form);
  /// The result in place of an operand that nothing else reads, or else in a buffer of its own.
  Form in_place(ValueId operand, const Form& form, ValueId result);
  void add_primitive(const dnnl::primitive& primitive, const Arguments& arguments,
                     const std::vector<std::pair<int, dnnl::memory>>& constants = {});
  void add_node(NodeId n);
  /// Codes that only become reals again are never stored: their reals are rounded where they lie.
  bool add_rounding(const Node& node);
  void add_evaluation(NodeId n);
  void observe(const Node& node);

  // reference_groups.cc: convolutions and what goes with them
  void add_group(const Group& g);
  void add_convolution(const Group& g);
  AfterConvolution after(const Group& g) const;
  Form on_top_of(const Group& g, const dnnl::memory::desc& layout);
  std::pair<tensor::Tensor, std::optional<tensor::Tensor>> scaled_weights(const Group& g) const;
  void add_normalisation(const Group& g);

  // reference_strided.cc: views, arithmetic and matrix products, whose operands may lie in any order.
  // Each says whether it has done the node.
  bool add_view(const Node& node);
  bool add_alias(const Node& node);
  bool add_transposed(const Node& node);
  bool add_parts(const Node& node);
  void add_part(ValueId from, ValueId to, const tensor::Shape& offsets);
  bool add_strided(const Node& node);
  bool add_arithmetic(const Node& node);
  bool add_expanded(const Node& node);
  bool add_matmul(const Node& node);
  std::optional<Strided> strided(ValueId v);
  /// The same, read as if it had the shape that it is stretched to.
  std::optional<Strided> stretched(ValueId v, const tensor::Shape& shape);

  // reference_operators.cc: operators by oneDNN
  bool add_by_onednn(const Node& node);
  bool add_function(const Node& node);
  bool add_sum(const Node& node);
  bool add_pooling(const Node& node);
  bool add_softmax(const Node& node);
  bool add_lrn(const Node& node);
  bool add_concat(const Node& node);

  const Graph& graph_;
  PackedWeights& packed_;
  bool observed_;
  Groups groups_;
  Plan plan_;
  std::vector<std::vector<Form>> forms_;
  std::vector<ValueId> rounded_;  // of codes that are never stored: the reals they stand for
  std::vector<int> uses_;         // of each value by nodes still to come, and as output
};

}  // namespace ohmweave::network
