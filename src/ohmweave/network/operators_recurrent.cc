// SPDX-License-Identifier: Apache-2.0
// LSTM, GRU and RNN: normal form, types, values. Samples come first (ONNX's layout 1).
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

/// Names that inference knows, with the defaults of what they take; ONNX gives some none.
struct Known {
  bool alpha, beta;
  double alpha_default, beta_default;
};
const std::map<std::string, Known>& known_functions() {
  static const std::map<std::string, Known> kKnown = {
      {"Sigmoid", {false, false, 0, 0}},     {"Tanh", {false, false, 0, 0}},
      {"Relu", {false, false, 0, 0}},        {"Softsign", {false, false, 0, 0}},
      {"Softplus", {false, false, 0, 0}},    {"Affine", {true, true, 1, 0}},
      {"LeakyRelu", {true, false, 0.01, 0}}, {"ThresholdedRelu", {true, false, 1, 0}},
      {"ScaledTanh", {true, true, 1, 1}},    {"HardSigmoid", {true, true, 0.2, 0.5}},
      {"Elu", {true, false, 1, 0}},
  };
  return kKnown;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  for (char c : text + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  return out;
}
/// ONNX matches names whatever their case.
const std::string* canonical(const std::string& word) {
  auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  for (const auto& [name, ignored] : known_functions()) {
    if (std::equal(name.begin(), name.end(), word.begin(), word.end(), same)) return &name;
  }
  return nullptr;
}

int64_t directions_of(const Node& node) { return node.text("direction") == "bidirectional" ? 2 : 1; }

/// Every activation gets its name, alpha and beta. A file lists only the numbers that are taken, in order.
void complete_activations(const Operation& o, Node& node) {
  std::string defaults = node.op == Op::LSTM  ? "Sigmoid Tanh Tanh"
                         : node.op == Op::GRU ? "Sigmoid Tanh"
                                              : "Tanh";
  if (directions_of(node) == 2) defaults += " " + defaults;
  if (node.text("activations").empty()) node.attributes["activations"] = defaults;
  const std::vector<std::string> wanted = words_of(node.text("activations"));
  o.require(wanted.size() == words_of(defaults).size(),
            fmt::format("takes {} activations, given {}", words_of(defaults).size(), wanted.size()));
  auto& alpha = std::get<std::vector<double>>(node.attributes["activation_alpha"]);
  auto& beta = std::get<std::vector<double>>(node.attributes["activation_beta"]);
  const bool complete = alpha.size() == wanted.size() && beta.size() == wanted.size();
  std::vector<double> alphas, betas;
  std::string names;
  size_t a = 0, b = 0;
  for (size_t k = 0; k < wanted.size(); ++k) {
    const std::string* name = canonical(wanted[k]);
    o.require(name != nullptr, fmt::format("the activation '{}' is not known", wanted[k]));
    const Known& f = known_functions().at(*name);
    names += (k > 0 ? " " : "") + *name;
    alphas.push_back(complete ? alpha[k] : f.alpha && a < alpha.size() ? alpha[a++] : f.alpha_default);
    betas.push_back(complete ? beta[k] : f.beta && b < beta.size() ? beta[b++] : f.beta_default);
  }
  node.attributes["activations"] = names;
  alpha = std::move(alphas);
  beta = std::move(betas);
}

void complete_recurrent(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.inputs.resize(node.op == Op::LSTM ? 8 : 6, kNoValue);
  const std::string& direction = node.text("direction");
  o.require(direction == "forward" || direction == "reverse" || direction == "bidirectional",
            fmt::format("has no direction '{}'", direction));
  o.require(node.integer("layout") == 1, "takes samples first");
  o.require(o.has(2) && o.shape(2).size() == 3, "needs the recurrent weights as its third operand");
  int64_t& hidden = std::get<int64_t>(node.attributes["hidden_size"]);
  if (hidden == 0) hidden = o.shape(2)[2];
  complete_activations(o, node);
}

Types infer_recurrent(const Operation& o) {
  const Node& node = o.node();
  for (size_t k = 0; k < o.operands(); ++k) {
    if (!o.has(k)) continue;
    const bool right = k == 4 ? o.element(k) == Element::Int32 || o.element(k) == Element::Int64
                              : o.element(k) == Element::Float32;
    o.require(right, fmt::format("operand {} must not be {}", k + 1, tensor::name_of(o.element(k))));
  }
  const Shape& x = o.shape(0);
  o.require(x.size() == 3, fmt::format("takes samples, steps and features, given {}", tensor::print(x)));
  const int64_t hidden = node.integer("hidden_size"), d = directions_of(node),
                wide = gates_of(node.op) * hidden;
  o.require(hidden > 0 && hidden < (int64_t{1} << 31), "needs a positive hidden_size");
  auto expect = [&](size_t k, const Shape& shape) {
    bool fits = !o.has(k) || o.shape(k).size() == shape.size();
    for (size_t axis = 0; fits && o.has(k) && axis < shape.size(); ++axis) {
      const bool shared = k >= 4 && k <= 6 && axis == 0 && o.shape(k)[0] == 1;
      fits = shared || o.shape(k)[axis] == shape[axis];
    }
    o.require(fits, fmt::format("operand {} of shape {} is not {}", k + 1,
                                o.has(k) ? tensor::print(o.shape(k)) : "", tensor::print(shape)));
  };
  if (!o.has(1)) o.require(x[2] == d * wide, "has neither input weights nor a projected input");
  expect(1, {d, wide, x[2]});
  expect(2, {d, wide, hidden});
  expect(3, {d, 2 * wide});
  expect(4, {x[0]});
  expect(5, {x[0], d, hidden});
  expect(6, {x[0], d, hidden});
  expect(7, {d, 3 * hidden});
  Types out{{Element::Float32, {x[0], x[1], d, hidden}}};
  while (out.size() < (node.op == Op::LSTM ? 3 : 2)) out.push_back({Element::Float32, {x[0], d, hidden}});
  return out;
}

Results evaluate_recurrent(const Operation& o, const Types&) {
  std::vector<Tensor> inputs;
  for (size_t k = 0; k < o.operands(); ++k) inputs.push_back(o.has(k) ? o.tensor(k) : Tensor());
  return run_recurrent(o.node(), inputs);
}

/// Samples never meet: all that has them has them first.
bool batch_recurrent(const Operation& o, Batching& b) {
  for (size_t k = 0; k < o.operands(); ++k) {
    const bool counts = k == 0 || (k >= 4 && k <= 6);
    if (!o.has(k)) continue;
    const bool shared = b.operands[k] == Batching::kNone && (!counts || (k > 0 && o.shape(k)[0] == 1));
    if (!shared && !(counts && b.operands[k] == 0)) return false;
  }
  std::fill(b.results.begin(), b.results.end(), 0);
  return true;
}

/// ONNX's layout 0 has steps before samples. What stands around the layer only views.
std::vector<ValueId> lift_recurrent(Lift& lift) {
  Node& node = lift.node;
  node.attributes.erase("output_sequence");  // before opset 7; which outputs there are decides
  const bool steps_first = lift.take("layout", int64_t{0}) == 0;
  node.attributes["layout"] = int64_t{1};
  if (!lift.has_operand(0) || !lift.has_operand(1) || !lift.has_operand(2)) lift.fail("needs X, W and R");
  if (!steps_first) return lift.finish();
  auto turn = [&](size_t k, const char* suffix) {
    if (!lift.has_operand(k)) return;
    if (lift.shape(k).size() != 3) lift.fail(fmt::format("operand {} must have three axes", k + 1));
    lift.set_operand(
        k, lift.add(Op::Transpose, suffix, {node.inputs[k]}, {{"perm", std::vector<int64_t>{1, 0, 2}}}));
  };
  turn(0, ".x");
  turn(5, ".initial_h");
  turn(6, ".initial_c");
  std::vector<ValueId> made = lift.finish();
  const char* suffixes[] = {".y", ".y_h", ".y_c"};
  for (size_t k = 0; k < made.size(); ++k) {
    if (made[k] == kNoValue) continue;
    const std::vector<int64_t> perm = k == 0 ? std::vector<int64_t>{1, 2, 0, 3} : std::vector<int64_t>{1, 0, 2};
    made[k] = lift.add(Op::Transpose, suffixes[k], {made[k]}, {{"perm", perm}});
  }
  return made;
}

Operator recurrent_operator(Op op, const char* name) {
  Operator o{.op = op,
             .name = name,
             .family = Family::Product,
             .least_inputs = 1,
             .most_inputs = op == Op::LSTM ? size_t{8} : size_t{6},
             .most_outputs = op == Op::LSTM ? size_t{3} : size_t{2},
             .attributes = {{"activations", std::string()},
                            {"activation_alpha", std::vector<double>()},
                            {"activation_beta", std::vector<double>()},
                            {"clip", 0.0},  // 0: none
                            {"direction", std::string("forward")},
                            {"hidden_size", int64_t{0}},
                            {"layout", int64_t{1}}},
             .complete = complete_recurrent,
             .infer = infer_recurrent,
             .evaluate = evaluate_recurrent,
             .batch = batch_recurrent,
             .lift = lift_recurrent};
  if (op == Op::LSTM) o.attributes.push_back({"input_forget", int64_t{0}});
  if (op == Op::GRU) o.attributes.push_back({"linear_before_reset", int64_t{0}});
  return o;
}

}  // namespace

std::vector<Operator> recurrent_operators() {
  return {recurrent_operator(Op::LSTM, "LSTM"), recurrent_operator(Op::GRU, "GRU"),
          recurrent_operator(Op::RNN, "RNN")};
}

}  // namespace ohmweave::network
