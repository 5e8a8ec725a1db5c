// SPDX-License-Identifier: Apache-2.0
// If, Loop and Scan, whose bodies are graphs of their own: a graph of ours has none. A branch whose condition
// is known takes the place of its If, and a body that runs a known number of times is there as often.
#include <algorithm>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "ohmweave/network/onnx_importer.h"

namespace ohmweave::network {

using onnx::GraphProto;
using onnx::NodeProto;
using tensor::Element;
using tensor::Tensor;

namespace {

constexpr int64_t kMostTurns = 4096;
constexpr size_t kMostNodes = 200'000;
constexpr size_t kMostDepth = 32;

std::vector<int64_t> list_of(const NodeProto& proto, const char* key, size_t expected) {
  for (const auto& a : proto.attribute()) {
    if (a.name() == key) return {a.ints().begin(), a.ints().end()};
  }
  return std::vector<int64_t>(expected, 0);
}

}  // namespace

bool is_control_flow(const NodeProto& node) {
  const std::string name = full_name(node);
  return name == "If" || name == "Loop" || name == "Scan";
}

std::vector<ValueId> Importer::read_control_flow(const NodeProto& proto) {
  const Node outer = node;  // reading a body reads nodes
  const std::string name = full_name(proto);
  file_operator = name;
  std::vector<ValueId> made = name == "If"     ? read_if(proto, outer.inputs)
                              : name == "Loop" ? read_loop(proto, outer.inputs)
                                               : read_scan(proto, outer.inputs);
  if (made.size() < outer.outputs.size())
    fail(fmt::format("{} has {} results, {} wanted", label(proto), made.size(), outer.outputs.size()));
  made.resize(outer.outputs.size());
  return made;
}

const GraphProto& Importer::body_of(const NodeProto& proto, const char* key) const {
  for (const auto& a : proto.attribute()) {
    if (a.name() == key && a.has_g()) return a.g();
  }
  fail(fmt::format("{} needs the attribute '{}', a graph", label(proto), key));
}

/// The results of a graph of the file, which sees the names around it.
std::vector<ValueId> Importer::read_body(const NodeProto& proto, const GraphProto& body,
                                         const std::vector<ValueId>& inputs) {
  if (scopes_.size() >= kMostDepth) fail(fmt::format("{} is nested too deeply", label(proto)));
  if (static_cast<size_t>(body.input_size()) != inputs.size())
    fail(fmt::format("{}: its body takes {} operands, given {}", label(proto), body.input_size(),
                     inputs.size()));
  if (body.sparse_initializer_size() > 0)
    fail(fmt::format("{} holds sparse weights, which are not supported", label(proto)));
  scopes_.push_back({&body, {}});
  for (int k = 0; k < body.input_size(); ++k) define(body.input(k).name(), inputs[static_cast<size_t>(k)]);
  read_initialisers();
  for (const NodeProto& inner : body.node()) {
    read_node(inner);
    if (graph().nodes.size() > kMostNodes) fail(fmt::format("{} becomes too many operators", label(proto)));
  }
  std::vector<ValueId> out;
  for (const auto& info : body.output()) {
    out.push_back(find(info.name()));
    if (out.back() == kNoValue) fail(fmt::format("{}: nothing makes '{}'", label(proto), info.name()));
  }
  scopes_.pop_back();
  return out;
}

/// A truth that decides what the network is made of; nothing if it is not known before the network runs.
std::optional<bool> Importer::known_truth(const NodeProto& proto, ValueId id) const {
  const Value& v = graph().value(id);
  if (v.element != Element::Bool || tensor::count(v.shape) != 1)
    fail(fmt::format("{}: the condition must be one truth value", label(proto)));
  if (!v.constant) return std::nullopt;
  return v.constant->data<bool>()[0];
}

std::vector<ValueId> Importer::read_if(const NodeProto& proto, const std::vector<ValueId>& inputs) {
  if (inputs.size() != 1 || inputs[0] == kNoValue) fail(fmt::format("{} takes one condition", label(proto)));
  const GraphProto &yes = body_of(proto, "then_branch"), &no = body_of(proto, "else_branch");
  const std::optional<bool> known = known_truth(proto, inputs[0]);
  if (known) return read_body(proto, *known ? yes : no, {});
  const std::vector<ValueId> a = read_body(proto, yes, {}), b = read_body(proto, no, {});
  if (a.size() != b.size())
    fail(fmt::format("{}: its branches have {} and {} results", label(proto), a.size(), b.size()));
  node = {.name = called(proto), .op = Op::Where, .inputs = {}, .outputs = {}, .attributes = {}};
  const ValueId condition =
      add(Op::Reshape, ".condition", {inputs[0], constant(".scalar", integers_tensor({}))});
  std::vector<ValueId> out;
  for (size_t k = 0; k < a.size(); ++k) {
    const Value &u = graph().value(a[k]), &v = graph().value(b[k]);
    if (u.element != v.element || u.shape != v.shape)
      fail(
          fmt::format("{}: its condition must be known before the network runs, as its branches give {} and {}",
                      label(proto), tensor::print(u.shape), tensor::print(v.shape)));
    out.push_back(add(Op::Where, fmt::format(".result{}", k), {condition, a[k], b[k]}));
  }
  return out;
}

/// One result of every turn, joined along a new axis.
ValueId Importer::joined(const NodeProto& proto, const std::vector<ValueId>& parts, int64_t axis,
                         size_t which) {
  if (parts.empty())
    fail(fmt::format("{} makes result {} of no turn at all, which is not supported", label(proto), which + 1));
  node = {.name = called(proto), .op = Op::Concat, .inputs = {}, .outputs = {}, .attributes = {}};
  const std::string suffix = fmt::format(".turns{}", which);
  const ValueId axes = constant(suffix + ".axis", integers_tensor({axis}));
  std::vector<ValueId> apart;
  for (ValueId part : parts) apart.push_back(add(Op::Unsqueeze, suffix + ".apart", {part, axes}));
  return add(Op::Concat, suffix, apart, {{"axis", axis}});
}

std::vector<ValueId> Importer::read_loop(const NodeProto& proto, const std::vector<ValueId>& inputs) {
  const GraphProto& body = body_of(proto, "body");
  auto input = [&](size_t k) { return k < inputs.size() ? inputs[k] : kNoValue; };
  int64_t turns = kMostTurns + 1;
  if (input(0) != kNoValue) {
    const Value& v = graph().value(input(0));
    if (!v.constant || v.element != Element::Int64 || tensor::count(v.shape) != 1)
      fail(fmt::format("{}: how often it runs must be known before the network runs", label(proto)));
    turns = v.constant->data<int64_t>()[0];
  }
  std::optional<bool> goes_on = true;
  if (input(1) != kNoValue) goes_on = known_truth(proto, input(1));
  std::vector<ValueId> carried(inputs.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(inputs.size(), 2)),
                               inputs.end());
  const auto results = static_cast<size_t>(std::max(body.output_size() - 1, 0));
  if (body.output_size() < 1 || results < carried.size())
    fail(fmt::format("{}: its body has too few results", label(proto)));
  std::vector<std::vector<ValueId>> scanned(results - carried.size());
  for (int64_t turn = 0; turn < turns; ++turn) {
    if (!goes_on)
      fail(fmt::format("{}: whether it goes on must be known before the network runs", label(proto)));
    if (!*goes_on) break;
    if (turn == kMostTurns)
      fail(fmt::format("{} runs more than {} times, which is not supported", label(proto), kMostTurns));
    node.name = called(proto);
    Tensor truth(Element::Bool, {});
    truth.mutable_data<bool>()[0] = true;
    std::vector<ValueId> operands{constant(".turn", Tensor::of<int64_t>({}, std::vector<int64_t>{turn})),
                                  constant(".goes_on", truth)};
    operands.insert(operands.end(), carried.begin(), carried.end());
    const std::vector<ValueId> made = read_body(proto, body, operands);
    goes_on = known_truth(proto, made[0]);
    for (size_t k = 0; k < results; ++k) {
      if (k < carried.size())
        carried[k] = made[k + 1];
      else
        scanned[k - carried.size()].push_back(made[k + 1]);
    }
  }
  std::vector<ValueId> out = carried;
  for (size_t k = 0; k < scanned.size(); ++k) {
    const auto wanted = static_cast<int>(carried.size() + k);
    const bool read = wanted < proto.output_size() && !proto.output(wanted).empty();
    out.push_back(read ? joined(proto, scanned[k], 0, k) : kNoValue);
  }
  return out;
}

std::vector<ValueId> Importer::read_scan(const NodeProto& proto, const std::vector<ValueId>& inputs) {
  if (opset < 9) fail(fmt::format("{} in the form before opset 9 is not supported", label(proto)));
  const GraphProto& body = body_of(proto, "body");
  int64_t scans = 0;
  for (const auto& a : proto.attribute()) {
    if (a.name() == "num_scan_inputs") scans = a.i();
  }
  if (scans < 1 || scans > static_cast<int64_t>(inputs.size()))
    fail(fmt::format("{}: num_scan_inputs is {}", label(proto), scans));
  const auto read = static_cast<size_t>(scans), states = inputs.size() - read;
  if (static_cast<size_t>(body.output_size()) < states)
    fail(fmt::format("{}: its body has too few results", label(proto)));
  const size_t written = static_cast<size_t>(body.output_size()) - states;
  std::vector<int64_t> axes = list_of(proto, "scan_input_axes", read),
                       ways = list_of(proto, "scan_input_directions", read),
                       to_axes = list_of(proto, "scan_output_axes", written),
                       to_ways = list_of(proto, "scan_output_directions", written);
  if (axes.size() != read || ways.size() != read || to_axes.size() != written || to_ways.size() != written)
    fail(fmt::format("{}: axes and directions are of different lengths", label(proto)));
  int64_t turns = -1;
  for (size_t k = 0; k < read; ++k) {
    const ValueId id = inputs[states + k];
    if (id == kNoValue) fail(fmt::format("{}: operand {} is missing", label(proto), states + k + 1));
    const auto rank = static_cast<int64_t>(graph().value(id).shape.size());
    if (axes[k] < 0) axes[k] += rank;
    if (axes[k] < 0 || axes[k] >= rank)
      fail(fmt::format("{}: axis {} of {} axes", label(proto), axes[k], rank));
    const int64_t extent = graph().value(id).shape[static_cast<size_t>(axes[k])];
    if (turns >= 0 && extent != turns)
      fail(fmt::format("{}: scans of {} and {} turns", label(proto), turns, extent));
    turns = extent;
  }
  if (turns > kMostTurns)
    fail(fmt::format("{} runs more than {} times, which is not supported", label(proto), kMostTurns));
  std::vector<ValueId> carried(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(states));
  std::vector<std::vector<ValueId>> scanned(written);
  for (int64_t turn = 0; turn < turns; ++turn) {
    node = {.name = called(proto), .op = Op::Gather, .inputs = {}, .outputs = {}, .attributes = {}};
    std::vector<ValueId> operands = carried;
    for (size_t k = 0; k < read; ++k) {
      const int64_t at = ways[k] != 0 ? turns - 1 - turn : turn;
      const ValueId index = constant(".turn", Tensor::of<int64_t>({}, std::vector<int64_t>{at}));
      operands.push_back(
          add(Op::Gather, fmt::format(".scan{}", k), {inputs[states + k], index}, {{"axis", axes[k]}}));
    }
    const std::vector<ValueId> made = read_body(proto, body, operands);
    std::copy_n(made.begin(), states, carried.begin());
    for (size_t k = 0; k < written; ++k)
      scanned[k].insert(to_ways[k] != 0 ? scanned[k].begin() : scanned[k].end(), made[states + k]);
  }
  std::vector<ValueId> out = carried;
  for (size_t k = 0; k < written; ++k) {
    const auto wanted = static_cast<int>(states + k);
    const bool is_read = wanted < proto.output_size() && !proto.output(wanted).empty();
    if (is_read && !scanned[k].empty()) {
      const auto rank = static_cast<int64_t>(graph().value(scanned[k][0]).shape.size()) + 1;
      if (to_axes[k] < 0) to_axes[k] += rank;
      if (to_axes[k] < 0 || to_axes[k] >= rank)
        fail(fmt::format("{}: axis {} of {} axes", label(proto), to_axes[k], rank));
    }
    out.push_back(is_read ? joined(proto, scanned[k], to_axes[k], k) : kNoValue);
  }
  return out;
}

}  // namespace ohmweave::network
