// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/recurrence.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/execution/functional/product.h"
#include "ohmweave/execution/functional/real_product.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::execution {

using tensor::Tensor;

HeldRecurrence::HeldRecurrence(const network::Graph& graph, network::NodeId id, const array::Array& array,
                               std::shared_ptr<const array::Plan> plan, uint64_t seed, const std::string& place)
    : plan_(std::move(plan)) {
  const network::Value& weights = graph.value(graph.nodes[id].inputs[2]);
  if (plan_->formats.floating) {
    const tensor::Tensor rounded = tensor::round(*weights.constant, *plan_->formats.floating);
    weights_.assign(rounded.data<float>().begin(), rounded.data<float>().end());
    real_contents_ = array.program_reals(plan_, weights_, {});
    return;
  }
  state_ = *graph.value(graph.nodes[id].outputs[0]).format;
  contents_ = array.program(plan_, weight_codes(weights), seed, base::key_of(place));
  for (float s : weights.format->scales) scales_.push_back(static_cast<double>(s) * state_.scales[0]);
}

void HeldRecurrence::multiply(const float* state, int64_t samples, int64_t first_vector, float* product,
                              array::Tally& tally, array::SeenSums* seen) const {
  constexpr int64_t kTogether = 64;  // samples that one thread multiplies
  const int64_t rows = plan_->shape.rows, outputs = plan_->shape.outputs;
  std::mutex guard;
  const int64_t blocks = (samples + kTogether - 1) / kTogether;
  std::vector<array::SeenSums> of_block(static_cast<size_t>(seen != nullptr ? blocks : 0));
  base::parallel_for(blocks, [&](int64_t block) {
    const int64_t first = block * kTogether, count = std::min(kTogether, samples - first);
    const Tensor codes = tensor::quantize(
        Tensor::of<float>({count, rows}, std::span(state + first * rows, static_cast<size_t>(count * rows))),
        state_);
    std::vector<int64_t> sums(static_cast<size_t>(count * outputs));
    array::Tally local;
    if (seen != nullptr)
      contents_->observe(codes.data<int32_t>(), count, sums, of_block[static_cast<size_t>(block)]);
    else
      contents_->multiply(codes.data<int32_t>(), count, first_vector + first, sums, local);
    const double one = std::ldexp(1.0, seen != nullptr ? 0 : -contents_->fraction_bits());
    for (int64_t k = 0; k < count * outputs; ++k)
      product[first * outputs + k] =
          static_cast<float>(static_cast<double>(sums[static_cast<size_t>(k)]) * one *
                             scales_[scales_.size() > 1 ? static_cast<size_t>(k % outputs) : 0]);
    std::lock_guard lock(guard);
    tally.add(local);
  });
  for (const array::SeenSums& own : of_block) seen->add(own);
}

void HeldRecurrence::multiply_reals(const float* state, int64_t samples, bool exact, float* product,
                                    array::Tally& tally) const {
  constexpr int64_t kTogether = 64;  // samples that one thread multiplies
  const int64_t rows = plan_->shape.rows, outputs = plan_->shape.outputs;
  std::mutex guard;
  base::parallel_for((samples + kTogether - 1) / kTogether, [&](int64_t block) {
    const int64_t first = block * kTogether, count = std::min(kTogether, samples - first);
    std::vector<float> inputs(state + first * rows, state + (first + count) * rows);
    store(inputs);  // a first state may come from anywhere
    const std::span<float> sums(product + first * outputs, static_cast<size_t>(count * outputs));
    array::Tally local;
    if (exact)
      exact_sums(plan_->shape, weights_, {}, inputs, count, sums);
    else
      real_contents_->multiply(inputs, count, sums, local);
    std::lock_guard lock(guard);
    tally.add(local);
  });
}

void HeldRecurrence::store(std::span<float> state) const {
  if (plan_->formats.floating) return tensor::round(state, state, *plan_->formats.floating);
  const tensor::Shape shape{static_cast<int64_t>(state.size())};
  const Tensor stored = tensor::dequantize(
      tensor::quantize(Tensor::of<float>(shape, std::span<const float>(state)), state_), state_);
  std::copy_n(stored.data<float>().data(), state.size(), state.data());
}

std::vector<Tensor> HeldRecurrence::run(const network::Node& node, const std::vector<Tensor>& inputs,
                                        int64_t first, array::Tally& tally, array::SeenSums* seen) const {
  constexpr int64_t kStepsApart = int64_t{1} << 40;  // vectors between two steps: more than samples
  int64_t step = 0;
  network::StateArithmetic arithmetic;
  arithmetic.multiply = [&](int64_t, int64_t from, int64_t to, const float* state, int64_t samples,
                            float* product) {
    OHMWEAVE_CHECK(from == 0 && to == plan_->shape.outputs, "arrays multiply a state with all of its weights");
    if (real_contents_)
      multiply_reals(state, samples, seen != nullptr, product, tally);
    else
      multiply(state, samples, first + step++ * kStepsApart, product, tally, seen);
  };
  arithmetic.store = [&](std::span<float> state) { store(state); };
  return network::run_recurrent(node, inputs, &arithmetic);
}

}  // namespace ohmweave::execution
