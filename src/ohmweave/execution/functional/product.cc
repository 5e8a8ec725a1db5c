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

namespace ohmweave::execution {
namespace {

constexpr int64_t kBlockCodes = int64_t{1}
                                << 18;  // input codes that one thread gathers before the arrays multiply
constexpr int64_t kLeastBlock = 256;    // vectors: arrays prepare something for as many at once
constexpr int64_t kTurned = 16;         // vectors whose sums are turned together

int64_t product_of(const std::vector<int64_t>& v) {
  int64_t n = 1;
  for (int64_t x : v) n *= x;
  return n;
}

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
    : plan_(std::move(plan)) {
  const network::Node& node = graph.nodes[id];
  const network::Value& output = graph.value(node.outputs[0]);
  sample_output_.assign(output.shape.begin() + 1, output.shape.end());
  std::vector<int32_t> weights;
  if (auto product = network::constant_product(graph, node)) {
    weights = dense_weights(graph, *product);
    vectors_per_sample_ = tensor::count(sample_output_) / product->outputs;
    sample_elements_ = vectors_per_sample_ * product->rows;
  } else {
    convolution_ = network::convolution(graph, node);
    private_kernels_ = node.op == network::Op::LocalConv;
    joined_ = plan_->shape.outputs / convolution_->outputs_per_group();
    const auto all_one = [](const std::vector<int64_t>& v) {
      return std::all_of(v.begin(), v.end(), [](int64_t x) { return x == 1; });
    };
    square_ = !private_kernels_ && joined_ == 1 && convolution_->kernel.size() == 2 &&
              all_one(convolution_->dilation) && all_one(convolution_->insertion);
    vectors_per_sample_ = private_kernels_ ? 1 : product_of(convolution_->output_size);
    sample_elements_ = convolution_->input_channels * product_of(convolution_->input_size);
    weights = private_kernels_                        ? private_weights(graph, node)
              : node.op == network::Op::ConvTranspose ? backward_weights(graph, node)
                                                      : weight_codes(graph.value(node.inputs[1]));
  }
  set_scales(graph, node);
  set_zero_points(graph, node, weights);
  contents_ = array.program(plan_, weights, seed, base::key_of(place));
}

void HeldProduct::set_scales(const network::Graph& graph, const network::Node& node) {
  const auto& input = graph.value(node.inputs[0]).format;
  const auto& weights = graph.value(node.inputs[1]).format;
  for (float s : weights->scales)
    scales_.push_back(static_cast<double>(s) * input->scales[0] * alpha_of(node, "alpha"));
  if (node.inputs.size() > 2 && node.inputs[2] != network::kNoValue)
    set_bias(graph.value(node.inputs[2]), alpha_of(node, "beta"));
}

/// A bias that counts steps of the sums is added to them in whole numbers, any other one to their reals.
void HeldProduct::set_bias(const network::Value& bias, double beta) {
  constexpr double kRounding = 0x1p-22;  // of scales, which are float32
  const int64_t sums = plan_->shape.outputs * plan_->shape.groups, biases = tensor::count(bias.shape);
  const auto channels = convolution_ ? convolution_->output_channels : plan_->shape.outputs;
  bool whole =
      bias.format && bias.format->format.bits == 32 && beta == 1 && (biases == 1 || biases == channels);
  for (size_t k = 0; whole && k < std::max(scales_.size(), bias.format->scales.size()); ++k) {
    const double scale = scales_[scales_.size() > 1 ? k : 0];
    const double own = bias.format->scales[bias.format->scales.size() > 1 ? k : 0];
    whole = std::abs(own - scale) <= kRounding * scale;
  }
  if (whole) {
    const tensor::Tensor codes = tensor::quantize(*bias.constant, *bias.format);
    added_.resize(static_cast<size_t>(sums), 0);
    for (int64_t k = 0; k < sums; ++k) {
      const auto channel = static_cast<size_t>(biases == 1 ? 0 : channel_of(k));
      added_[static_cast<size_t>(k)] =
          codes.data<int32_t>()[channel] - int64_t{bias.format->zero_point(channel)};
    }
    return;
  }
  const tensor::Tensor reals = bias.constant->to(tensor::Element::Float32);
  for (float b : reals.data<float>()) bias_.push_back(static_cast<float>(beta) * b);
}

/// sum (w - zw)(x - zx) = sum w x - zw sum x - zx sum w + rows zw zx (Jacob et al., CVPR 2018, section 2.3).
/// All but the second term is known beforehand.
void HeldProduct::set_zero_points(const network::Graph& graph, const network::Node& node,
                                  std::span<const int32_t> weights) {
  const tensor::Quantization &input = *graph.value(node.inputs[0]).format,
                             &held = *graph.value(node.inputs[1]).format;
  const int64_t sums = plan_->shape.outputs * plan_->shape.groups, rows = plan_->shape.rows;
  padding_ = input.zero_point();
  if (held.has_zero_points()) {
    for (int64_t k = 0; k < sums; ++k) zero_.push_back(held.zero_point(static_cast<size_t>(channel_of(k))));
  }
  if (padding_ == 0) return;
  added_.resize(static_cast<size_t>(sums), 0);
  for (size_t k = 0; k < added_.size(); ++k) {
    const auto own = weights.subspan(k * static_cast<size_t>(rows), static_cast<size_t>(rows));
    const int64_t sum = std::accumulate(own.begin(), own.end(), int64_t{0});
    added_[k] -= padding_ * (sum - (zero_.empty() ? 0 : rows * zero_[k]));
  }
}

/// The output channel that a sum of a vector belongs to.
int64_t HeldProduct::channel_of(int64_t sum) const {
  const int64_t outputs = plan_->shape.outputs;
  if (!convolution_) return sum % outputs;
  const int64_t per_group = convolution_->outputs_per_group();
  return sum / outputs % convolution_->groups * per_group + sum % outputs % per_group;
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

std::vector<int32_t> HeldProduct::dense_weights(const network::Graph& graph,
                                                const network::ConstantProduct& p) const {
  std::vector<int32_t> stored = weight_codes(graph.value(p.weights));
  if (p.transposed) return stored;
  std::vector<int32_t> out(stored.size());
  for (int64_t k = 0; k < p.rows; ++k) {
    for (int64_t n = 0; n < p.outputs; ++n)
      out[static_cast<size_t>(n * p.rows + k)] = stored[static_cast<size_t>(k * p.outputs + n)];
  }
  return out;
}

/// One matrix per run of `joined_` neighbouring positions: its rows are the joined window, the kernel of
/// neighbour j stands j strides to the right in it, and codes of zero stand where a neighbour does not look.
std::vector<int32_t> HeldProduct::private_weights(const network::Graph& graph,
                                                  const network::Node& node) const {
  const network::Convolution& g = *convolution_;
  const std::vector<int32_t> kernels = weight_codes(
      graph.value(node.inputs[1]));  // position, output channel, input channel of the group, kernel
  const tensor::Quantization& format = *graph.value(node.inputs[1]).format;
  const int64_t positions = product_of(g.output_size), per_group = g.outputs_per_group(),
                window = g.rows_per_group();
  const int64_t width = g.kernel.back(), joined_width = width + (joined_ - 1) * g.stride.back();
  std::vector<int32_t> out(static_cast<size_t>(plan_->shape.groups * plan_->shape.outputs * plan_->shape.rows),
                           0);
  for (int64_t position = 0; position < positions; ++position) {
    for (int64_t channel = 0; channel < g.output_channels; ++channel) {
      const int64_t matrix = position / joined_ * g.groups + channel / per_group,
                    neighbour = position % joined_;
      const int64_t row = matrix * plan_->shape.outputs + neighbour * per_group + channel % per_group;
      const int32_t* from = &kernels[static_cast<size_t>((position * g.output_channels + channel) * window)];
      int32_t* first = &out[static_cast<size_t>(row * plan_->shape.rows)];
      std::fill_n(first, plan_->shape.rows, format.zero_point(static_cast<size_t>(channel)));
      int32_t* to = first + neighbour * g.stride.back();
      for (int64_t line = 0; line < window / width; ++line)
        std::copy_n(from + line * width, width, to + line * joined_width);
    }
  }
  return out;
}

/// Kernels [input channels, outputs of a group, kernel] read backwards, as [outputs, input channels of a group,
/// kernel].
std::vector<int32_t> HeldProduct::backward_weights(const network::Graph& graph,
                                                   const network::Node& node) const {
  const network::Convolution& g = *convolution_;
  const std::vector<int32_t> kernels = weight_codes(graph.value(node.inputs[1]));
  const int64_t channels = g.input_channels / g.groups, outputs = g.outputs_per_group(),
                elements = product_of(g.kernel);
  std::vector<int32_t> out(kernels.size());
  for (int64_t c = 0; c < g.input_channels; ++c) {
    for (int64_t n = 0; n < outputs; ++n) {
      const int32_t* from = &kernels[static_cast<size_t>((c * outputs + n) * elements)];
      const int64_t row = (c / channels * outputs + n) * channels + c % channels;
      std::reverse_copy(from, from + elements, &out[static_cast<size_t>(row * elements)]);
    }
  }
  return out;
}

/// gather_window() of plain convolutions over planes, where lines of the window are runs of the plane.
void HeldProduct::gather_square(const int32_t* sample, int64_t position, int64_t group, int32_t* to) const {
  const network::Convolution& g = *convolution_;
  const int64_t height = g.input_size[0], width = g.input_size[1], lines = g.kernel[0], run = g.kernel[1];
  const int64_t top = position / g.output_size[1] * g.stride[0] - g.pad_begin[0],
                left = position % g.output_size[1] * g.stride[1] - g.pad_begin[1];
  const int64_t before = std::clamp(-left, int64_t{0}, run), end = std::clamp(width - left, before, run);
  const int64_t channels = g.input_channels / g.groups;
  const int32_t* channel = sample + group * channels * height * width + top * width + left;
  const bool whole = top >= 0 && top + lines <= height && before == 0 && end == run;
  for (int64_t c = 0; c < channels; ++c, channel += height * width) {
    for (int64_t line = 0; line < lines; ++line, to += run) {
      const int32_t* from = channel + line * width;
      if (whole && run == 1) {
        *to = *from;
      } else if (whole && run == 3) {
        to[0] = from[0], to[1] = from[1], to[2] = from[2];
      } else if (whole) {
        std::copy_n(from, run, to);
      } else if (top + line < 0 || top + line >= height) {
        std::fill_n(to, run, padding_);
      } else {
        std::fill(to, to + before, padding_);
        std::copy(from + before, from + end, to + before);
        std::fill(to + end, to + run, padding_);
      }
    }
  }
}

void HeldProduct::gather_window(const int32_t* sample, int64_t position, int64_t group, int32_t* to) const {
  const network::Convolution& g = *convolution_;
  const size_t rank = g.kernel.size();
  std::vector<int64_t> start(rank), at(rank, 0);
  for (size_t d = rank; d-- > 0;) {
    start[d] = position % g.output_size[d] * g.stride[d] - g.pad_begin[d];
    position /= g.output_size[d];
  }
  const int64_t width = g.kernel.back() + (joined_ - 1) * g.stride.back(), step = g.dilation.back(),
                extent = g.input_size.back(), apart = g.insertion.back();
  const int64_t channels = g.input_channels / g.groups, plane = product_of(g.input_size);
  for (int64_t c = 0; c < channels; ++c) {
    const int32_t* channel = sample + (group * channels + c) * plane;
    std::fill(at.begin(), at.end(), 0);
    while (true) {  // lines of the window: all kernel positions but the last axis
      int64_t line = 0;
      bool inside = true;
      for (size_t d = 0; d + 1 < rank; ++d) {
        const int64_t x = start[d] + at[d] * g.dilation[d], element = x / g.insertion[d];
        inside &= x >= 0 && x % g.insertion[d] == 0 && element < g.input_size[d];
        line = line * g.input_size[d] + element;
      }
      const int32_t* from = channel + line * extent;
      for (int64_t k = 0; k < width; ++k) {
        const int64_t x = start[rank - 1] + k * step;
        const bool stored = inside && x >= 0 && x % apart == 0 && x / apart < extent;
        *to++ = stored ? from[x / apart] : padding_;
      }
      size_t d = rank - 1;
      while (d-- > 0 && ++at[d] == g.kernel[d]) at[d] = 0;
      if (d == static_cast<size_t>(-1)) break;
    }
  }
}

void HeldProduct::gather(const int32_t* sample, int64_t vector, int32_t* to) const {
  const array::ProductShape& shape = plan_->shape;
  if (!convolution_) {
    std::copy_n(sample + vector * shape.rows, shape.rows, to);
  } else if (square_) {
    for (int64_t k = 0; k < shape.groups; ++k) gather_square(sample, vector, k, to + k * shape.rows);
  } else if (private_kernels_) {
    for (int64_t k = 0; k < shape.groups; ++k)
      gather_window(sample, k / convolution_->groups * joined_, k % convolution_->groups, to + k * shape.rows);
  } else {
    for (int64_t k = 0; k < shape.groups; ++k) gather_window(sample, vector, k, to + k * shape.rows);
  }
}

void HeldProduct::scatter(const int64_t* sums, int64_t count, int fraction_bits, int64_t vector,
                          float* sample) const {
  const array::ProductShape& shape = plan_->shape;
  const int64_t width = shape.outputs * shape.groups;
  const double one = std::ldexp(1.0, -fraction_bits);
  const auto real = [one](int64_t sum, double scale, const float* bias) {
    const double value = static_cast<double>(sum) * one * scale;
    return static_cast<float>(bias == nullptr ? value : value + *bias);
  };
  const auto scale_of = [&](int64_t channel) {
    return scales_[scales_.size() > 1 ? static_cast<size_t>(channel) : 0];
  };
  const auto bias_of = [&](int64_t k) {
    return bias_.empty() ? nullptr : &bias_[bias_.size() > 1 ? static_cast<size_t>(k) : 0];
  };
  if (!convolution_) {
    for (int64_t k = 0; k < count * width; ++k)
      sample[vector * width + k] = real(sums[k], scale_of(k % width), bias_of(k % width));
    return;
  }
  const network::Convolution& g = *convolution_;
  const int64_t positions = product_of(g.output_size), per_group = g.outputs_per_group();
  const bool bias_everywhere = bias_.size() > static_cast<size_t>(g.output_channels);
  for (int64_t begin = 0; begin < count; begin += kTurned) {  // a line of memory of every channel
    const int64_t end = std::min(begin + kTurned, count);
    for (int64_t k = 0; k < width; ++k) {
      const int64_t group = k / shape.outputs, n = k % shape.outputs;
      const int64_t channel = group % g.groups * per_group + n % per_group;
      const int64_t first = private_kernels_ ? group / g.groups * joined_ + n / per_group : vector;
      float* to = sample + channel * positions + first;
      const double scale = scale_of(channel);
      if (bias_everywhere) {
        const float* bias = bias_of(channel * positions + first);
        for (int64_t v = begin; v < end; ++v) to[v] = real(sums[v * width + k], scale, bias + v);
      } else if (bias_.empty()) {
        for (int64_t v = begin; v < end; ++v) to[v] = real(sums[v * width + k], scale, nullptr);
      } else {
        const float bias = *bias_of(channel);
        for (int64_t v = begin; v < end; ++v) to[v] = real(sums[v * width + k], scale, &bias);
      }
    }
  }
}

/// Vectors [first, first + count) of a batch, gathered when they are asked for.
class HeldProduct::Vectors : public array::InputVectors {
 public:
  Vectors(const HeldProduct& product, const int32_t* batch, const WindowLanes* windows, int64_t first,
          int64_t count)
      : product_(product), batch_(batch), windows_(windows), first_(first), count_(count) {}

  std::span<const int32_t> codes() override {
    if (!codes_.empty()) return codes_;
    const int64_t rows = product_.plan_->shape.rows * product_.plan_->shape.groups;
    const auto size = static_cast<size_t>(count_ * rows);
    if (!product_.convolution_) return codes_ = {batch_ + first_ * rows, size};
    thread_local std::vector<int32_t> memory;  // new memory of this size costs more than to gather into it
    if (memory.size() < size) memory.resize(size);
    for (int64_t v = 0; v < count_; ++v) {
      const int64_t vector = first_ + v, per_sample = product_.vectors_per_sample_;
      product_.gather(batch_ + vector / per_sample * product_.sample_elements_, vector % per_sample,
                      &memory[static_cast<size_t>(v * rows)]);
    }
    return codes_ = {memory.data(), size};
  }
  bool has_lanes() const override { return windows_ != nullptr; }
  void lanes(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) const override {
    windows_->copy(first_, count_, first, first_row, rows, low, high);
  }

 private:
  const HeldProduct& product_;
  const int32_t* batch_;
  const WindowLanes* windows_;
  int64_t first_, count_;
  std::span<const int32_t> codes_;
};

tensor::Tensor HeldProduct::run(const tensor::Tensor& codes, int64_t first_sample, array::Tally& tally,
                                array::SeenSums* seen) const {
  const int64_t batch = codes.dim(0), vectors = batch * vectors_per_sample_;
  OHMWEAVE_CHECK(codes.size() == batch * sample_elements_,
                 "a product's operand has another size than when it was mapped");
  tensor::Shape shape{batch};
  shape.insert(shape.end(), sample_output_.begin(), sample_output_.end());
  tensor::Tensor out(tensor::Element::Float32, shape);
  const int64_t rows = plan_->shape.rows * plan_->shape.groups,
                outputs = plan_->shape.outputs * plan_->shape.groups;
  const int64_t block = std::max(kBlockCodes / rows / kLeastBlock, int64_t{1}) * kLeastBlock,
                sample_outputs = tensor::count(sample_output_);
  const int32_t* from = codes.data<int32_t>().data();
  float* to = out.mutable_data<float>().data();
  std::optional<WindowLanes> windows;
  if (square_ && seen == nullptr && contents_->takes_lanes())
    windows.emplace(*convolution_, padding_, from, batch, plan_->formats.input.bits > 8);
  std::mutex guard;
  const int64_t blocks = (vectors + block - 1) / block;
  std::vector<array::SeenSums> of_block(static_cast<size_t>(seen != nullptr ? blocks : 0));
  base::parallel_for(blocks, [&](int64_t b) {
    const int64_t first = b * block, count = std::min(block, vectors - first);
    thread_local std::vector<int64_t> memory;  // new memory of this size costs more than to write it
    const auto size = static_cast<size_t>(count * outputs);
    if (memory.size() < size) memory.resize(size);
    const std::span<int64_t> sums(memory.data(), size);
    Vectors inputs(*this, from, windows ? &*windows : nullptr, first, count);
    array::Tally local;
    if (seen != nullptr)
      contents_->observe(inputs.codes(), count, sums, of_block[static_cast<size_t>(b)]);
    else
      contents_->multiply(inputs, count, first_sample * vectors_per_sample_ + first, sums, local);
    const int fraction = seen != nullptr ? 0 : contents_->fraction_bits();
    for (int64_t v = 0; v < count && !(added_.empty() && zero_.empty()); ++v)
      correct(zero_.empty() ? nullptr : &inputs.codes()[static_cast<size_t>(v * rows)], fraction,
              &sums[static_cast<size_t>(v * outputs)]);
    for (int64_t v = 0, n = 0; v < count; v += n) {
      const int64_t position = (first + v) % vectors_per_sample_;
      n = std::min(vectors_per_sample_ - position, count - v);
      scatter(&sums[static_cast<size_t>(v * outputs)], n, fraction, position,
              to + (first + v) / vectors_per_sample_ * sample_outputs);
    }
    std::lock_guard lock(guard);
    tally.add(local);
  });
  for (const array::SeenSums& own : of_block) seen->add(own);  // in order: they add up reals
  return out;
}

}  // namespace ohmweave::execution
