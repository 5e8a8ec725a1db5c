// SPDX-License-Identifier: Apache-2.0
// The steps of LSTM (Hochreiter and Schmidhuber, 1997), GRU (Cho et al., 2014) and RNN as ONNX defines them.
#include "ohmweave/network/recurrent.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/network/onednn.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

template <class F>
void each(float* x, int64_t n, F f) {
  for (int64_t k = 0; k < n; ++k) x[k] = f(x[k]);
}

void apply(const GateFunction& g, float* x, int64_t n) {
  const auto alpha = static_cast<float>(g.alpha), beta = static_cast<float>(g.beta);
  if (g.name == "Sigmoid") return each(x, n, [](float v) { return 1 / (1 + std::exp(-v)); });
  if (g.name == "Tanh") return each(x, n, [](float v) { return std::tanh(v); });
  if (g.name == "Relu") return each(x, n, [](float v) { return std::max(v, 0.0F); });
  if (g.name == "Affine") return each(x, n, [=](float v) { return alpha * v + beta; });
  if (g.name == "LeakyRelu") return each(x, n, [=](float v) { return v < 0 ? alpha * v : v; });
  if (g.name == "ThresholdedRelu") return each(x, n, [=](float v) { return v > alpha ? v : 0; });
  if (g.name == "ScaledTanh") return each(x, n, [=](float v) { return alpha * std::tanh(beta * v); });
  if (g.name == "HardSigmoid")
    return each(x, n, [=](float v) { return std::clamp(alpha * v + beta, 0.0F, 1.0F); });
  if (g.name == "Elu") return each(x, n, [=](float v) { return v < 0 ? alpha * (std::exp(v) - 1) : v; });
  if (g.name == "Softsign") return each(x, n, [](float v) { return v / (1 + std::abs(v)); });
  OHMWEAVE_CHECK(g.name == "Softplus", "an activation that inference does not know");
  each(x, n, [](float v) { return std::max(v, 0.0F) + std::log1p(std::exp(-std::abs(v))); });
}

/// One direction of a node over all its steps.
class Direction {
 public:
  Direction(const Node& node, const Recurrent& shape, int64_t direction, std::span<const Tensor> inputs)
      : node_(node),
        s_(shape),
        direction_(direction),
        inputs_(inputs),
        functions_(gate_functions(node, direction)),
        wide_(shape.gates * shape.hidden),
        clip_(static_cast<float>(node.real("clip"))) {
    const std::string& text = node.text("direction");
    backward_ = text == "reverse" || (text == "bidirectional" && direction == 1);
    linear_before_reset_ = node.op == Op::GRU && node.integer("linear_before_reset") != 0;
    read_biases();
    project();
    length_.assign(static_cast<size_t>(s_.samples), s_.steps);
    if (has(4)) {
      Tensor lengths = inputs_[4].to(Element::Int64);
      for (int64_t n = 0; n < s_.samples; ++n)
        length_[static_cast<size_t>(n)] = std::clamp<int64_t>(
            lengths.data<int64_t>()[static_cast<size_t>(lengths.size() == 1 ? 0 : n)], 0, s_.steps);
    }
    state_ = initial(5);
    if (node.op == Op::LSTM) cell_ = initial(6);
  }

  void run(const StateArithmetic* arithmetic, Tensor& y) {
    StateArithmetic own;
    if (arithmetic == nullptr) {
      own = exact();
      arithmetic = &own;
    }
    if (arithmetic->store) arithmetic->store(state_);
    float* out = y.mutable_data<float>().data();
    std::vector<float> product(static_cast<size_t>(s_.samples * wide_)), next(state_.size());
    for (int64_t step = 0; step < s_.steps; ++step) {
      multiply(*arithmetic, 0, first_product(), state_, product.data(), wide_);
      gates(step, product, next);
      if (node_.op == Op::GRU && !linear_before_reset_) {
        multiply(*arithmetic, 2 * s_.hidden, wide_, next, product.data() + 2 * s_.hidden, wide_);
        candidate(step, product, next);
      }
      if (arithmetic->store) arithmetic->store(next);
      keep(step, next, out);
    }
  }

  void last(Tensor& to, const std::vector<float>& from) const {
    float* out = to.mutable_data<float>().data();
    for (int64_t n = 0; n < s_.samples; ++n)
      std::copy_n(&from[static_cast<size_t>(n * s_.hidden)], s_.hidden,
                  out + (n * s_.directions + direction_) * s_.hidden);
  }
  const std::vector<float>& state() const { return state_; }
  const std::vector<float>& cell() const { return cell_; }

 private:
  bool has(size_t k) const { return k < inputs_.size() && inputs_[k].size() > 0; }
  const float* values(size_t k, int64_t each) const {
    return inputs_[k].data<float>().data() + direction_ * each;
  }

  /// Biases of the input and of the recurrent product are added up where nothing comes between.
  void read_biases() {
    bias_.assign(static_cast<size_t>(wide_), 0.0F);
    inner_.assign(static_cast<size_t>(s_.hidden), 0.0F);
    if (!has(3)) return;
    const float* b = values(3, 2 * wide_);
    for (int64_t k = 0; k < wide_; ++k) {
      const bool inner = linear_before_reset_ && k >= 2 * s_.hidden;
      bias_[static_cast<size_t>(k)] = inner ? b[k] : b[k] + b[wide_ + k];
      if (inner) inner_[static_cast<size_t>(k - 2 * s_.hidden)] = b[wide_ + k];
    }
  }

  /// The product of all steps' inputs at once.
  void project() {
    input_ = inputs_[0].data<float>().data();
    pitch_ = s_.features;
    if (s_.projected) {
      input_ += direction_ * wide_;
      return;
    }
    projected_.resize(static_cast<size_t>(s_.samples * s_.steps * wide_));
    network::multiply({s_.samples * s_.steps, wide_, s_.features, false, true, false}, {input_},
                      {values(1, wide_ * s_.features)}, projected_.data());
    input_ = projected_.data();
    pitch_ = wide_;
  }

  std::vector<float> initial(size_t k) const {
    std::vector<float> out(static_cast<size_t>(s_.samples * s_.hidden), 0.0F);
    if (!has(k)) return out;
    const float* from = inputs_[k].data<float>().data();
    const int64_t each = inputs_[k].dim(0) == 1 ? 0 : s_.directions * s_.hidden;
    for (int64_t n = 0; n < s_.samples; ++n)
      std::copy_n(from + n * each + direction_ * s_.hidden, s_.hidden,
                  &out[static_cast<size_t>(n * s_.hidden)]);
    return out;
  }

  int64_t first_product() const { return node_.op == Op::GRU && !linear_before_reset_ ? 2 * s_.hidden : wide_; }
  StateArithmetic exact() {
    const float* r = values(2, wide_ * s_.hidden);
    turned_.resize(static_cast<size_t>(wide_ * s_.hidden));
    for (int64_t row = 0; row < wide_; ++row) {
      for (int64_t k = 0; k < s_.hidden; ++k)
        turned_[static_cast<size_t>(k * wide_ + row)] = r[row * s_.hidden + k];
    }
    StateArithmetic a;
    a.multiply = [this, r](int64_t, int64_t from, int64_t to, const float* state, int64_t samples,
                           float* product) {
      const bool whole = from == 0 && to == wide_;
      network::multiply({samples, to - from, s_.hidden, false, !whole, false}, {state},
                        {whole ? turned_.data() : r + from * s_.hidden}, product);
    };
    return a;
  }
  /// The product of a state with some rows of R; row n of it stands at to + n * pitch.
  void multiply(const StateArithmetic& a, int64_t from, int64_t rows_end, const std::vector<float>& state,
                float* to, int64_t pitch) {
    if (rows_end - from == pitch) return a.multiply(direction_, from, rows_end, state.data(), s_.samples, to);
    packed_.resize(static_cast<size_t>(s_.samples * (rows_end - from)));
    a.multiply(direction_, from, rows_end, state.data(), s_.samples, packed_.data());
    for (int64_t n = 0; n < s_.samples; ++n)
      std::copy_n(&packed_[static_cast<size_t>(n * (rows_end - from))], rows_end - from, to + n * pitch);
  }

  /// The step of the sequence that sample n sees in step `step`; nothing after its end.
  std::optional<int64_t> at(int64_t n, int64_t step) const {
    const int64_t length = length_[static_cast<size_t>(n)];
    if (step >= length) return std::nullopt;
    return backward_ ? length - 1 - step : step;
  }

  template <class F>
  void for_samples(int64_t step, F f) const {
    constexpr int64_t kValues = 1 << 13;
    const int64_t block = std::max<int64_t>(kValues / wide_, 1);
    base::parallel_for((s_.samples + block - 1) / block, [&](int64_t b) {
      for (int64_t n = b * block, end = std::min(s_.samples, n + block); n < end; ++n) {
        if (auto place = at(n, step)) f(n, input_ + (n * s_.steps + *place) * pitch_);
      }
    });
  }
  void limit(float* x, int64_t n) const {
    if (clip_ > 0) each(x, n, [c = clip_](float v) { return std::clamp(v, -c, c); });
  }

  void gates(int64_t step, std::vector<float>& product, std::vector<float>& next) {
    for_samples(step, [&](int64_t n, const float* x) {
      float* p = &product[static_cast<size_t>(n * wide_)];
      const int64_t summed = node_.op == Op::GRU ? 2 * s_.hidden : wide_;
      for (int64_t k = 0; k < summed; ++k) p[k] += x[k] + bias_[static_cast<size_t>(k)];
      const float* state = &state_[static_cast<size_t>(n * s_.hidden)];
      float* to = &next[static_cast<size_t>(n * s_.hidden)];
      if (node_.op == Op::LSTM) {
        lstm(p, &cell_[static_cast<size_t>(n * s_.hidden)], to);
      } else if (node_.op == Op::GRU) {
        reset(p, x, state, to);
      } else {
        limit(p, wide_);
        apply(functions_[0], p, wide_);
        std::copy_n(p, s_.hidden, to);
      }
    });
  }

  /// Sums of the gates i, o, f, c to the next state; the cell changes in place.
  void lstm(float* p, float* cell, float* state) const {
    const int64_t h = s_.hidden;
    float *in = p, *out = p + h, *forget = p + 2 * h, *fresh = p + 3 * h;
    const float* peep = has(7) ? values(7, 3 * h) : nullptr;
    for (int64_t k = 0; peep != nullptr && k < h; ++k) {
      in[k] += peep[k] * cell[k];
      forget[k] += peep[2 * h + k] * cell[k];
    }
    limit(in, h);
    limit(forget, 2 * h);
    apply(functions_[0], in, h);
    if (node_.integer("input_forget") != 0)
      for (int64_t k = 0; k < h; ++k) forget[k] = 1 - in[k];
    else
      apply(functions_[0], forget, h);
    apply(functions_[1], fresh, h);
    for (int64_t k = 0; k < h; ++k) {
      cell[k] = forget[k] * cell[k] + in[k] * fresh[k];
      if (peep != nullptr) out[k] += peep[h + k] * cell[k];
      state[k] = cell[k];
    }
    limit(out, h);
    apply(functions_[0], out, h);
    apply(functions_[2], state, h);
    for (int64_t k = 0; k < h; ++k) state[k] *= out[k];
  }

  /// The gates z and r of a GRU; then the next state, or what its second product multiplies.
  void reset(float* p, const float* x, const float* state, float* to) const {
    const int64_t h = s_.hidden;
    limit(p, 2 * h);
    apply(functions_[0], p, 2 * h);
    if (!linear_before_reset_) {
      for (int64_t k = 0; k < h; ++k) to[k] = p[h + k] * state[k];
      return;
    }
    for (int64_t k = 0; k < h; ++k) p[2 * h + k] = p[h + k] * (p[2 * h + k] + inner_[static_cast<size_t>(k)]);
    blend(p, x, state, to);
  }
  void blend(float* p, const float* x, const float* state, float* to) const {
    const int64_t h = s_.hidden;
    float* fresh = p + 2 * h;
    for (int64_t k = 0; k < h; ++k) fresh[k] += x[2 * h + k] + bias_[static_cast<size_t>(2 * h + k)];
    limit(fresh, h);
    apply(functions_[1], fresh, h);
    for (int64_t k = 0; k < h; ++k) to[k] = (1 - p[k]) * fresh[k] + p[k] * state[k];
  }
  void candidate(int64_t step, std::vector<float>& product, std::vector<float>& next) {
    for_samples(step, [&](int64_t n, const float* x) {
      blend(&product[static_cast<size_t>(n * wide_)], x, &state_[static_cast<size_t>(n * s_.hidden)],
            &next[static_cast<size_t>(n * s_.hidden)]);
    });
  }

  /// States of samples whose sequence goes on; the others keep theirs.
  void keep(int64_t step, const std::vector<float>& next, float* y) {
    for (int64_t n = 0; n < s_.samples; ++n) {
      auto place = at(n, step);
      if (!place) continue;
      const float* from = &next[static_cast<size_t>(n * s_.hidden)];
      std::copy_n(from, s_.hidden, &state_[static_cast<size_t>(n * s_.hidden)]);
      std::copy_n(from, s_.hidden, y + ((n * s_.steps + *place) * s_.directions + direction_) * s_.hidden);
    }
  }

  const Node& node_;
  const Recurrent& s_;
  int64_t direction_;
  std::span<const Tensor> inputs_;
  std::vector<GateFunction> functions_;
  int64_t wide_;  // gates * hidden
  float clip_;
  bool backward_ = false, linear_before_reset_ = false;
  std::vector<float> bias_, inner_, projected_, turned_, packed_, state_, cell_;
  std::vector<int64_t> length_;
  const float* input_ = nullptr;  // projected, sample and step first
  int64_t pitch_ = 0;
};

Recurrent recurrent_of(const Node& node, const Shape& x, bool projected) {
  Recurrent r;
  r.samples = x[0];
  r.steps = x[1];
  r.features = x[2];
  r.hidden = node.integer("hidden_size");
  r.directions = node.text("direction") == "bidirectional" ? 2 : 1;
  r.gates = network::gates_of(node.op);
  r.projected = projected;
  return r;
}
}  // namespace

bool is_recurrent(Op op) { return op == Op::LSTM || op == Op::GRU || op == Op::RNN; }
int64_t gates_of(Op op) { return op == Op::LSTM ? 4 : op == Op::GRU ? 3 : 1; }

Recurrent recurrent(const Graph& graph, const Node& node) {
  OHMWEAVE_CHECK(is_recurrent(node.op), "not a recurrent layer");
  return recurrent_of(node, graph.value(node.inputs[0]).shape, node.inputs[1] == kNoValue);
}
bool has_one_product_per_step(const Node& node) {
  return node.op != Op::GRU || node.integer("linear_before_reset") != 0;
}

std::vector<GateFunction> gate_functions(const Node& node, int64_t direction) {
  std::vector<GateFunction> all;
  const auto& alpha = std::get<std::vector<double>>(node.attributes.at("activation_alpha"));
  const auto& beta = std::get<std::vector<double>>(node.attributes.at("activation_beta"));
  std::string word;
  for (char c : node.text("activations") + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      all.push_back({word, alpha[all.size()], beta[all.size()]});
      word.clear();
    }
  }
  const size_t own = node.op == Op::LSTM ? 3 : node.op == Op::GRU ? 2 : 1;
  const auto first = all.begin() + direction * static_cast<int64_t>(own);
  return {first, first + static_cast<int64_t>(own)};
}

std::vector<std::pair<std::string, int64_t>> gate_values(const Node& node, int64_t hidden) {
  const std::vector<GateFunction> f = gate_functions(node, 0);
  if (node.op == Op::RNN) return {{f[0].name, hidden}};
  if (node.op == Op::GRU) return {{f[0].name, 2 * hidden}, {f[1].name, hidden}};
  const int64_t gated = node.integer("input_forget") != 0 ? 2 : 3;
  return {{f[0].name, gated * hidden}, {f[1].name, hidden}, {f[2].name, hidden}};
}

std::vector<Tensor> run_recurrent(const Node& node, std::span<const Tensor> inputs,
                                  const StateArithmetic* arithmetic) {
  const Recurrent s = recurrent_of(node, inputs[0].shape(), node.inputs[1] == kNoValue);
  std::vector<Tensor> out{Tensor(Element::Float32, {s.samples, s.steps, s.directions, s.hidden})};
  for (size_t k = 1; k < node.outputs.size(); ++k)
    out.emplace_back(Element::Float32, Shape{s.samples, s.directions, s.hidden});
  for (int64_t d = 0; d < s.directions; ++d) {
    Direction direction(node, s, d, inputs);
    direction.run(arithmetic, out[0]);
    if (out.size() > 1) direction.last(out[1], direction.state());
    if (out.size() > 2) direction.last(out[2], direction.cell());
  }
  return out;
}

}  // namespace ohmweave::network
