// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include "ohmweave/base/files.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/onnx_tensor.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using onnx::AttributeProto;
using onnx::ModelProto;
using onnx::NodeProto;
using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

constexpr int64_t kNewestOpset = 20;
constexpr int64_t kMostFolded = int64_t{1} << 30;  // bytes that folding constants may make in all

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

std::string full_name(const NodeProto& node) {
  return is_standard(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type();
}

bool is_supported(const NodeProto& node) {
  return is_standard(node.domain()) &&
         (node.op_type() == "Constant" || find_operator(node.op_type()) != nullptr);
}

class Importer final : public Lift {
 public:
  Importer(std::shared_ptr<const ModelProto> model, std::string name, std::optional<std::string> folder,
           const LoadOptions& options)
      : model_(std::move(model)),
        proto_(model_->graph()),
        options_(options),
        source_{name, model_, std::move(folder)} {
    loaded_.graph.name = std::move(name);
  }

  Loaded run() {
    read_version();
    find_unsupported();
    read_initialisers();
    read_inputs();
    for (const NodeProto& proto : proto_.node()) read_node(proto);
    read_outputs();
    finish_batch();
    tidy();
    validate(loaded_.graph);
    return std::move(loaded_);
  }

  // Lift

  const Graph& graph() const override { return loaded_.graph; }
  std::vector<ValueId> add(Node made) override {
    made.name = unique(made.name);
    bool constant_operands = std::all_of(made.inputs.begin(), made.inputs.end(), [&](ValueId id) {
      return id == kNoValue || graph().value(id).is_constant;
    });
    bool of_shape = made.op == Op::Shape || made.op == Op::Size;
    Family family = family_of(made.op);
    std::vector<ValueId> outputs = add_node(loaded_.graph, std::move(made));
    if (of_shape || (constant_operands && family != Family::Product && family != Family::Window)) fold();
    return outputs;
  }
  ValueId constant(const std::string& suffix, Tensor values) override {
    return add_constant(loaded_.graph, node.name + suffix, std::move(values));
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { base::fail(graph().name, message); }

  void read_version() {
    opset = 1;  // what files without a version have
    for (const auto& entry : model_->opset_import()) {
      if (is_standard(entry.domain())) opset = entry.version();
    }
    if (opset < 1 || opset > kNewestOpset)
      fail(fmt::format("is written for opset {}; Ohmweave reads opsets 1 to {}", opset, kNewestOpset));
    if (proto_.node().empty()) fail("holds no operators");
    if (proto_.sparse_initializer_size() > 0) fail("holds sparse weights, which are not supported");
  }

  /// Nodes need no name in a file; then the first result stands for it.
  static std::string called(const NodeProto& proto) {
    return proto.name().empty() && proto.output_size() > 0 ? proto.output(0) : proto.name();
  }
  static std::string label(const NodeProto& proto) {
    return fmt::format("node '{}' ({})", called(proto), full_name(proto));
  }

  /// All operators we do not have, at once: one error for each, with the nodes that use it.
  void find_unsupported() {
    std::map<std::string, std::vector<std::string>> nodes;
    for (const NodeProto& proto : proto_.node()) {
      if (is_supported(proto)) continue;
      loaded_.unsupported.push_back(label(proto));
      nodes[full_name(proto)].push_back(fmt::format("'{}'", called(proto)));
    }
    if (options_.allow_unsupported) return;
    base::Diagnostics d;
    for (const auto& [name, users] : nodes) {
      size_t shown = std::min<size_t>(users.size(), 3);
      std::string more = shown < users.size() ? fmt::format(" and {} more", users.size() - shown) : "";
      d.error(base::whole(graph().name),
              fmt::format("the operator {} is not supported (node {}{})", name,
                          fmt::join(users.begin(), users.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                          more));
    }
    d.stop_if_errors();
  }

  void define(const std::string& name, ValueId id) {
    if (!ids_.emplace(name, id).second) fail(fmt::format("the name '{}' is given twice", name));
  }

  void read_initialisers() {
    for (const auto& proto : proto_.initializer()) {
      StoredTensor stored = read_tensor(proto, source_);
      Value v;
      v.name = proto.name();
      v.element = stored.element;
      v.shape = std::move(stored.shape);
      v.is_constant = true;
      v.constant = std::move(stored.values);
      define(proto.name(), loaded_.graph.add_value(std::move(v)));
    }
  }

  void read_inputs() {
    for (const auto& info : proto_.input()) {
      if (ids_.count(info.name()) > 0) continue;  // an initialiser listed as an input with a default
      auto element =
          info.type().has_tensor_type() ? element_of_onnx(info.type().tensor_type().elem_type()) : std::nullopt;
      if (!element) fail(fmt::format("input '{}' is no tensor of a supported type", info.name()));
      Value v;
      v.name = info.name();
      v.element = *element;
      v.shape = loaded_.graph.inputs.empty() ? first_shape(info) : next_shape(info);
      ValueId id = loaded_.graph.add_value(std::move(v));
      define(info.name(), id);
      loaded_.graph.inputs.push_back(id);
    }
  }

  /// The first input's shape is what the user says, as far as the file leaves it open; an open batch is 1.
  Shape first_shape(const onnx::ValueInfoProto& info) {
    const Shape& given = options_.input_shape;
    const auto& type = info.type().tensor_type();
    if (!type.has_shape()) {
      if (given.empty())
        fail(fmt::format("input '{}' has no shape in the file: the shape must be given", info.name()));
      return given;
    }
    auto dims = type.shape().dim();
    auto misfit = [&] {
      fail(fmt::format("input '{}' is {}, not {}", info.name(), describe(type.shape()), tensor::print(given)));
    };
    if (!given.empty() && given.size() != static_cast<size_t>(dims.size())) misfit();
    Shape shape;
    for (int k = 0; k < dims.size(); ++k) {
      const auto& dim = dims[k];
      bool fixed = dim.has_dim_value() && dim.dim_value() >= 0;
      int64_t wanted = given.empty() ? -1 : given[static_cast<size_t>(k)];
      if (fixed && wanted >= 0 && wanted != dim.dim_value() && k > 0) misfit();
      if (!fixed && wanted < 0 && k > 0)
        fail(fmt::format("input '{}' is {}: the shape must be given", info.name(), describe(type.shape())));
      shape.push_back(fixed ? dim.dim_value() : wanted >= 0 ? wanted : 1);
      if (!fixed && !dim.dim_param().empty()) symbols_[dim.dim_param()] = shape.back();
    }
    return shape;
  }
  Shape next_shape(const onnx::ValueInfoProto& info) {
    auto shape = resolve(info.type().tensor_type(), true);
    if (!shape)
      fail(fmt::format("input '{}' has extents that the first input does not decide: {}", info.name(),
                       describe(info.type().tensor_type().shape())));
    return *shape;
  }

  static std::string describe(const onnx::TensorShapeProto& shape) {
    std::string out;
    for (const auto& dim : shape.dim()) {
      out += out.empty() ? "" : "x";
      out += dim.has_dim_value() && dim.dim_value() >= 0 ? std::to_string(dim.dim_value())
             : dim.dim_param().empty()                   ? "?"
                                                         : dim.dim_param();
    }
    return out.empty() ? "scalar" : out;
  }
  /// A shape of the file with its symbols replaced; an unnamed open first extent is the batch where
  /// `first_is_batch`.
  std::optional<Shape> resolve(const onnx::TypeProto::Tensor& type, bool first_is_batch) const {
    if (!type.has_shape()) return std::nullopt;
    Shape shape;
    for (const auto& dim : type.shape().dim()) {
      auto symbol = symbols_.find(dim.dim_param());
      if (dim.has_dim_value() && dim.dim_value() >= 0)
        shape.push_back(dim.dim_value());
      else if (symbol != symbols_.end())
        shape.push_back(symbol->second);
      else if (shape.empty() && first_is_batch)
        shape.push_back(graph().batch());
      else
        return std::nullopt;
    }
    return shape;
  }

  // Nodes

  std::string unique(const std::string& wanted) {
    std::string name = wanted;
    for (int k = 2; !names_.insert(name).second; ++k) name = fmt::format("{}#{}", wanted, k);
    return name;
  }

  void read_node(const NodeProto& proto) {
    node = {};
    node.name = called(proto);
    for (const std::string& input : proto.input()) {
      auto found = ids_.find(input);
      if (!input.empty() && found == ids_.end())
        fail(fmt::format("{} reads '{}', which nothing before it makes", label(proto), input));
      node.inputs.push_back(input.empty() ? kNoValue : found->second);
    }
    while (!node.inputs.empty() && node.inputs.back() == kNoValue) node.inputs.pop_back();
    for (const std::string& output : proto.output()) node.outputs.push_back(output.empty() ? kNoValue : 0);
    while (!node.outputs.empty() && node.outputs.back() == kNoValue) node.outputs.pop_back();
    if (node.outputs.empty()) fail(fmt::format("{} has no result", label(proto)));
    std::vector<ValueId> made = is_supported(proto) ? read_supported(proto) : read_unsupported(proto);
    for (size_t k = 0; k < made.size(); ++k) {
      if (made[k] == kNoValue) continue;
      const std::string& name = proto.output(static_cast<int>(k));
      define(name, made[k]);
      loaded_.graph.values[made[k]].name = name;
    }
  }

  std::vector<ValueId> read_supported(const NodeProto& proto) {
    if (proto.op_type() == "Constant")
      return {add_constant(loaded_.graph, proto.output(0), constant_of(proto))};
    const Operator& entry = *find_operator(proto.op_type());
    node.op = entry.op;
    for (const AttributeProto& attribute : proto.attribute())
      node.attributes[attribute.name()] = attribute_of(proto, attribute);
    for (size_t k = 0; k < std::min(entry.least_inputs, size_t{1});
         ++k) {  // lifting looks at the first operand
      if (!has_operand(k)) Lift::fail("has no operand");
    }
    return entry.lift ? entry.lift(*this) : finish();
  }

  Attribute attribute_of(const NodeProto& proto, const AttributeProto& a) const {
    if (!a.ref_attr_name().empty())
      fail(fmt::format("{}: attribute '{}' refers to a function's, which is not supported", label(proto),
                       a.name()));
    // Files of the first versions do not say the type.
    auto type = a.has_type()          ? a.type()
                : a.has_f()           ? AttributeProto::FLOAT
                : a.has_i()           ? AttributeProto::INT
                : a.has_s()           ? AttributeProto::STRING
                : a.has_t()           ? AttributeProto::TENSOR
                : a.floats_size() > 0 ? AttributeProto::FLOATS
                                      : AttributeProto::INTS;
    switch (type) {
      case AttributeProto::FLOAT:
        return static_cast<double>(a.f());
      case AttributeProto::INT:
        return static_cast<int64_t>(a.i());
      case AttributeProto::STRING:
        return a.s();
      case AttributeProto::INTS:
        return std::vector<int64_t>(a.ints().begin(), a.ints().end());
      case AttributeProto::FLOATS:
        return std::vector<double>(a.floats().begin(), a.floats().end());
      case AttributeProto::TENSOR: {
        StoredTensor stored = read_tensor(a.t(), source_);
        if (!stored.values)
          fail(fmt::format("{}: the values of attribute '{}' are missing", label(proto), a.name()));
        return *stored.values;
      }
      default:
        fail(fmt::format("{}: attribute '{}' is of a kind that is not supported", label(proto), a.name()));
    }
  }

  Tensor constant_of(const NodeProto& proto) const {
    if (proto.attribute_size() != 1) fail(fmt::format("{} must have one attribute, its value", label(proto)));
    const std::string& key = proto.attribute(0).name();
    Attribute value = attribute_of(proto, proto.attribute(0));
    if (auto* t = std::get_if<Tensor>(&value); t && key == "value") return *t;
    if (auto* f = std::get_if<double>(&value); f && key == "value_float")
      return Tensor::of<float>({}, std::vector<float>{static_cast<float>(*f)});
    if (auto* i = std::get_if<int64_t>(&value); i && key == "value_int")
      return Tensor::of<int64_t>({}, std::vector<int64_t>{*i});
    if (auto* list = std::get_if<std::vector<int64_t>>(&value); list && key == "value_ints")
      return integers_tensor(*list);
    if (auto* list = std::get_if<std::vector<double>>(&value); list && key == "value_floats")
      return Tensor::of<float>({static_cast<int64_t>(list->size())},
                               std::vector<float>(list->begin(), list->end()));
    fail(fmt::format("{}: '{}' is no value we can hold", label(proto), key));
  }

  /// The newest node has only known operands: its results are constants, with values if all operands have them.
  void fold() {
    Graph& g = loaded_.graph;
    Node folded = g.nodes.back();
    Operation o(g, folded);
    const Operator& entry = operator_of(folded.op);
    bool known = folded.op == Op::Shape || folded.op == Op::Size;
    if (!known) {
      known = true;
      for (size_t k = 0; k < o.operands(); ++k) known &= !o.has(k) || o.has_values(k);
    }
    Types types;
    for (ValueId id : folded.outputs)
      types.push_back(id == kNoValue ? Type{} : Type{g.value(id).element, g.value(id).shape});
    Results results;
    if (known) {
      for (const Type& t : types)
        folded_ += tensor::count(t.shape) * static_cast<int64_t>(tensor::size_of(t.element));
      o.require(folded_ <= kMostFolded, "makes a constant that is too large");
      results = folded.op == Op::ConstantOfShape
                    ? Results{filled(std::get<Tensor>(folded.attributes["value"]), types[0].shape)}
                    : entry.evaluate(o, types);
    }
    for (size_t k = 0; k < folded.outputs.size(); ++k) {
      if (folded.outputs[k] == kNoValue) continue;
      Value& v = g.values[folded.outputs[k]];
      v.is_constant = true;
      if (known) v.constant = std::move(results[k]);
    }
    g.nodes.pop_back();
  }

  /// A constant of one number repeated. Networks whose weights are made like that share one stretch of memory.
  Tensor filled(const Tensor& value, const Shape& shape) {
    std::string key(reinterpret_cast<const char*>(value.raw()), value.bytes());
    Tensor& longest = filled_[tensor::name_of(value.element()) + key];
    int64_t count = tensor::count(shape);
    if (longest.size() < count) {
      longest = Tensor(value.element(), {count});
      std::byte* to = longest.mutable_raw();
      with_bytes(value.element(), [&](auto zero) {
        std::fill_n(reinterpret_cast<decltype(zero)*>(to), count,
                    *reinterpret_cast<const decltype(zero)*>(value.raw()));
      });
    }
    return longest.slice(0, count).reshaped(shape);
  }

  // Operators we do not have

  std::vector<ValueId> read_unsupported(const NodeProto& proto) {
    Graph& g = loaded_.graph;
    node.op = Op::Unsupported;
    node.name = unique(node.name);
    node.attributes["operator"] = full_name(proto);
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] == kNoValue) continue;
      std::optional<Type> type = type_in(proto_, proto.output(static_cast<int>(k)));
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

  std::optional<Type> type_in(const onnx::GraphProto& graph, const std::string& value) const {
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
  onnx::GraphProto inferred(const NodeProto& proto) const {
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
    for (const auto& stored : proto_.initializer()) {
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
  void describe(const std::string& name, onnx::ValueInfoProto& info) const {
    const Value& value = this->graph().value(ids_.at(name));
    info.set_name(name);
    auto& type = *info.mutable_type()->mutable_tensor_type();
    int32_t number = 1;
    while (element_of_onnx(number) != value.element) ++number;
    type.set_elem_type(number);
    type.mutable_shape();
    for (int64_t extent : value.shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
  }
  /// Whether the node has the operands and attributes that its operator takes.
  bool is_well_formed(const NodeProto& proto) const {
    onnx::checker::CheckerContext context;
    context.set_ir_version(static_cast<int>(model_->ir_version()));
    std::unordered_map<std::string, int> versions{{"", static_cast<int>(opset)}};
    for (const auto& entry : model_->opset_import())
      versions.emplace(entry.domain(), static_cast<int>(entry.version()));
    context.set_opset_imports(versions);
    onnx::checker::LexicalScopeContext names;
    for (const auto& known : ids_) names.add(known.first);
    onnx::checker::check_node(proto, context, names);
    if (proto.op_type() != "ConvTranspose") return true;
    const size_t rank = graph().value(ids_.at(proto.input(0))).shape.size();  // libonnx does not look
    return rank > 2 && graph().value(ids_.at(proto.input(1))).shape.size() == rank;
  }

  // The end

  void read_outputs() {
    if (proto_.output().empty()) fail("has no outputs");
    for (const auto& info : proto_.output()) {
      auto found = ids_.find(info.name());
      if (found == ids_.end()) fail(fmt::format("nothing makes the output '{}'", info.name()));
      loaded_.graph.outputs.push_back(found->second);
    }
  }

  /// Shapes stop saying the batch where possible, and the batch becomes what the user gave.
  void finish_batch() {
    int64_t wanted = options_.input_shape.empty() ? graph().batch() : options_.input_shape[0];
    std::optional<Graph> batched = with_batch(graph(), wanted);
    if (batched) loaded_.graph = std::move(*batched);
    if (graph().batch() != wanted)
      fail(fmt::format("is made for a batch of {} and cannot take {}", graph().batch(), wanted));
  }

  /// Drops nodes and values that no output needs.
  void tidy() {
    Graph& g = loaded_.graph;
    std::vector<bool> needed(g.values.size(), false);
    for (ValueId id : g.outputs) needed[id] = true;
    for (ValueId id : g.inputs) needed[id] = true;
    std::vector<Node> nodes;
    for (size_t n = g.nodes.size(); n-- > 0;) {
      Node& made = g.nodes[n];
      bool read = std::any_of(made.outputs.begin(), made.outputs.end(),
                              [&](ValueId id) { return id != kNoValue && needed[id]; });
      if (!read) continue;
      for (ValueId& id : made.outputs) {
        if (id != kNoValue && !needed[id] && &id != &made.outputs[0])
          id = kNoValue;
        else if (id != kNoValue)
          needed[id] = true;
      }
      for (ValueId id : made.inputs) {
        if (id != kNoValue) needed[id] = true;
      }
      nodes.push_back(std::move(made));
    }
    std::reverse(nodes.begin(), nodes.end());
    g.nodes = std::move(nodes);
    std::vector<ValueId> place(g.values.size(), kNoValue);
    std::vector<Value> values;
    for (ValueId id = 0; id < g.values.size(); ++id) {
      if (!needed[id]) continue;
      place[id] = static_cast<ValueId>(values.size());
      values.push_back(std::move(g.values[id]));
    }
    g.values = std::move(values);
    auto move = [&](std::vector<ValueId>& ids) {
      for (ValueId& id : ids) id = id == kNoValue ? kNoValue : place[id];
    };
    move(g.inputs);
    move(g.outputs);
    for (Node& kept : g.nodes) move(kept.inputs), move(kept.outputs);
  }

  std::shared_ptr<const ModelProto> model_;
  const onnx::GraphProto& proto_;
  const LoadOptions& options_;
  TensorSource source_;
  Loaded loaded_;
  std::unordered_map<std::string, ValueId> ids_;
  std::unordered_map<std::string, int64_t> symbols_;
  std::unordered_set<std::string> names_;
  int64_t folded_ = 0;
  std::map<std::string, Tensor> filled_;
};

Loaded import_model(std::shared_ptr<const ModelProto> model, const std::string& name,
                    std::optional<std::string> folder, const LoadOptions& options) {
  if (!model->has_graph()) base::fail(name, "holds no network");
  return Importer(std::move(model), name, std::move(folder), options).run();
}
constexpr const char* kBroken = "is no ONNX file, or is cut short";

}  // namespace

Loaded import_onnx(const std::string& path, const LoadOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) base::read_file(path);  // says what is wrong
  auto model = std::make_shared<ModelProto>();
  std::ifstream file(path, std::ios::binary);
  if (!model->ParseFromIstream(&file)) base::fail(path, kBroken);
  return import_model(std::move(model), path, std::filesystem::path(path).parent_path().string(), options);
}

Loaded import_onnx_bytes(std::string bytes, const std::string& name, const LoadOptions& options) {
  auto model = std::make_shared<ModelProto>();
  if (bytes.size() > INT32_MAX || !model->ParseFromString(bytes)) base::fail(name, kBroken);
  bytes = {};
  return import_model(std::move(model), name, std::nullopt, options);
}

std::string describe_onnx(const std::string& path) {
  ModelProto model;
  std::ifstream file(path, std::ios::binary);
  if (!model.ParseFromIstream(&file)) return "";
  const std::string& text =
      model.graph().doc_string().empty() ? model.doc_string() : model.graph().doc_string();
  return text.substr(0, text.find('\n'));
}

}  // namespace ohmweave::network
