// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/execution/functional/product_layout.h"
#include "ohmweave/execution/functional/sum_reals.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::execution {

/// Codes of constant weights in the format that the graph gives them.
std::vector<int32_t> weight_codes(const network::Value& weights);

/// A product node with its weights in arrays: gathers input vectors from a tensor of codes, lets the arrays
/// multiply, and turns sums into reals.
class HeldProduct {
 public:
  /// Programs the arrays. `place` names the weights for random streams.
  HeldProduct(const network::Graph& graph, network::NodeId node, const array::Array& array,
              std::shared_ptr<const array::Plan> plan, uint64_t seed, const std::string& place);

  /// The product of a batch: codes of the node's input (batch first; in any element, as of
  /// tensor::quantize_narrowly) -> its output, reals or, with `stored`, what tensor::quantize_narrowly makes of
  /// them (one scale and codes of at most 16 bits). `first` is the number of its first sample in the whole run.
  /// Adds to `tally`; or to `seen`, if that is given: then sums are exact.
  tensor::Tensor run(const tensor::Tensor& codes, const tensor::Quantization* stored, int64_t first,
                     array::Tally& tally, array::SeenSums* seen = nullptr) const;

 private:
  std::vector<double> scales(const network::Graph& graph, const network::Node& node) const;
  std::vector<float> biases(const network::Graph& graph, const network::Node& node,
                            std::span<const double> scales);
  void set_reals(const network::Graph& graph, const network::Node& node);
  void set_zero_points(const network::Graph& graph, const network::Node& node,
                       std::span<const int32_t> weights);
  class Vectors;
  /// Sums of vectors from number `first` of the batch on, with so many fraction bits, to where they go in its
  /// output.
  template <class Make, class To>
  void store(const int64_t* sums, int64_t first, int64_t count, int fraction_bits, const Make& make,
             To* to) const;
  /// From sums of products of codes to sums of products of what is above the zero points.
  void correct(const int32_t* inputs, int fraction_bits, int64_t* sums) const;

  std::shared_ptr<const array::Plan> plan_;
  ProductLayout layout_;
  std::unique_ptr<array::Contents> contents_;
  std::optional<SumReals> reals_;
  std::vector<int64_t> places_;  // of the sums of vector 0 in a sample's output
  int32_t padding_ = 0;          // the input's zero point
  std::vector<int64_t> added_;   // to each sum of a vector, or none: what does not depend on the input
  std::vector<int64_t> zero_;    // the weights' zero point for each sum of a vector, or none
};

}  // namespace ohmweave::execution
