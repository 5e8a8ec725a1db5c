// SPDX-License-Identifier: Apache-2.0
// Operators we do not have, kept for their shapes.
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include "ohmweave/network/onnx_importer.h"

namespace ohmweave::network {

using onnx::ModelProto;
using onnx::NodeProto;

std::vector<ValueId> Importer::read_unsupported(const NodeProto& proto) {
  Graph& g = loaded_.graph;
  if (scopes_.size() > 1) {  // those outside of bodies are reported all at once
    if (!options_.allow_unsupported)
      fail(fmt::format("the operator {} is not supported (node '{}')", full_name(proto), called(proto)));
    loaded_.unsupported.push_back(label(proto));
  }
  node.op = Op::Unsupported;
  node.name = unique(node.name);
  node.attributes["operator"] = full_name(proto);
  for (size_t k = 0; k < node.outputs.size(); ++k) {
    if (node.outputs[k] == kNoValue) continue;
    std::optional<Type> type = type_in(file_graph(), proto.output(static_cast<int>(k)));
    if (!type) type = type_in(inferred(proto), proto.output(static_cast<int>(k)));
    if (!type)
      fail(fmt::format(
          "{}: the operator is not supported, and the file does not say the shape of its result '{}'",
          label(proto), proto.output(static_cast<int>(k))));
    Value v;
    v.element = type->element;
    v.shape = type->shape;
    node.outputs[k] = g.add_value(std::move(v));
  }
  g.nodes.push_back(node);
  return node.outputs;
}

std::optional<Type> Importer::type_in(const onnx::GraphProto& graph, const std::string& value) const {
  for (const auto* infos : {&graph.value_info(), &graph.output()}) {
    for (const auto& info : *infos) {
      if (info.name() != value || !info.type().has_tensor_type()) continue;
      auto element = element_of_onnx(info.type().tensor_type().elem_type());
      auto shape = resolve(info.type().tensor_type(), false);
      if (element && shape) return Type{*element, *shape};
    }
  }
  return std::nullopt;
}
/// A graph of one node with the shapes that libonnx works out from its operands. Without them where it
/// cannot, or where the node is malformed: libonnx's rules take much for granted.
onnx::GraphProto Importer::inferred(const NodeProto& proto) const {
  ModelProto one;
  one.set_ir_version(model_->ir_version());
  *one.mutable_opset_import() = model_->opset_import();
  onnx::GraphProto& graph = *one.mutable_graph();
  graph.set_name("one");
  *graph.add_node() = proto;
  std::unordered_set<std::string> operands(proto.input().begin(), proto.input().end());
  for (const std::string& name : operands) {
    if (!name.empty()) describe(name, *graph.add_input());
  }
  for (const auto& stored : file_graph().initializer()) {
    if (operands.count(stored.name()) > 0) *graph.add_initializer() = stored;
  }
  for (const std::string& name : proto.output()) graph.add_output()->set_name(name);
  try {
    if (is_well_formed(proto)) onnx::shape_inference::InferShapes(one);
  } catch (const std::exception&) {
    graph.Clear();
  }
  return graph;
}
void Importer::describe(const std::string& name, onnx::ValueInfoProto& info) const {
  const Value& value = this->graph().value(find(name));
  info.set_name(name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  int32_t number = 1;
  while (element_of_onnx(number) != value.element) ++number;
  type.set_elem_type(number);
  type.mutable_shape();
  for (int64_t extent : value.shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
}
/// Whether the node has the operands and attributes that its operator takes.
bool Importer::is_well_formed(const NodeProto& proto) const {
  onnx::checker::CheckerContext context;
  context.set_ir_version(static_cast<int>(model_->ir_version()));
  std::unordered_map<std::string, int> versions{{"", static_cast<int>(opset)}};
  for (const auto& entry : model_->opset_import())
    versions.emplace(entry.domain(), static_cast<int>(entry.version()));
  context.set_opset_imports(versions);
  onnx::checker::LexicalScopeContext names;
  for (const Scope& scope : scopes_) {
    for (const auto& known : scope.values) names.add(known.first);
  }
  onnx::checker::check_node(proto, context, names);
  return true;
}

}  // namespace ohmweave::network
