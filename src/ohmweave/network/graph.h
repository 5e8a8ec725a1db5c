// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/tensor/fixed_point.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::network {

/// Positions in Graph::values and Graph::nodes.
using ValueId = uint32_t;
using NodeId = uint32_t;
constexpr ValueId kNoValue = UINT32_MAX;  // an optional input left out

/// The operators of our graphs: ONNX's in the form of opset 18, normalised further so that nobody has to know a
/// default: every attribute is present, paddings are explicit (no auto_pad), axes count from 0, and the
/// operands that say a shape are all there, as int64 constants (Slice: starts, ends, axes, steps; Pad: pads of
/// all axes, value; Split: split; Squeeze, Unsqueeze and reductions: axes). Dropout has one operand.
/// Resize has one operand and in attributes the axes it changes, their new sizes, scales and regions (see
/// operators_resizing.cc). What is made of others in a line or two (Einsum, GroupNormalization, DepthToSpace and the
/// other names of operators_lifted.cc) is no operator here: import makes those others of it.
/// Half-precision floats are computed as float32. Two forms are wider than ONNX: Concat repeats operands of
/// extent 1 along the axes that it does not join, recurrent layers may have their input projected already (see
/// Recurrent; samples stand first), and LocalConv takes weights [output size..., outputs,
/// channels / groups, kernel...], bias [outputs] or [outputs, output size...].
enum class Op : uint8_t {
  // products: one operand may be held in arrays
  Conv,
  Gemm,
  MatMul,
  LSTM,
  GRU,
  RNN,
  ConvTranspose,
  // one value in, one out, element by element
  Relu,
  LeakyRelu,
  Clip,
  Sigmoid,
  HardSigmoid,
  HardSwish,
  Tanh,
  Exp,
  Log,
  Sqrt,
  Reciprocal,
  Abs,
  Neg,
  Floor,
  Ceil,
  Round,
  Sign,
  Erf,
  Elu,
  Selu,
  Softplus,
  Celu,
  ThresholdedRelu,
  Softsign,
  Mish,
  Gelu,
  Sin,
  Cos,
  Tan,
  Asin,
  Acos,
  Atan,
  Sinh,
  Cosh,
  Asinh,
  Acosh,
  Atanh,
  Not,
  BitwiseNot,
  IsNaN,
  IsInf,
  Identity,
  Cast,
  Dropout,
  // two or more values in, element by element with broadcasting
  Add,
  Sub,
  Mul,
  Div,
  Pow,
  Min,
  Max,
  Sum,
  Mean,
  PRelu,
  Equal,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  And,
  Or,
  Xor,
  BitwiseAnd,
  BitwiseOr,
  BitwiseXor,
  BitShift,
  Mod,
  Where,
  // normalisation
  BatchNormalization,
  InstanceNormalization,
  LayerNormalization,
  LRN,
  Softmax,
  LogSoftmax,
  Hardmax,
  // windows and reductions
  MaxPool,
  AveragePool,
  GlobalMaxPool,
  GlobalAveragePool,
  ReduceMean,
  ReduceSum,
  ReduceMax,
  ReduceMin,
  ReduceProd,
  ReduceL1,
  ReduceL2,
  ReduceSumSquare,
  ReduceLogSum,
  ReduceLogSumExp,
  ArgMax,
  ArgMin,
  CumSum,
  TopK,
  // the same elements under another shape or order, or some of them
  Reshape,
  Flatten,
  Squeeze,
  Unsqueeze,
  Transpose,
  Concat,
  Split,
  Slice,
  Gather,
  Pad,
  Expand,
  Tile,
  GatherElements,
  GatherND,
  ScatterElements,
  ScatterND,
  OneHot,
  Trilu,
  Resize,
  // made of shapes; folded away on import wherever shapes are known
  Shape,
  Size,
  Constant,
  ConstantOfShape,
  Range,
  NonZero,
  // a convolution whose kernel is different at every position (DeepFace, the 18x18 network of ISAAC)
  LocalConv,
  // something the file has and we do not, kept for its shape by LoadOptions::allow_unsupported; attribute
  // "operator"
  Unsupported,
};
std::string name_of(Op op);
/// What mapping has to know of an operator without knowing which one it is.
enum class Family : uint8_t {
  Product,
  Unary,
  Elementwise,
  Normalization,
  Window,
  Reduction,
  View,
  Shape,
  Unsupported
};
Family family_of(Op op);

using Attribute =
    std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>, tensor::Tensor>;

struct Node {
  std::string name;  // unique in its graph
  Op op = Op::Identity;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;  // kNoValue where an optional output is not wanted
  std::map<std::string, Attribute> attributes;

  int64_t integer(const std::string& key) const { return std::get<int64_t>(attributes.at(key)); }
  double real(const std::string& key) const { return std::get<double>(attributes.at(key)); }
  const std::vector<int64_t>& integers(const std::string& key) const {
    return std::get<std::vector<int64_t>>(attributes.at(key));
  }
  const std::string& text(const std::string& key) const { return std::get<std::string>(attributes.at(key)); }
};

/// A tensor of the network: an input, a constant (weights) or the result of a node.
struct Value {
  std::string name;
  tensor::Element element = tensor::Element::Float32;
  tensor::Shape shape;
  bool is_constant = false;
  std::optional<tensor::Tensor> constant;      // none for weights that only have a shape (cost-only networks)
  std::optional<tensor::Quantization> format;  // set by the quantization pass: the machine sees codes
};

/// A network. Nodes stand in an order in which each comes after its operands. All shapes are known; one
/// extent of inputs and activations is the batch (see with_batch), the first one unless batch_axes says another.
struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;  // constants are not among them
  std::vector<ValueId> outputs;
  std::vector<int> batch_axes;  // the axis of each input that counts samples, -1: none; empty: the first of all

  int batch_axis(size_t input) const { return input < batch_axes.size() ? batch_axes[input] : 0; }
  int64_t batch() const {
    return inputs.empty() || values[inputs[0]].shape.empty() || batch_axis(0) < 0
               ? 1
               : values[inputs[0]].shape[static_cast<size_t>(batch_axis(0))];
  }
  const Value& value(ValueId id) const { return values[id]; }
  /// The node that makes a value, if any; the nodes that read it.
  std::optional<NodeId> producer(ValueId id) const;
  std::vector<NodeId> consumers(ValueId id) const;
  ValueId add_value(Value value);
};

/// Adds a node: fills in attributes and operands that have defaults (see Op), infers its shapes and makes the
/// values of its outputs, named after it. `outputs` says how many, and by kNoValue which are not wanted.
/// Returns their ids; Failure names the node where operands, attributes or shapes do not fit.
std::vector<ValueId> add_node(Graph& graph, Node node);
/// The same for a node with one output.
ValueId add_node(Graph& graph, Op op, std::string name, std::vector<ValueId> inputs,
                 std::map<std::string, Attribute> attributes = {});
/// A constant with values.
ValueId add_constant(Graph& graph, std::string name, tensor::Tensor tensor);
/// The whole numbers of an operand that says a shape; nothing if it is left out or has no values.
std::optional<std::vector<int64_t>> constant_integers(const Graph& graph, const Node& node, size_t input);

/// Operands and geometry of a convolution (Conv, LocalConv). Shapes are NCHW; 1-D and 3-D forms have as many
/// extents.
struct Convolution {
  ValueId input = kNoValue, weights = kNoValue, bias = kNoValue, output = kNoValue;
  int64_t input_channels = 0, output_channels = 0, groups = 1;
  std::vector<int64_t> input_size, output_size, kernel, stride, dilation, pad_begin, pad_end;
  int64_t rows_per_group() const;  // operands of one output: kernel extents times channels of a group
  int64_t outputs_per_group() const { return output_channels / groups; }
};
Convolution convolution(const Graph& graph, const Node& node);

/// Geometry of MaxPool, AveragePool and the global forms.
struct Pooling {
  std::vector<int64_t> kernel, stride, dilation, pad_begin, pad_end;
};
Pooling pooling(const Graph& graph, const Node& node);

/// A product with a constant right-hand side: y[.., n] = sum_k x[.., k] * w[k, n]. `transposed`: the constant
/// is stored as [n, k]. Absent if neither operand of the Gemm or MatMul is constant.
struct ConstantProduct {
  ValueId input = kNoValue, weights = kNoValue, bias = kNoValue, output = kNoValue;
  int64_t rows = 0, outputs = 0;
  bool transposed = false;
};
std::optional<ConstantProduct> constant_product(const Graph& graph, const Node& node);

/// Sizes of a network, per inference of one sample.
int64_t parameter_count(const Graph& graph);  // elements of constants that nodes read as weights or biases
int64_t multiply_accumulates(const Graph& graph, NodeId node);  // of products; 0 for anything else
int64_t multiply_accumulates(const Graph& graph);

/// The same network for `batch` samples at a time. Networks exported for a fixed batch (shapes with the batch
/// written into Reshape and the like) are generalised. Nothing if the network cannot be batched: then run it
/// sample by sample.
std::optional<Graph> with_batch(const Graph& graph, int64_t batch);

/// Finds Graph::batch_axes of a network whose samples do not stand first everywhere ([steps, samples]): the first choice
/// of axes, lowest axes first, along which samples never meet. Changes nothing where there is none.
void find_batch_axes(Graph& graph);

/// Recomputes all shapes from those of the inputs. Failure names the node where they do not fit.
void infer_shapes(Graph& graph);

/// A consistency check of ours on a graph: ids exist, order holds, names are unique. Aborts if broken.
void validate(const Graph& graph);

}  // namespace ohmweave::network
