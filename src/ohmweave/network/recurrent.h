// SPDX-License-Identifier: Apache-2.0
// Recurrent layers: LSTM, GRU, RNN, computed step by step by whoever multiplies the state with the recurrent
// weights.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// Geometry of a recurrent node. Operands are ONNX's with the batch first: X [samples, steps, features],
/// W [directions, gates * hidden, features], R [directions, gates * hidden, hidden], B [directions, 2 * gates *
/// hidden], sequence lengths [samples], initial states [samples, directions, hidden], peepholes [directions, 3
/// * hidden]; lengths and states of extent 1 are shared by all samples. Results: Y [samples, steps, directions,
/// hidden] and the last states [samples, directions, hidden]. Where W is left out, X is projected already:
/// features are directions * gates * hidden.
struct Recurrent {
  int64_t samples = 0, steps = 0, features = 0, hidden = 0, directions = 1, gates = 1;
  bool projected = false;
  /// Multiply-accumulates of one sample. Sequence lengths may make them fewer, which nobody knows beforehand.
  int64_t multiply_accumulates() const {
    return steps * directions * gates * hidden * ((projected ? 0 : features) + hidden);
  }
};
bool is_recurrent(Op op);
int64_t gates_of(Op op);  // LSTM 4, GRU 3, RNN 1
Recurrent recurrent(const Graph& graph, const Node& node);
/// Whether the state passes its weights once per step. GRU without linear_before_reset multiplies them twice:
/// the second product needs the first.
bool has_one_product_per_step(const Node& node);

/// What one step does between states, apart from arithmetic that ONNX fixes.
struct StateArithmetic {
  /// product[samples, to - from] = state[samples, hidden] times the rows [from, to) of R of a direction.
  std::function<void(int64_t direction, int64_t from, int64_t to, const float* state, int64_t samples,
                     float* product)>
      multiply;
  /// What becomes of a state when it is stored, in place; none: nothing.
  std::function<void(std::span<float> state)> store;
};
/// All results of a node from its operands (omitted ones empty tensors); the node's own arithmetic where
/// `arithmetic` is left out.
std::vector<tensor::Tensor> run_recurrent(const Node& node, std::span<const tensor::Tensor> inputs,
                                          const StateArithmetic* arithmetic = nullptr);

/// One activation of a step, f(x; alpha, beta).
struct GateFunction {
  std::string name;
  double alpha = 0, beta = 0;
};
/// The activations of one direction, in ONNX's order.
std::vector<GateFunction> gate_functions(const Node& node, int64_t direction);

/// Values of one step that pass activations: (name, how many) per direction and sample.
std::vector<std::pair<std::string, int64_t>> gate_values(const Node& node, int64_t hidden);

}  // namespace ohmweave::network
