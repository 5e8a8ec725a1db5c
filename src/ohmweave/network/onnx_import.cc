// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include "ohmweave/base/files.h"
#include "ohmweave/network/onnx_importer.h"

namespace ohmweave::network {

using onnx::ModelProto;
using onnx::NodeProto;

namespace {
constexpr int64_t kNewestOpset = 20;
constexpr const char* kBroken = "is no ONNX file, or is cut short";
bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }
}  // namespace

std::string full_name(const NodeProto& node) {
  return is_standard(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type();
}
std::string called(const NodeProto& node) {
  return node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
}
std::string label(const NodeProto& node) {
  return fmt::format("node '{}' ({})", called(node), full_name(node));
}
bool is_supported(const NodeProto& node) {
  const std::string name = full_name(node);
  return name == "Constant" || is_control_flow(node) || find_operator(name) != nullptr;
}

Importer::Importer(std::shared_ptr<const ModelProto> model, std::string name, std::optional<std::string> folder,
                   const LoadOptions& options)
    : model_(std::move(model)), options_(options), source_{name, model_, std::move(folder)} {
  loaded_.graph.name = std::move(name);
  scopes_.push_back({&model_->graph(), {}});
}

Loaded Importer::run() {
  read_version();
  find_unsupported();
  read_initialisers();
  read_inputs();
  for (const NodeProto& proto : file_graph().node()) read_node(proto);
  read_outputs();
  finish_batch();
  tidy();
  validate(loaded_.graph);
  return std::move(loaded_);
}

void Importer::fail(const std::string& message) const { base::fail(graph().name, message); }

void Importer::read_version() {
  opset = 1;  // what files without a version have
  for (const auto& entry : model_->opset_import()) {
    if (is_standard(entry.domain())) opset = entry.version();
  }
  if (opset < 1 || opset > kNewestOpset)
    fail(fmt::format("is written for opset {}; Ohmweave reads opsets 1 to {}", opset, kNewestOpset));
  if (file_graph().node().empty()) fail("holds no operators");
  if (file_graph().sparse_initializer_size() > 0) fail("holds sparse weights, which are not supported");
}

/// All operators we do not have, at once: one error for each, with the nodes that use it.
void Importer::find_unsupported() {
  std::map<std::string, std::vector<std::string>> nodes;
  for (const NodeProto& proto : file_graph().node()) {
    if (is_supported(proto)) continue;
    loaded_.unsupported.push_back(label(proto));
    nodes[full_name(proto)].push_back(fmt::format("'{}'", called(proto)));
  }
  if (options_.allow_unsupported) return;
  base::Diagnostics d;
  for (const auto& [name, users] : nodes) {
    size_t shown = std::min<size_t>(users.size(), 3);
    std::string more = shown < users.size() ? fmt::format(" and {} more", users.size() - shown) : "";
    d.error(
        base::whole(graph().name),
        fmt::format("the operator {} is not supported (node {}{})", name,
                    fmt::join(users.begin(), users.begin() + static_cast<std::ptrdiff_t>(shown), ", "), more));
  }
  d.stop_if_errors();
}

namespace {

Loaded import_model(std::shared_ptr<const ModelProto> model, const std::string& name,
                    std::optional<std::string> folder, const LoadOptions& options) {
  if (!model->has_graph()) base::fail(name, "holds no network");
  return Importer(std::move(model), name, std::move(folder), options).run();
}
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
