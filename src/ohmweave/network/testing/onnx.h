// SPDX-License-Identifier: Apache-2.0
// ONNX files for tests, written field by field as protobuf lays them out (encoding: protobuf.dev; fields: onnx.proto).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/network/network.h"

namespace ohmweave::network {

/// A protobuf message under way.
class Message {
 public:
  Message& number(int field, int64_t value) {
    varint(static_cast<uint64_t>(field) << 3);
    varint(static_cast<uint64_t>(value));
    return *this;
  }
  Message& real(int field, float value) {
    varint(static_cast<uint64_t>(field) << 3 | 5);
    char raw[4];
    std::memcpy(raw, &value, 4);
    bytes_.append(raw, 4);
    return *this;
  }
  Message& text(int field, std::string_view value) {
    varint(static_cast<uint64_t>(field) << 3 | 2);
    varint(value.size());
    bytes_.append(value);
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  void varint(uint64_t value) {
    for (; value > 127; value >>= 7) bytes_.push_back(static_cast<char>(value | 128));
    bytes_.push_back(static_cast<char>(value));
  }
  std::string bytes_;
};

namespace onnx_type {
constexpr int64_t kFloat = 1, kUInt8 = 2, kInt32 = 6, kInt64 = 7, kString = 8, kBool = 9, kFloat16 = 10, kDouble = 11, kBFloat16 = 16;
}

inline Message onnx_tensor(const std::string& name, const std::vector<int64_t>& dims, int64_t type, std::string_view raw) {
  Message m;
  for (int64_t d : dims) m.number(1, d);
  return m.number(2, type).text(8, name).text(9, raw);
}
template <class T>
Message onnx_tensor(const std::string& name, const std::vector<int64_t>& dims, int64_t type, const std::vector<T>& values) {
  return onnx_tensor(name, dims, type, std::string_view(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)));
}

/// A node; attributes follow.
class OnnxNode {
 public:
  OnnxNode(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs, const std::string& domain = "") {
    for (const auto& name : inputs) node_.text(1, name);
    for (const auto& name : outputs) node_.text(2, name);
    node_.text(3, "the_" + op).text(4, op);
    if (!domain.empty()) node_.text(7, domain);
  }
  OnnxNode& integer(const std::string& key, int64_t value) { return add(Message().text(1, key).number(3, value).number(20, 2)); }
  OnnxNode& real(const std::string& key, float value) { return add(Message().text(1, key).real(2, value).number(20, 1)); }
  OnnxNode& text(const std::string& key, const std::string& value) { return add(Message().text(1, key).text(4, value).number(20, 3)); }
  OnnxNode& integers(const std::string& key, const std::vector<int64_t>& values) {
    Message m;
    m.text(1, key).number(20, 7);
    for (int64_t v : values) m.number(8, v);
    return add(m);
  }
  OnnxNode& tensor(const std::string& key, const Message& value) { return add(Message().text(1, key).message(5, value).number(20, 4)); }
  OnnxNode& graph(const std::string& key) { return add(Message().text(1, key).message(6, Message()).number(20, 5)); }
  const Message& message() const { return node_; }

 private:
  OnnxNode& add(const Message& attribute) {
    node_.message(5, attribute);
    return *this;
  }
  Message node_;
};

/// A model. Extents that are words are symbols.
class OnnxModel {
 public:
  explicit OnnxModel(int64_t opset) : opset_(opset) {}

  OnnxModel& input(const std::string& name, const std::vector<std::string>& extents, int64_t type = onnx_type::kFloat) {
    graph_.message(11, info(name, extents, type));
    return *this;
  }
  OnnxModel& output(const std::string& name, const std::vector<std::string>& extents = {}) {
    graph_.message(12, info(name, extents, onnx_type::kFloat));
    return *this;
  }
  OnnxModel& value_info(const std::string& name, const std::vector<std::string>& extents) {
    graph_.message(13, info(name, extents, onnx_type::kFloat));
    return *this;
  }
  OnnxModel& initialiser(const Message& tensor) {
    graph_.message(5, tensor);
    return *this;
  }
  OnnxModel& floats(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    return initialiser(onnx_tensor(name, dims, onnx_type::kFloat, values));
  }
  OnnxModel& integers(const std::string& name, const std::vector<int64_t>& values) {
    return initialiser(onnx_tensor(name, {static_cast<int64_t>(values.size())}, onnx_type::kInt64, values));
  }
  OnnxModel& node(const OnnxNode& node) { return this->node(node.message()); }
  OnnxModel& node(const Message& node) {
    graph_.message(1, node);
    return *this;
  }

  std::string bytes() const { return Message().number(1, 7).message(7, graph_).message(8, Message().text(1, "").number(2, opset_)).bytes(); }
  Loaded load(const LoadOptions& options = {}) const { return import_onnx_bytes(bytes(), "test.onnx", options); }
  Graph graph(const LoadOptions& options = {}) const { return load(options).graph; }

 private:
  static Message info(const std::string& name, const std::vector<std::string>& extents, int64_t type) {
    Message shape;
    for (const std::string& e : extents) {
      bool number = !e.empty() && e.find_first_not_of("-0123456789") == std::string::npos;
      Message dim;
      if (number) dim.number(1, std::stoll(e));
      else if (!e.empty()) dim.text(2, e);
      shape.message(1, dim);
    }
    return Message().text(1, name).message(2, Message().message(1, Message().number(1, type).message(2, shape)));
  }

  int64_t opset_;
  Message graph_;
};

/// Adds a stored tensor to a model as the constant `name`; an input of that name takes its value. Protobuf merges messages
/// that follow one another, and of a tensor's two names the last one counts.
inline std::string with_constant(const std::string& model, const std::string& name, const std::string& tensor) {
  return model + Message().message(7, Message().text(5, tensor + Message().text(8, name).bytes())).bytes();
}

/// The tensor of a file of one TensorProto, as ONNX's tests and ours have them.
inline tensor::Tensor stored_tensor(const std::string& bytes) {
  OnnxModel model(13);
  model.node(OnnxNode("Identity", {"x"}, {"y"})).output("x");
  return *[&] {
    Graph g = import_onnx_bytes(with_constant(model.bytes(), "x", bytes), "stored tensor").graph;
    return g.value(g.outputs[0]).constant;
  }();
}

}  // namespace ohmweave::network
