// SPDX-License-Identifier: Apache-2.0
#include "export_onnx.h"

#include <onnx/onnx_pb.h>

#include "ohmweave/base/paths.h"

namespace ohmweave::train_digits {
namespace {

using Integers = std::vector<int64_t>;

class Exporter {
 public:
  explicit Exporter(onnx::GraphProto& graph) : graph_(graph) {}

  void value(onnx::ValueInfoProto& info, const std::string& name, const Integers& shape) {
    info.set_name(name);
    onnx::TypeProto_Tensor& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
  }

  void constant(const std::string& name, const Integers& shape, std::span<const float> values) {
    onnx::TensorProto& tensor = *graph_.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : shape) tensor.add_dims(extent);
    tensor.set_raw_data(std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
  }

  /// A node that reads what the node before made, and constants.
  onnx::NodeProto& node(const std::string& type, const std::string& name,
                        const std::vector<std::string>& constants = {}) {
    onnx::NodeProto& n = *graph_.add_node();
    n.set_op_type(type);
    n.set_name(name);
    n.add_input(last_);
    for (const std::string& c : constants) n.add_input(c);
    n.add_output(last_ = name);
    return n;
  }

  /// What a step takes has extent `in`.
  void step(const Step& step, Extent in, std::span<const float> parameters) {
    switch (step.kind) {
      case Kind::Convolution:
        return product("Conv", step.name, {step.outputs, in.channels, 5, 5}, parameters);
      case Kind::Dense:
        if (in.side > 1) node("Flatten", "flatten");
        return product("Gemm", step.name, {step.outputs, in.count()}, parameters);
      case Kind::MaxPool:
        return max_pool(step.name);
      case Kind::Relu:
        node("Relu", step.name);
        break;
      case Kind::Sign:
        node("Sign", step.name);
    }
  }

 private:
  void product(const std::string& type, const std::string& name, const Integers& weights,
               std::span<const float> parameters) {
    auto biases = static_cast<size_t>(weights[0]);
    constant(name + ".weight", weights, parameters.first(parameters.size() - biases));
    constant(name + ".bias", {weights[0]}, parameters.last(biases));
    attribute(node(type, name, {name + ".weight", name + ".bias"}), type);
  }

  void max_pool(const std::string& name) {
    onnx::NodeProto& n = node("MaxPool", name);
    integers(n, "kernel_shape", {2, 2});
    integers(n, "strides", {2, 2});
  }

  void attribute(onnx::NodeProto& n, const std::string& type) {
    if (type == "Conv") return integers(n, "kernel_shape", {5, 5});
    onnx::AttributeProto& a = *n.add_attribute();
    a.set_name("transB");
    a.set_type(onnx::AttributeProto::INT);
    a.set_i(1);
  }
  void integers(onnx::NodeProto& n, const std::string& name, const Integers& values) {
    onnx::AttributeProto& a = *n.add_attribute();
    a.set_name(name);
    a.set_type(onnx::AttributeProto::INTS);
    for (int64_t v : values) a.add_ints(v);
  }

  onnx::GraphProto& graph_;
  std::string last_ = "pixels";
};

/// Those of the first layer take pixels of 0 to 255, where training had 0 to 1.
std::vector<float> parameters_of(const Architecture& architecture, const Network& network, size_t layer) {
  const std::span<const float> trained = network.parameters(layer);
  std::vector<float> out(trained.begin(), trained.end());
  if (architecture.binarized) out = binarized_parameters(network.layer(layer), trained);
  if (layer > 0) return out;
  for (int64_t k = 0; k < network.layer(0).weights(); ++k) out[static_cast<size_t>(k)] /= 255;
  return out;
}

}  // namespace

std::string export_onnx(const Architecture& architecture, const Network& network) {
  constexpr int64_t kIrVersion = 7, kOpset = 13;
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.add_opset_import()->set_version(kOpset);
  model.set_producer_name("ohmweave train_digits");
  model.set_producer_version(base::version());
  model.set_doc_string(architecture.description);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name(architecture.name);
  Exporter to(graph);
  to.value(*graph.add_input(), "pixels", {1, 1, 28, 28});
  const std::vector<Extent> sizes = extents(architecture);
  for (size_t k = 0; k < architecture.steps.size(); ++k)
    to.step(architecture.steps[k], sizes[k], parameters_of(architecture, network, k));
  to.value(*graph.add_output(), "scores", {1, 10});
  return model.SerializeAsString();
}

}  // namespace ohmweave::train_digits
