// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/passes.h"
#include "ohmweave/network/quantize_range.h"
#include "ohmweave/network/quantize_sign.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Quantization;
using tensor::Tensor;

/// Weights and the axis that counts outputs, if the node is a product with constant weights.
struct Held {
  ValueId weights = kNoValue;
  int axis = 0;
};
std::optional<Held> held_weights(const Graph& graph, const Node& node) {
  if (auto p = constant_product(graph, node)) return Held{p->weights, p->transposed ? 0 : 1};
  if (is_recurrent(node.op) && graph.value(node.inputs[2]).is_constant) return Held{node.inputs[2], 1};
  if (!is_convolution(node.op)) return std::nullopt;
  if (!graph.value(node.inputs[1]).is_constant) return std::nullopt;
  if (node.op == Op::ConvTranspose) return Held{node.inputs[1], node.integer("group") == 1 ? 1 : -1};
  const int positions = static_cast<int>(graph.value(node.outputs[0]).shape.size()) - 2;
  return Held{node.inputs[1], node.op == Op::Conv ? 0 : positions};
}

class Quantizing {
 public:
  Quantizing(Graph& graph, const QuantizeOptions& options, const Tensor* calibration)
      : graph_(graph), options_(options), calibration_(calibration) {}

  void run() {
    quantize_weights();
    find_sources();
    find_operands();
    if (calibration_) calibrate();
    std::vector<bool> inputs;
    for (ValueId v : graph_.inputs) inputs.push_back(seen_[v] && seen_[v]->least() >= 0);
    const std::vector<bool> never = never_negative(graph_, inputs);
    for (ValueId v = 0; v < graph_.values.size(); ++v) {
      if (source_[v] == v && !given_[v]) graph_.values[v].format = activation_format(v, never[v]);
    }
    for (ValueId v = 0; v < graph_.values.size(); ++v) {
      if (source_[v] != kNoValue) graph_.values[v].format = graph_.value(source_[v]).format;
    }
  }

 private:
  void quantize_weights() {
    std::vector<int> axis(graph_.values.size(), kNotHeld);
    for (const Node& node : graph_.nodes) {
      auto held = held_weights(graph_, node);
      if (!held) continue;
      auto& given = graph_.values[held->weights].format;
      const bool symmetric_only = is_recurrent(node.op);  // their states and weights have no zero points
      if (given && (given->format.bits > 16 || (given->per_channel() && given->axis != held->axis) ||
                    (symmetric_only && given->has_zero_points())))
        given.reset();
      for (ValueId v : node.outputs) {
        if (symmetric_only && v != kNoValue) graph_.values[v].format.reset();
      }
      if (graph_.value(held->weights).element != Element::Float32)
        base::fail(graph_.name, fmt::format("node '{}' has weights of type {}; fixed point is made of float32",
                                            node.name, tensor::name_of(graph_.value(held->weights).element)));
      int& a = axis[held->weights];
      const bool first = a == kNotHeld,
                 agrees = a == held->axis;  // with another product that holds the same weights
      a = options_.per_channel_weights && (first || agrees) ? held->axis : -1;
    }
    for (ValueId v = 0; v < graph_.values.size(); ++v) {
      if (axis[v] != kNotHeld && !graph_.value(v).format)
        graph_.values[v].format = weight_format(graph_.value(v), axis[v]);
    }
  }

  Quantization weight_format(const Value& value, int axis) const {
    if (auto exact = exact_format(value); exact && exact->format.bits <= options_.weights.bits) return *exact;
    if (auto exact = exact_channels(value, axis); exact && exact->format.bits <= options_.weights.bits)
      return *exact;
    Quantization q{options_.weights, {1.0F}, axis};
    if (axis >= 0) q.scales.assign(static_cast<size_t>(value.shape[static_cast<size_t>(axis)]), 1.0F);
    if (calibration_ && value.constant) set_scales(*value.constant, q);
    return q;
  }

  /// Binary and ternary weights: -s and s, perhaps 0.
  static std::optional<Quantization> exact_format(const Value& value) {
    if (!value.constant) return std::nullopt;
    auto d = value.constant->data<float>();
    const float s = d.empty() ? 0 : std::abs(d[0] != 0 ? d[0] : *std::max_element(d.begin(), d.end()));
    bool above = false, below = false;
    for (float x : d) {
      if (x != 0 && std::abs(x) != s) return std::nullopt;
      above |= x > 0, below |= x < 0;
    }
    if (!above || !below || !std::isnormal(s)) return std::nullopt;
    return Quantization{{2, true}, {s}, -1};
  }

  /// Binary weights times a factor of each channel, as folding a batch normalisation leaves them.
  static std::optional<Quantization> exact_channels(const Value& value, int axis) {
    if (!value.constant || axis < 0) return std::nullopt;
    auto d = value.constant->data<float>();
    const auto channels = static_cast<size_t>(value.shape[static_cast<size_t>(axis)]);
    size_t inner = 1;
    for (size_t k = static_cast<size_t>(axis) + 1; k < value.shape.size(); ++k)
      inner *= static_cast<size_t>(value.shape[k]);
    std::vector<float> factors(channels, 0.0F);
    for (size_t k = 0; k < d.size(); ++k) {
      float& s = factors[k / inner % channels];
      if (s == 0) s = std::abs(d[k]);
      if (std::abs(d[k]) != s || !std::isnormal(s)) return std::nullopt;
    }
    return Quantization{{2, true}, std::move(factors), axis};
  }

  void set_scales(const Tensor& weights, Quantization& q) const {
    const float* from = weights.data<float>().data();
    const auto total = static_cast<size_t>(weights.size()), channels = q.scales.size();
    size_t inner = total;  // elements that stand together in a channel
    for (size_t k = 0; q.per_channel() && k <= static_cast<size_t>(q.axis); ++k)
      inner /= static_cast<size_t>(std::max<int64_t>(weights.dim(k), 1));
    if (total == 0) return;
    const size_t outer = total / channels / inner;
    constexpr size_t kTogether =
        16;  // neighbouring channels that are gathered at a time, a cache line at least
    base::parallel_for(static_cast<int64_t>((channels + kTogether - 1) / kTogether), [&](int64_t block) {
      const size_t first = static_cast<size_t>(block) * kTogether, last = std::min(first + kTogether, channels);
      std::vector<std::vector<float>> gathered(outer == 1 ? 0 : last - first);
      for (size_t o = 0; outer > 1 && o < outer; ++o) {
        for (size_t c = first; c < last; ++c) {
          const float* at = from + (o * channels + c) * inner;
          gathered[c - first].insert(gathered[c - first].end(), at, at + inner);
        }
      }
      for (size_t c = first; c < last; ++c) {
        Distribution d(options_.clipping);
        d.add(outer > 1 ? std::span<const float>(gathered[c - first]) : std::span(from + c * inner, inner));
        q.scales[c] = d.scale(q.format, options_.clipping, options_.percentile, options_.scales);
      }
    });
  }

  /// Where an activation's scale comes from: itself, or the value that it holds elements of and nothing else,
  /// so that codes stay codes on the way. Nothing for constants and what is no float.
  void find_sources() {
    source_.assign(graph_.values.size(), kNoValue);
    seen_.resize(graph_.values.size());
    signs_.assign(graph_.values.size(), false);
    states_.assign(graph_.values.size(), false);
    for (const Value& v : graph_.values) given_.push_back(v.format.has_value());
    auto add = [&](ValueId v) {
      if (graph_.value(v).element == Element::Float32 && !graph_.value(v).is_constant) source_[v] = v;
    };
    for (ValueId v : graph_.inputs) add(v);
    for (const Node& node : graph_.nodes) {
      const ValueId from = passed_on(node);
      for (size_t k = 0; k < node.outputs.size(); ++k) {
        if (node.outputs[k] == kNoValue) continue;
        add(node.outputs[k]);
        if (node.op == Op::Sign) signs_[node.outputs[k]] = true;
        if (is_recurrent(node.op)) states_[node.outputs[k]] = true;
        if (from != kNoValue && source_[node.outputs[k]] != kNoValue && !given_[node.outputs[k]])
          source_[node.outputs[k]] = source_[from];
      }
    }
  }
  /// Activations whose codes products multiply; others are results on their way.
  void find_operands() {
    operands_.assign(graph_.values.size(), false);
    for (const Node& node : graph_.nodes) {
      if (family_of(node.op) != Family::Product) continue;
      for (ValueId v : node.inputs)
        if (v != kNoValue && source_[v] != kNoValue) operands_[source_[v]] = true;
    }
  }
  /// The only activation among the operands of a node that moves elements or takes their maximum.
  ValueId passed_on(const Node& node) const {
    const bool moves =
        family_of(node.op) == Family::View || node.op == Op::MaxPool || node.op == Op::GlobalMaxPool;
    if (!moves) return kNoValue;
    ValueId from = kNoValue;
    for (ValueId v : node.inputs) {
      if (v == kNoValue || graph_.value(v).element != Element::Float32) continue;
      const Value& value = graph_.value(v);
      if (value.is_constant) {  // Pad's value, a part of a Concat
        if (!is_zero(value)) return kNoValue;
      } else if (from != kNoValue && from != v) {
        return kNoValue;
      } else {
        from = v;
      }
    }
    return from;
  }
  static bool is_zero(const Value& value) {
    if (!value.constant) return false;
    auto d = value.constant->data<float>();
    return std::all_of(d.begin(), d.end(), [](float x) { return x == 0; });
  }

  /// Runs the calibration data in batches whose largest activation stays at kElements.
  void calibrate() {
    constexpr int64_t kElements = int64_t{1} << 24, kMostSamples = 64;
    for (ValueId v = 0; v < graph_.values.size(); ++v) {
      if (source_[v] == v && !given_[v]) seen_[v].emplace(options_.clipping);
    }
    const int64_t own = std::max<int64_t>(graph_.batch(), 1);
    int64_t largest = 1;
    for (ValueId v = 0; v < graph_.values.size(); ++v) {
      if (source_[v] != kNoValue) largest = std::max(largest, tensor::count(graph_.value(v).shape));
    }
    const int64_t batch =
        own * std::clamp<int64_t>(kElements / largest, 1, std::max<int64_t>(kMostSamples / own, 1));
    Reference reference(graph_);
    auto see = [&](ValueId v, const Tensor& t) {
      if (v < seen_.size() && seen_[v] && t.element() == Element::Float32) seen_[v]->add(t.data<float>());
    };
    const int64_t samples = calibration_->shape().empty() ? 0 : calibration_->dim(0);
    const std::span<const Tensor> inputs(calibration_, graph_.inputs.size());
    // Samples that do not stand first are not cut: as many rows at a time as the network takes.
    const int64_t step = graph_.batch_axis(0) == 0 ? batch : graph_.value(graph_.inputs[0]).shape[0];
    for (int64_t n = 0; n < samples; n += step) {
      std::vector<Tensor> part;
      for (const Tensor& t : inputs) {  // their first extents may differ where one sample fills several rows
        const auto row = [&](int64_t k) { return k * t.dim(0) / samples; };
        part.push_back(t.slice(row(n), row(std::min(n + step, samples))));
      }
      for (size_t k = 0; k < part.size(); ++k) see(graph_.inputs[k], part[k]);
      reference.run(part, see);
    }
  }

  Quantization activation_format(ValueId v, bool never_negative) const {
    const bool result = options_.result_bits > 0 && !operands_[v] && !states_[v];
    const bool has_sign = options_.activations.is_signed || states_[v] || result;
    if (signs_[v] && options_.activations.bits > 2)
      return has_sign ? Quantization{{2, true}, {1.0F}, -1} : Quantization{{2, false}, {1.0F}, -1, {1}};
    Quantization q{{result ? options_.result_bits : options_.activations.bits, has_sign}, {1.0F}, -1};
    if (options_.unsigned_activations && never_negative && !result) q.format.is_signed = false;
    if (!seen_[v]) return q;
    if (q.format.is_signed || never_negative) {
      q.scales[0] = seen_[v]->scale(q.format, options_.clipping, options_.percentile, options_.scales);
      return q;
    }
    const auto fit = seen_[v]->fit(q.format.bits, options_.clipping, options_.percentile, options_.scales);
    q.scales[0] = fit.scale;
    if (fit.zero_point != 0) q.zero_points = {fit.zero_point};
    return q;
  }

  static constexpr int kNotHeld = -2;
  Graph& graph_;
  const QuantizeOptions& options_;
  const Tensor* calibration_;
  std::vector<ValueId> source_;
  // By value: has a format already; a result of Sign; a recurrent layer's state, which has no zero point.
  std::vector<bool> given_, signs_, states_;
  std::vector<bool> operands_;                     // by value that is its own source: a product reads it
  std::vector<std::optional<Distribution>> seen_;  // by value; those that are their own source
};

}  // namespace

void quantize(Graph& graph, const QuantizeOptions& options, const Tensor* calibration) {
  Quantizing(graph, options, calibration).run();
}

}  // namespace ohmweave::network
