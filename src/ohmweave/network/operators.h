// SPDX-License-Identifier: Apache-2.0
// The operator table: everything the project knows of an operator stands in one entry of one operators_*.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::network {

struct Type {
  tensor::Element element = tensor::Element::Float32;
  tensor::Shape shape;
};
using Types = std::vector<Type>;
using Results = std::vector<tensor::Tensor>;

/// A node and what is known of its operands: their types, and their values where it is evaluated or they are
/// constant.
class Operation {
 public:
  struct Operand {
    Type type;
    const tensor::Tensor* values = nullptr;
  };
  Operation(const std::string& graph, const Node& node, std::vector<std::optional<Operand>> operands);
  /// As the graph knows it: values of constants only.
  Operation(const Graph& graph, const Node& node);

  const Node& node() const { return node_; }
  size_t operands() const { return operands_.size(); }
  size_t outputs() const { return node_.outputs.size(); }
  bool has(size_t k) const { return k < operands_.size() && operands_[k].has_value(); }
  bool has_values(size_t k) const { return has(k) && operands_[k]->values != nullptr; }
  const Type& type(size_t k) const { return operands_[k]->type; }
  const tensor::Shape& shape(size_t k) const { return type(k).shape; }
  tensor::Element element(size_t k) const { return type(k).element; }
  const tensor::Tensor& tensor(size_t k) const { return *operands_[k]->values; }
  /// Whole numbers of an operand that must be known before the network runs.
  std::vector<int64_t> integers(size_t k) const;
  /// 0 <= axis < rank of an axis that may count from the end.
  int64_t axis(int64_t axis, size_t rank) const;

  /// The node does not fit: a Failure that names it.
  [[noreturn]] void fail(const std::string& message) const;
  void require(bool good, const std::string& message) const {
    if (!good) fail(message);
  }

 private:
  std::string graph_;
  const Node& node_;
  std::vector<std::optional<Operand>> operands_;
};

/// A node of a file on its way into a graph: brings older forms of an operator to ours.
class Lift {
 public:
  virtual ~Lift() = default;
  Node node;  // operands and attributes as the file has them; outputs as add_node() takes them
  int64_t opset = 0;
  std::string file_operator;  // what the file calls it

  virtual const Graph& graph() const = 0;
  /// Adds a node of ours before or after; the result may be a constant where all operands are.
  virtual std::vector<ValueId> add(Node node) = 0;
  virtual ValueId constant(const std::string& suffix, tensor::Tensor values) = 0;

  ValueId add(Op op, const std::string& suffix, std::vector<ValueId> inputs,
              std::map<std::string, Attribute> attributes = {});
  /// Adds the node as an operator of ours with one result.
  std::vector<ValueId> finish_as(Op op, std::vector<ValueId> inputs,
                                 std::map<std::string, Attribute> attributes = {});
  /// A constant of one number, of an element type.
  ValueId number(const std::string& suffix, double value, tensor::Element element = tensor::Element::Float32);
  /// Adds `node` itself, as it stands.
  std::vector<ValueId> finish() { return add(node); }
  /// The operand has to be there.
  const tensor::Shape& shape(size_t operand) const { return graph().value(node.inputs[operand]).shape; }
  bool has_operand(size_t k) const { return k < node.inputs.size() && node.inputs[k] != kNoValue; }
  void set_operand(size_t k, ValueId value);
  bool has(const std::string& key) const { return node.attributes.count(key) > 0; }
  /// Removes an attribute; `otherwise` if the node does not have it.
  int64_t take(const std::string& key, int64_t otherwise);
  double take(const std::string& key, double otherwise);
  std::vector<int64_t> take(const std::string& key, std::vector<int64_t> otherwise);
  std::string take(const std::string& key, std::string otherwise);
  /// Moves a list of whole numbers to where newer forms have it: operand k.
  void list_to_operand(const std::string& key, size_t k);
  [[noreturn]] void fail(const std::string& message) const;
};

/// Which axis of each operand and result counts samples, while a network is given another batch; kNone: none
/// does.
struct Batching {
  static constexpr int kNone = -1;
  int64_t batch = 1;  // in the graph as it is
  std::vector<int> operands;
  std::vector<int> results;
  std::map<size_t, std::vector<int64_t>> replaced;  // operands that said the batch, made independent of it
};

struct Parameter {
  std::string name;
  Attribute otherwise;
  bool required = false;
};

struct Operator {
  static constexpr size_t kAny = SIZE_MAX;

  Op op = Op::Identity;
  const char* name = "";
  Family family = Family::Unary;
  size_t least_inputs = 1, most_inputs = 1;
  size_t most_outputs = 1;
  std::vector<Parameter> attributes = {};
  /// Fills in what depends on shapes (pads, strides, axes). Optional.
  void (*complete)(Graph&, Node&) = nullptr;
  /// Types of the outputs. May fail through Operation::fail.
  Types (*infer)(const Operation&) = nullptr;
  /// Exact values of the outputs, of the inferred types. All operands have values.
  Results (*evaluate)(const Operation&, const Types&) = nullptr;
  /// Sets Batching::results (all kNone before), given that some operand has a batch axis. Returns false where
  /// samples would mix or it cannot tell. `o` has the shapes of the graph as it is.
  bool (*batch)(const Operation& o, Batching& b) = nullptr;
  /// Brings the form of an older opset to ours. Optional: most operators only gained types.
  std::vector<ValueId> (*lift)(Lift&) = nullptr;
};

const Operator& operator_of(Op op);
/// By the name that files have: "Conv", "com.microsoft.QLinearAdd". Nothing if we do not have it.
const Operator* find_operator(const std::string& name);

/// The entries, by family.
std::vector<Operator> product_operators();
std::vector<Operator> recurrent_operators();
std::vector<Operator> unary_operators();
std::vector<Operator> function_operators();
std::vector<Operator> elementwise_operators();
std::vector<Operator> logical_operators();  // among the elementwise ones
std::vector<Operator> normalization_operators();
std::vector<Operator> window_operators();
std::vector<Operator> reduction_operators();
std::vector<Operator> reshaping_operators();
std::vector<Operator> moving_operators();
std::vector<Operator> shape_operators();
Operator padding_operator();  // one of the moving ones
std::vector<Operator> indexing_operators();
std::vector<Operator> ordering_operators();
std::vector<Operator> transposed_operators();
Operator resizing_operator();
Operator upsample_form();  // Upsample, which import makes Resize of
/// Operators of files that import makes others of: a name, the least number of operands, and `lift`.
std::vector<Operator> lifted_operators();
Operator einsum_form();                    // these three are among them
std::vector<Operator> rearranged_forms();  // DepthToSpace and the like
std::vector<Operator> microsoft_forms();

/// Rules that several operators share.
Types infer_like_first(const Operation& o);
bool batch_like_first(const Operation& o, Batching& b);   // one value in; the same axis out
bool batch_elementwise(const Operation& o, Batching& b);  // operands aligned from the last axis
bool batch_samples(const Operation& o,
                   Batching& b);  // operand 0 counts samples along axis 0; the others are weights

/// The axis of every value of a graph that counts samples, Batching::kNone for what all share; kNone for all where
/// samples meet.
std::vector<int> batch_axes_of_values(const Graph& graph);

/// Opset 1 let operators reuse the memory of their operands; otherwise nothing to do.
std::vector<ValueId> lift_consumed(Lift& lift);

/// Softmax and its kin: before opset 13 all axes from `axis` on (default 1) were normalised together.
std::vector<ValueId> lift_together(Lift& lift);

/// An int64 vector as a tensor.
tensor::Tensor integers_tensor(const std::vector<int64_t>& values);
/// Number of elements; fails if there are more than a machine holds.
int64_t checked_count(const Operation& o, const tensor::Shape& shape);

}  // namespace ohmweave::network
