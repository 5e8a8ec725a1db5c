// SPDX-License-Identifier: Apache-2.0
// Inputs, initialisers and outputs of ONNX graphs, and the shapes that files leave open.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "ohmweave/network/onnx_importer.h"

namespace ohmweave::network {

using tensor::Shape;

void Importer::define(const std::string& name, ValueId id) {
  if (!scopes_.back().values.emplace(name, id).second) fail(fmt::format("the name '{}' is given twice", name));
}
ValueId Importer::find(const std::string& name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    auto found = scope->values.find(name);
    if (found != scope->values.end()) return found->second;
  }
  return kNoValue;
}

void Importer::read_initialisers() {
  for (const auto& proto : file_graph().initializer()) {
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

/// What the options say for names that the file does not have would be lost without a word.
void Importer::check_options() const {
  std::vector<std::string> names;
  for (const auto& info : file_graph().input()) names.push_back(info.name());
  auto check = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      fail(fmt::format("has no input '{}'{}", name, base::did_you_mean(name, names)));
  };
  for (const auto& entry : options_.shapes) check(entry.first);
  for (const auto& entry : options_.constants) check(entry.first);
}

void Importer::read_inputs() {
  check_options();
  for (const auto& info : file_graph().input()) {
    auto element =
        info.type().has_tensor_type() ? element_of_onnx(info.type().tensor_type().elem_type()) : std::nullopt;
    auto bound = options_.constants.find(info.name());
    if (bound != options_.constants.end()) {
      bind(info, element, bound->second);
      continue;
    }
    if (find(info.name()) != kNoValue) continue;  // an initialiser listed as an input with a default
    if (!element) fail(fmt::format("input '{}' is no tensor of a supported type", info.name()));
    Value v;
    v.name = info.name();
    v.element = *element;
    v.shape = shape_of(info);
    ValueId id = loaded_.graph.add_value(std::move(v));
    define(info.name(), id);
    loaded_.graph.inputs.push_back(id);
  }
}

/// The input becomes a constant.
void Importer::bind(const onnx::ValueInfoProto& info, std::optional<tensor::Element> element,
                    const tensor::Tensor& values) {
  if (!element) fail(fmt::format("input '{}' takes another type than numbers", info.name()));
  const tensor::Tensor converted = values.to(*element);
  const tensor::Tensor back = converted.to(values.element());
  if (std::memcmp(back.raw(), values.raw(), values.bytes()) != 0)
    fail(fmt::format("input '{}' takes {}, which does not hold the value it is to have", info.name(),
                     tensor::name_of(*element)));
  std::optional<Shape> shape;  // that one number fills
  if (values.rank() == 0) shape = resolve(info.type().tensor_type(), false);
  if (!shape && info.type().tensor_type().has_shape()) fit(info, values.shape(), static_cast<size_t>(-1));
  const ValueId id = add_constant(loaded_.graph, info.name(), shape ? filled(converted, *shape) : converted);
  scopes_.back().values.insert_or_assign(info.name(), id);
}

namespace {

std::string print(const onnx::TensorShapeProto& shape) {
  std::string out;
  for (const auto& dim : shape.dim()) {
    out += out.empty() ? "" : "x";
    out += dim.has_dim_value() && dim.dim_value() >= 0 ? std::to_string(dim.dim_value())
           : dim.dim_param().empty()                   ? "?"
                                                       : dim.dim_param();
  }
  return out.empty() ? "scalar" : out;
}

}  // namespace

/// A shape of the user's as far as the file leaves it open; symbols take the extents they stand for. `batch`:
/// the axis that may differ from the file's extent (the network is given another batch afterwards), if any.
Shape Importer::fit(const onnx::ValueInfoProto& info, const Shape& given, size_t batch) {
  const auto& dims = info.type().tensor_type().shape().dim();
  auto misfit = [&] {
    fail(fmt::format("input '{}' is {}, not {}", info.name(), print(info.type().tensor_type().shape()),
                     tensor::print(given)));
  };
  if (given.size() != static_cast<size_t>(dims.size())) misfit();
  Shape shape;
  for (size_t k = 0; k < given.size(); ++k) {
    const auto& dim = dims[static_cast<int>(k)];
    bool fixed = dim.has_dim_value() && dim.dim_value() >= 0;
    if (given[k] < 0 || (fixed && given[k] != dim.dim_value() && k != batch)) misfit();
    shape.push_back(fixed ? dim.dim_value() : given[k]);
    if (!fixed && !dim.dim_param().empty()) symbols_.emplace(dim.dim_param(), given[k]);
  }
  return shape;
}

/// By what the user says of an input, then by what the file and the inputs before it say. An open batch is 1,
/// or that of the first input.
Shape Importer::shape_of(const onnx::ValueInfoProto& info) {
  const bool first = loaded_.graph.inputs.empty();
  const auto& type = info.type().tensor_type();
  const Shape* given = given_shape(info.name(), first);
  if (given) return type.has_shape() ? fit(info, *given, 0) : *given;
  if (!type.has_shape() && first)
    fail(fmt::format("input '{}' has no shape in the file: the shape must be given", info.name()));
  if (first && type.shape().dim_size() > 0) {
    const auto& batch = type.shape().dim(0);
    if (!batch.has_dim_value() && !batch.dim_param().empty()) symbols_.emplace(batch.dim_param(), 1);
  }
  std::optional<Shape> shape = resolve(type, true);
  if (!shape) {
    const char* why =
        first ? ": the shape must be given" : ", which the inputs before it do not decide: give --shape";
    fail(fmt::format("input '{}' is {}{}", info.name(), print(type.shape()), why));
  }
  return *shape;
}

/// A shape of the file with its symbols replaced; an unnamed open first extent is the batch where
/// `first_is_batch`.
std::optional<Shape> Importer::resolve(const onnx::TypeProto_Tensor& type, bool first_is_batch) const {
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

void Importer::read_outputs() {
  if (file_graph().output().empty()) fail("has no outputs");
  for (const auto& info : file_graph().output()) {
    const ValueId made = find(info.name());
    if (made == kNoValue) fail(fmt::format("nothing makes the output '{}'", info.name()));
    loaded_.graph.outputs.push_back(made);
  }
}

/// What the user says of an input's shape, if anything.
const Shape* Importer::given_shape(const std::string& input, bool first) const {
  auto named = options_.shapes.find(input);
  if (named != options_.shapes.end()) return &named->second;
  return first && !options_.input_shape.empty() ? &options_.input_shape : nullptr;
}

/// Shapes stop saying the batch where possible, and the batch becomes what the user gave.
void Importer::finish_batch() {
  if (graph().inputs.empty()) return;
  const Shape* given = given_shape(graph().value(graph().inputs[0]).name, true);
  find_batch_axes(loaded_.graph);
  const auto axis = static_cast<size_t>(std::max(graph().batch_axis(0), 0));
  int64_t wanted = given == nullptr || given->size() <= axis ? graph().batch() : (*given)[axis];
  std::optional<Graph> batched = with_batch(graph(), wanted);
  if (batched) loaded_.graph = std::move(*batched);
  if (graph().batch() != wanted)
    fail(fmt::format("is made for a batch of {} and cannot take {}", graph().batch(), wanted));
  for (ValueId id : graph().inputs) {
    const Value& v = graph().value(id);
    given = given_shape(v.name, id == graph().inputs[0]);
    if (given && *given != v.shape)
      fail(fmt::format("input '{}' is {}, not {}", v.name, tensor::print(v.shape), tensor::print(*given)));
  }
}

}  // namespace ohmweave::network
