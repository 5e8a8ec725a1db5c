// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/exact_outputs.h"

namespace ohmweave::report {
namespace {

constexpr size_t kMostBytes = size_t{256} << 20;

}  // namespace

Executor ExactOutputs::from_the_first() {
  return
      [this, next = size_t{0}](std::span<const tensor::Tensor> inputs) mutable { return run(next++, inputs); };
}

std::vector<tensor::Tensor> ExactOutputs::run(size_t batch, std::span<const tensor::Tensor> inputs) {
  const std::lock_guard lock(mutex_);
  // The last batch of fewer samples is another one than that of all.
  if (batch < known_.size() && known_[batch].input == inputs[0].shape()) return {known_[batch].output};
  std::vector<tensor::Tensor> outputs = reference_.run(inputs);
  if (batch == known_.size() && bytes_ + outputs.at(0).bytes() <= kMostBytes) {
    bytes_ += outputs[0].bytes();
    known_.push_back({inputs[0].shape(), outputs[0]});
  }
  return outputs;
}

}  // namespace ohmweave::report
