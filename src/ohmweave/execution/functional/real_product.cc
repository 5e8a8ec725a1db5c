// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/real_product.h"

#include <algorithm>
#include <mutex>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::execution {
namespace {

constexpr int64_t kBlockNumbers = int64_t{1} << 16;  // of input vectors that one thread gathers at once
constexpr int64_t kLeastBlock = 32;                  // vectors that are computed side by side

double attribute_of(const network::Node& node, const char* key) {
  const auto it = node.attributes.find(key);
  return it == node.attributes.end() ? 1.0 : std::get<double>(it->second);
}

std::vector<float> scaled(const network::Value& value, double factor) {
  OHMWEAVE_CHECK(value.constant.has_value(), "weights without values reached the functional execution");
  const tensor::Tensor reals = value.constant->to(tensor::Element::Float32);
  std::vector<float> out;
  for (const float x : reals.data<float>()) out.push_back(static_cast<float>(factor * static_cast<double>(x)));
  return out;
}

}  // namespace

void exact_sums(const tensor::ProductShape& shape, std::span<const float> weights, std::span<const float> start,
                std::span<const float> inputs, int64_t vectors, std::span<float> sums) {
  const int64_t in = shape.rows * shape.groups, out = shape.outputs * shape.groups;
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t k = 0; k < out; ++k) {
      const float *w = &weights[static_cast<size_t>(k * shape.rows)],
                  *x = &inputs[static_cast<size_t>(v * in + k / shape.outputs * shape.rows)];
      double sum = start.empty() ? 0 : static_cast<double>(start[static_cast<size_t>(k)]);
      for (int64_t row = 0; row < shape.rows; ++row)
        sum += static_cast<double>(w[row]) * static_cast<double>(x[row]);
      sums[static_cast<size_t>(v * out + k)] = static_cast<float>(sum);
    }
  }
}

RealProduct::RealProduct(const network::Graph& graph, network::NodeId id, const array::Array& array,
                         std::shared_ptr<const array::Plan> plan)
    : plan_(std::move(plan)), layout_(graph, id, plan_->shape) {
  const network::Node& node = graph.nodes[id];
  const auto dense = network::constant_product(graph, node);
  const network::Value& held = graph.value(dense ? dense->weights : node.inputs[1]);
  weights_ = layout_.matrix<float>(scaled(held, attribute_of(node, "alpha")), [](int64_t) { return 0.0F; });
  tensor::round(weights_, weights_, *plan_->formats.floating);
  if (node.inputs.size() > 2 && node.inputs[2] != network::kNoValue)
    set_start(graph.value(node.inputs[2]), attribute_of(node, "beta"));
  contents_ = array.program_reals(plan_, weights_, start_);
}

/// One number, one per channel, or one per element of the output: those of private kernels.
void RealProduct::set_start(const network::Value& bias, double beta) {
  const std::vector<float> all = scaled(bias, beta);
  const int64_t channels = layout_.channels(), positions = tensor::count(layout_.sample_output()) / channels;
  const auto count = static_cast<int64_t>(all.size());
  OHMWEAVE_CHECK(count == 1 || count == channels || layout_.vectors_per_sample() == 1,
                 "a bias that differs among the vectors of a sample reached the functional execution");
  for (int64_t k = 0; k < layout_.sums(); ++k) {
    const ProductLayout::Place place = layout_.place_of(k);
    const int64_t at = count == 1          ? 0
                       : count == channels ? place.channel
                                           : place.channel * positions + place.first;
    start_.push_back(all[static_cast<size_t>(at)]);
  }
  tensor::round(start_, start_, *plan_->formats.floating);
}

void RealProduct::scatter(const float* sums, int64_t count, int64_t vector, float* sample) const {
  const int64_t width = layout_.sums();
  if (!layout_.convolution()) {
    std::copy_n(sums, count * width, sample + vector * width);
    return;
  }
  const int64_t positions = tensor::count(layout_.sample_output()) / layout_.channels();
  for (int64_t k = 0; k < width; ++k) {
    const ProductLayout::Place place = layout_.place_of(k);
    float* to = sample + place.channel * positions + place.first + vector;
    for (int64_t v = 0; v < count; ++v) to[v] = sums[v * width + k];
  }
}

tensor::Tensor RealProduct::run(const tensor::Tensor& reals, bool exact, array::Tally& tally) const {
  const int64_t batch = reals.dim(0), per_sample = layout_.vectors_per_sample(), vectors = batch * per_sample;
  OHMWEAVE_CHECK(reals.size() == batch * layout_.sample_elements(),
                 "a product's operand has another size than when it was mapped");
  tensor::Shape shape{batch};
  shape.insert(shape.end(), layout_.sample_output().begin(), layout_.sample_output().end());
  tensor::Tensor out = tensor::Tensor::uninitialized(tensor::Element::Float32, shape);
  const int64_t rows = layout_.rows(), width = layout_.sums(),
                block = std::max(kBlockNumbers / rows / kLeastBlock, int64_t{1}) * kLeastBlock,
                sample_outputs = tensor::count(layout_.sample_output());
  const float* from = reals.data<float>().data();
  float* to = out.mutable_data<float>().data();
  std::mutex guard;
  base::parallel_for((vectors + block - 1) / block, [&](int64_t b) {
    const int64_t first = b * block, count = std::min(block, vectors - first);
    thread_local std::vector<float> inputs, sums;
    inputs.resize(static_cast<size_t>(count * rows));
    sums.resize(static_cast<size_t>(count * width));
    for (int64_t v = 0; v < count; ++v)
      layout_.gather(from + (first + v) / per_sample * layout_.sample_elements(), (first + v) % per_sample,
                     0.0F, &inputs[static_cast<size_t>(v * rows)]);
    array::Tally local;
    if (exact)
      exact_sums(plan_->shape, weights_, start_, inputs, count, sums);
    else
      contents_->multiply(inputs, count, sums, local);
    for (int64_t v = 0, n = 0; v < count; v += n) {
      const int64_t position = (first + v) % per_sample;
      n = std::min(per_sample - position, count - v);
      scatter(&sums[static_cast<size_t>(v * width)], n, position,
              to + (first + v) / per_sample * sample_outputs);
    }
    std::lock_guard lock(guard);
    tally.add(local);
  });
  return out;
}

}  // namespace ohmweave::execution
