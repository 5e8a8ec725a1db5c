// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::execution {

/// A recurrent layer with its recurrent weights in arrays. The state stands in the format of the layer's output
/// and is multiplied step by step; gates are computed exactly.
class HeldRecurrence {
 public:
  /// Programs the arrays. `place` names the weights for random streams.
  HeldRecurrence(const network::Graph& graph, network::NodeId node, const array::Array& array,
                 std::shared_ptr<const array::Plan> plan, uint64_t seed, const std::string& place);

  /// All results of the node for a batch: reals of its operands in, omitted ones empty. `first` is the number
  /// of its first sample in the whole run. Adds to `tally`; or to `seen`, if that is given: then sums are
  /// exact.
  std::vector<tensor::Tensor> run(const network::Node& node, const std::vector<tensor::Tensor>& inputs,
                                  int64_t first, array::Tally& tally, array::SeenSums* seen = nullptr) const;

 private:
  void multiply(const float* state, int64_t samples, int64_t first_vector, float* product, array::Tally& tally,
                array::SeenSums* seen) const;
  /// The same of floating-point numbers; with `exact`, sums are exact.
  void multiply_reals(const float* state, int64_t samples, bool exact, float* product,
                      array::Tally& tally) const;
  void store(std::span<float> state) const;

  std::shared_ptr<const array::Plan> plan_;
  // Of whole numbers:
  std::unique_ptr<array::Contents> contents_;
  tensor::Quantization state_;
  std::vector<double> scales_;  // of sums, per output or one
  // Of floating-point numbers:
  std::unique_ptr<array::RealContents> real_contents_;
  std::vector<float> weights_;
};

}  // namespace ohmweave::execution
