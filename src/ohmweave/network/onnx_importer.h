// SPDX-License-Identifier: Apache-2.0
// What import of ONNX files is made of; onnx_import.cc begins it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ohmweave/network/network.h"
#include "ohmweave/network/onnx_tensor.h"
#include "ohmweave/network/operators.h"

namespace onnx {
class AttributeProto;
class GraphProto;
class ModelProto;
class NodeProto;
class TypeProto_Tensor;
class ValueInfoProto;
}  // namespace onnx

namespace ohmweave::network {

/// The operator's name with its domain, as the table has it: "Conv", "com.microsoft.QLinearAdd".
std::string full_name(const onnx::NodeProto& node);
/// Nodes need no name in a file; then the first result stands for it.
std::string called(const onnx::NodeProto& node);
/// How messages call a node: "node 'x' (Foo)".
std::string label(const onnx::NodeProto& node);
bool is_supported(const onnx::NodeProto& node);
bool is_control_flow(const onnx::NodeProto& node);  // If, Loop, Scan

/// One file on its way into a graph, node after node in the order of the file. What is known is folded at once.
class Importer final : public Lift {
 public:
  Importer(std::shared_ptr<const onnx::ModelProto> model, std::string name, std::optional<std::string> folder,
           const LoadOptions& options);
  Loaded run();

  const Graph& graph() const override { return loaded_.graph; }
  using Lift::add;
  std::vector<ValueId> add(Node made) override;
  ValueId constant(const std::string& suffix, tensor::Tensor values) override;

 private:
  [[noreturn]] void fail(const std::string& message) const;
  void read_version();
  void find_unsupported();

  // onnx_inputs.cc

  void define(const std::string& name, ValueId id);
  /// The value that a name stands for where the import is; kNoValue if there is none.
  ValueId find(const std::string& name) const;
  void read_initialisers();
  void read_inputs();
  void check_options() const;
  void bind(const onnx::ValueInfoProto& info, std::optional<tensor::Element> element,
            const tensor::Tensor& values);
  tensor::Shape fit(const onnx::ValueInfoProto& info, const tensor::Shape& given, size_t batch);
  const tensor::Shape* given_shape(const std::string& input, bool first) const;
  tensor::Shape shape_of(const onnx::ValueInfoProto& info);
  std::optional<tensor::Shape> resolve(const onnx::TypeProto_Tensor& type, bool first_is_batch) const;
  void read_outputs();
  void finish_batch();

  // onnx_nodes.cc

  std::string unique(const std::string& wanted);
  void read_node(const onnx::NodeProto& proto);
  std::vector<ValueId> read_supported(const onnx::NodeProto& proto);
  Attribute attribute_of(const onnx::NodeProto& proto, const onnx::AttributeProto& attribute) const;
  tensor::Tensor constant_of(const onnx::NodeProto& proto) const;

  // onnx_control_flow.cc

  std::vector<ValueId> read_control_flow(const onnx::NodeProto& proto);
  const onnx::GraphProto& body_of(const onnx::NodeProto& proto, const char* key) const;
  std::vector<ValueId> read_body(const onnx::NodeProto& proto, const onnx::GraphProto& body,
                                 const std::vector<ValueId>& inputs);
  std::optional<bool> known_truth(const onnx::NodeProto& proto, ValueId id) const;
  std::vector<ValueId> read_if(const onnx::NodeProto& proto, const std::vector<ValueId>& inputs);
  std::vector<ValueId> read_loop(const onnx::NodeProto& proto, const std::vector<ValueId>& inputs);
  std::vector<ValueId> read_scan(const onnx::NodeProto& proto, const std::vector<ValueId>& inputs);
  ValueId joined(const onnx::NodeProto& proto, const std::vector<ValueId>& parts, int64_t axis, size_t which);

  // onnx_folding.cc

  void fold();
  tensor::Tensor filled(const tensor::Tensor& value, const tensor::Shape& shape);
  void tidy();

  // onnx_unsupported.cc

  std::vector<ValueId> read_unsupported(const onnx::NodeProto& proto);
  std::optional<Type> type_in(const onnx::GraphProto& graph, const std::string& value) const;
  onnx::GraphProto inferred(const onnx::NodeProto& proto) const;
  void describe(const std::string& name, onnx::ValueInfoProto& info) const;
  bool is_well_formed(const onnx::NodeProto& proto) const;

  /// A graph of the file and the values its names stand for; the last one is being read, and sees those before.
  struct Scope {
    const onnx::GraphProto* proto = nullptr;
    std::unordered_map<std::string, ValueId> values;
  };
  const onnx::GraphProto& file_graph() const { return *scopes_.back().proto; }

  std::shared_ptr<const onnx::ModelProto> model_;
  const LoadOptions& options_;
  TensorSource source_;
  Loaded loaded_;
  std::vector<Scope> scopes_;
  std::unordered_map<std::string, int64_t> symbols_;
  std::unordered_set<std::string> names_;
  int64_t folded_ = 0;  // bytes of constants made
  std::map<std::string, tensor::Tensor> filled_;
};

}  // namespace ohmweave::network
