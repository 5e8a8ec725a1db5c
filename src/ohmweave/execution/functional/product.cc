// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/product.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/execution/functional/window_lanes.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::execution {
namespace {

constexpr int64_t kBlockCodes = int64_t{1}
                                << 18;  // input codes that one thread gathers before the arrays multiply
constexpr int64_t kLeastBlock = 256;    // vectors: arrays prepare something for as many at once

double alpha_of(const network::Node& node, const char* key) {
  auto it = node.attributes.find(key);
  return it == node.attributes.end() ? 1.0 : std::get<double>(it->second);
}

}  // namespace

std::vector<int32_t> weight_codes(const network::Value& weights) {
  OHMWEAVE_CHECK(weights.constant && weights.format, "weights without values reached the functional execution");
  tensor::Tensor codes = tensor::quantize(*weights.constant, *weights.format);
  auto d = codes.data<int32_t>();
  return {d.begin(), d.end()};
}

HeldProduct::HeldProduct(const network::Graph& graph, network::NodeId id, const array::Array& array,
                         std::shared_ptr<const array::Plan> plan, uint64_t seed, const std::string& place)
    : plan_(std::move(plan)), layout_(graph, id, plan_->shape) {
  const network::Node& node = graph.nodes[id];
  const auto dense = network::constant_product(graph, node);
  const network::Value& held = graph.value(dense ? dense->weights : node.inputs[1]);
  const std::vector<int32_t> weights = layout_.matrix<int32_t>(weight_codes(held), [&](int64_t channel) {
    return held.format->zero_point(static_cast<size_t>(channel));
  });
  set_reals(graph, node);
  set_zero_points(graph, node, weights);
  contents_ = array.program(plan_, weights, seed, base::key_of(place));
}

/// Of sums, per output channel or one.
std::vector<double> HeldProduct::scales(const network::Graph& graph, const network::Node& node) const {
  const auto& input = graph.value(node.inputs[0]).format;
  std::vector<double> out;
  for (float s : graph.value(node.inputs[1]).format->scales)
    out.push_back(static_cast<double>(s) * input->scales[0] * alpha_of(node, "alpha"));
  return out;
}

/// Biases of sums: per output channel, per element of the output, one, or none. One that counts steps of the
/// sums is added to them in whole numbers, any other one to their reals.
std::vector<float> HeldProduct::biases(const network::Graph& graph, const network::Node& node,
                                       std::span<const double> scales) {
  constexpr double kRounding = 0x1p-22;  // of scales, which are float32
  if (node.inputs.size() <= 2 || node.inputs[2] == network::kNoValue) return {};
  const network::Value& bias = graph.value(node.inputs[2]);
  const double beta = alpha_of(node, "beta");
  const int64_t sums = layout_.sums(), count = tensor::count(bias.shape);
  bool whole =
      bias.format && bias.format->format.bits == 32 && beta == 1 && (count == 1 || count == layout_.channels());
  for (size_t k = 0; whole && k < std::max(scales.size(), bias.format->scales.size()); ++k) {
    const double scale = scales[scales.size() > 1 ? k : 0];
    const double own = bias.format->scales[bias.format->scales.size() > 1 ? k : 0];
    whole = std::abs(own - scale) <= kRounding * scale;
  }
  std::vector<float> out;
  if (!whole) {
    const tensor::Tensor reals = bias.constant->to(tensor::Element::Float32);
    for (float b : reals.data<float>()) out.push_back(static_cast<float>(beta) * b);
    return out;
  }
  const tensor::Tensor codes = tensor::quantize(*bias.constant, *bias.format);
  added_.resize(static_cast<size_t>(sums), 0);
  for (int64_t k = 0; k < sums; ++k) {
    const auto channel = static_cast<size_t>(count == 1 ? 0 : layout_.place_of(k).channel);
    added_[static_cast<size_t>(k)] = codes.data<int32_t>()[channel] - int64_t{bias.format->zero_point(channel)};
  }
  return out;
}

/// Where the reals of each sum go, and how they come of it.
void HeldProduct::set_reals(const network::Graph& graph, const network::Node& node) {
  const std::vector<double> scales = this->scales(graph, node);
  const std::vector<float> biases = this->biases(graph, node, scales);
  const int64_t channels = layout_.channels(), positions = tensor::count(layout_.sample_output()) / channels;
  std::vector<double> factors, added;
  for (int64_t k = 0; k < layout_.sums(); ++k) {
    const ProductLayout::Place place = layout_.place_of(k);
    const auto channel = static_cast<size_t>(place.channel);
    places_.push_back(place.channel * positions + place.first);
    factors.push_back(scales[scales.size() > 1 ? channel : 0]);
    const bool everywhere =
        biases.size() > static_cast<size_t>(channels);  // of kernels that have one position each
    const size_t at = everywhere ? static_cast<size_t>(places_.back()) : biases.size() > 1 ? channel : 0;
    added.push_back(biases.empty() ? -0.0 : double{biases[at]});
  }
  reals_.emplace(std::move(factors), std::move(added));
}

/// sum (w - zw)(x - zx) = sum w x - zw sum x - zx sum w + rows zw zx (Jacob et al., CVPR 2018, section 2.3).
/// All but the second term is known beforehand.
void HeldProduct::set_zero_points(const network::Graph& graph, const network::Node& node,
                                  std::span<const int32_t> weights) {
  const tensor::Quantization &input = *graph.value(node.inputs[0]).format,
                             &held = *graph.value(node.inputs[1]).format;
  const int64_t sums = layout_.sums(), rows = plan_->shape.rows;
  padding_ = input.zero_point();
  if (held.has_zero_points()) {
    for (int64_t k = 0; k < sums; ++k)
      zero_.push_back(held.zero_point(static_cast<size_t>(layout_.place_of(k).channel)));
  }
  if (padding_ == 0) return;
  added_.resize(static_cast<size_t>(sums), 0);
  for (size_t k = 0; k < added_.size(); ++k) {
    const auto own = weights.subspan(k * static_cast<size_t>(rows), static_cast<size_t>(rows));
    const int64_t sum = std::accumulate(own.begin(), own.end(), int64_t{0});
    added_[k] -= padding_ * (sum - (zero_.empty() ? 0 : rows * zero_[k]));
  }
}

void HeldProduct::correct(const int32_t* inputs, int fraction_bits, int64_t* sums) const {
  const int64_t one = int64_t{1} << fraction_bits;
  for (size_t k = 0; k < added_.size(); ++k) sums[k] += added_[k] * one;
  if (zero_.empty()) return;
  const int64_t rows = plan_->shape.rows, outputs = plan_->shape.outputs;
  for (int64_t group = 0; group < plan_->shape.groups; ++group) {
    const int32_t* own = inputs + group * rows;
    const int64_t sum = std::accumulate(own, own + rows, int64_t{0});
    for (int64_t k = group * outputs; k < (group + 1) * outputs; ++k)
      sums[k] -= zero_[static_cast<size_t>(k)] * sum * one;
  }
}

/// Vectors [first, first + count) of a batch, gathered when they are asked for.
class HeldProduct::Vectors : public array::InputVectors {
 public:
  Vectors(const HeldProduct& product, const tensor::Tensor& batch, int64_t first, int64_t count)
      : product_(product), batch_(batch), first_(first), count_(count) {}

  /// Makes lanes(); needs the windows of a plane.
  void make_lanes() {
    windows_.emplace(*product_.layout_.convolution(), product_.padding_, batch_,
                     product_.plan_->formats.input.bits > 8, WindowLanes::Range{first_, count_});
  }

  std::span<const int32_t> codes() override {
    if (!codes_.empty()) return codes_;
    const ProductLayout& layout = product_.layout_;
    const int64_t rows = layout.rows();
    const auto size = static_cast<size_t>(count_ * rows);
    if (!layout.convolution() && batch_.element() == tensor::Element::Int32)
      return codes_ = batch_.data<int32_t>().subspan(static_cast<size_t>(first_ * rows), size);
    thread_local std::vector<int32_t> memory;  // new memory of this size costs more than to gather into it
    if (memory.size() < size) memory.resize(size);
    tensor::with_codes(batch_, [&](const auto* batch) {
      const int64_t per_sample = layout.vectors_per_sample();
      for (int64_t v = 0; v < count_; ++v) {
        const int64_t vector = first_ + v;
        layout.gather(batch + vector / per_sample * layout.sample_elements(), vector % per_sample,
                      product_.padding_, &memory[static_cast<size_t>(v * rows)]);
      }
    });
    return codes_ = {memory.data(), size};
  }
  bool has_lanes() const override { return windows_.has_value(); }
  void lanes(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) const override {
    windows_->copy(first, first_row, rows, low, high);
  }

 private:
  const HeldProduct& product_;
  const tensor::Tensor& batch_;
  std::optional<WindowLanes> windows_;
  int64_t first_, count_;
  std::span<const int32_t> codes_;
};

template <class Make, class To>
void HeldProduct::store(const int64_t* sums, int64_t first, int64_t count, int fraction_bits, const Make& make,
                        To* to) const {
  const int64_t per_sample = layout_.vectors_per_sample(), outputs = layout_.sums(),
                sample_outputs = tensor::count(layout_.sample_output());
  for (int64_t v = 0, n = 0; v < count; v += n) {
    const int64_t position = (first + v) % per_sample;
    n = std::min(per_sample - position, count - v);
    const int64_t* own = sums + v * outputs;
    To* sample = to + (first + v) / per_sample * sample_outputs;
    if (layout_.convolution())
      reals_->in_planes(own, n, fraction_bits, places_, make, sample + position);
    else
      reals_->in_order(own, n, fraction_bits, make, sample + position * outputs);
  }
}

tensor::Tensor HeldProduct::run(const tensor::Tensor& codes, const tensor::Quantization* stored,
                                int64_t first_sample, array::Tally& tally, array::SeenSums* seen) const {
  const int64_t batch = codes.dim(0), per_sample = layout_.vectors_per_sample(), vectors = batch * per_sample;
  OHMWEAVE_CHECK(codes.size() == batch * layout_.sample_elements(),
                 "a product's operand has another size than when it was mapped");
  tensor::Shape shape{batch};
  shape.insert(shape.end(), layout_.sample_output().begin(), layout_.sample_output().end());
  tensor::Tensor out = tensor::Tensor::uninitialized(
      stored != nullptr ? tensor::narrowest_element(stored->format) : tensor::Element::Float32, shape);
  std::byte* to = out.mutable_raw();
  const int64_t rows = layout_.rows(), outputs = layout_.sums(),
                block = std::max(kBlockCodes / rows / kLeastBlock, int64_t{1}) * kLeastBlock;
  const bool lanes = layout_.square() && seen == nullptr && contents_->takes_lanes();
  std::mutex guard;
  const int64_t blocks = (vectors + block - 1) / block;
  std::vector<array::SeenSums> of_block(static_cast<size_t>(seen != nullptr ? blocks : 0));
  base::parallel_for(blocks, [&](int64_t b) {
    const int64_t first = b * block, count = std::min(block, vectors - first);
    thread_local std::vector<int64_t> memory;  // new memory of this size costs more than to write it
    const auto size = static_cast<size_t>(count * outputs);
    if (memory.size() < size) memory.resize(size);
    const std::span<int64_t> sums(memory.data(), size);
    Vectors inputs(*this, codes, first, count);
    if (lanes) inputs.make_lanes();
    array::Tally local;
    if (seen != nullptr)
      contents_->observe(inputs.codes(), count, sums, of_block[static_cast<size_t>(b)]);
    else
      contents_->multiply(inputs, count, first_sample * per_sample + first, sums, local);
    const int fraction = seen != nullptr ? 0 : contents_->fraction_bits();
    for (int64_t v = 0; v < count && !(added_.empty() && zero_.empty()); ++v)
      correct(zero_.empty() ? nullptr : &inputs.codes()[static_cast<size_t>(v * rows)], fraction,
              &sums[static_cast<size_t>(v * outputs)]);
    if (stored == nullptr) {
      store(sums.data(), first, count, fraction, SumReals::Keep(), reinterpret_cast<float*>(to));
    } else {
      tensor::with_narrowest(stored->format, [&](auto code) {
        store(sums.data(), first, count, fraction, tensor::Cut(*stored), reinterpret_cast<decltype(code)*>(to));
      });
    }
    std::lock_guard lock(guard);
    tally.add(local);
  });
  for (const array::SeenSums& own : of_block) seen->add(own);  // in order: they add up reals
  return out;
}

}  // namespace ohmweave::execution
