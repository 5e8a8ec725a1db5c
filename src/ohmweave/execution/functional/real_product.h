// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/execution/functional/product_layout.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::execution {

/// Sums of products of numbers as they stand, in double precision: what arrays of floating-point numbers are
/// compared with. Arguments as of tensor::sum_products.
void exact_sums(const tensor::ProductShape& shape, std::span<const float> weights, std::span<const float> start,
                std::span<const float> inputs, int64_t vectors, std::span<float> sums);

/// A product node with its weights in arrays that compute with floating-point numbers: weights and biases
/// rounded to their format, each sum started with its bias.
class RealProduct {
 public:
  /// Programs the arrays.
  RealProduct(const network::Graph& graph, network::NodeId node, const array::Array& array,
              std::shared_ptr<const array::Plan> plan);

  /// The product of a batch: the node's input (batch first), numbers of the format -> its output. Adds to
  /// `tally`; with `exact`, sums are exact and the arrays are not used.
  tensor::Tensor run(const tensor::Tensor& reals, bool exact, array::Tally& tally) const;

 private:
  void set_start(const network::Value& bias, double beta);
  void scatter(const float* sums, int64_t count, int64_t vector, float* sample) const;

  std::shared_ptr<const array::Plan> plan_;
  ProductLayout layout_;
  std::vector<float> weights_, start_;  // as they are in the arrays
  std::unique_ptr<array::RealContents> contents_;
};

}  // namespace ohmweave::execution
