// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "ohmweave/network/graph.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::execution {

/// Where the operands and the results of a product node stand: in its tensors, and in the vectors and the
/// matrix that arrays take. The same for whole and for floating-point numbers.
class ProductLayout {
 public:
  /// `shape` is that of the node's plan.
  ProductLayout(const network::Graph& graph, network::NodeId node, const tensor::ProductShape& shape);

  const tensor::ProductShape& shape() const { return shape_; }
  /// Of a convolution; none for matrices.
  const std::optional<network::Convolution>& convolution() const { return convolution_; }
  /// Whether it is a convolution over planes without gaps between what it looks at.
  bool square() const { return square_; }
  int64_t vectors_per_sample() const { return vectors_per_sample_; }
  int64_t sample_elements() const { return sample_elements_; }           // of the input
  const tensor::Shape& sample_output() const { return sample_output_; }  // without the batch
  int64_t rows() const { return shape_.rows * shape_.groups; }           // of a vector
  int64_t sums() const { return shape_.outputs * shape_.groups; }        // of a vector
  int64_t channels() const { return convolution_ ? convolution_->output_channels : shape_.outputs; }

  /// Where the sum of a vector stands in a sample's output: its channel, and the element of the channel it has
  /// for vector 0. Of matrices, channels are the innermost axis.
  struct Place {
    int64_t channel = 0, first = 0;
  };
  Place place_of(int64_t sum) const;

  /// The matrix that arrays hold (sums x rows of a group) of the node's weights as they are stored.
  /// `zero(channel)` stands where kernels that share arrays do not look.
  template <class Number>
  std::vector<Number> matrix(std::vector<Number> stored, const std::function<Number(int64_t)>& zero) const;

  /// Copies one input vector from a sample, in whatever element that stands; `padding` stands around it.
  template <class Stored, class Number>
  void gather(const Stored* sample, int64_t vector, Number padding, Number* to) const;

 private:
  template <class Number>
  std::vector<Number> private_matrix(const std::vector<Number>& stored,
                                     const std::function<Number(int64_t)>& zero) const;
  template <class Stored, class Number>
  void gather_window(const Stored* sample, int64_t position, int64_t group, Number padding, Number* to) const;
  template <class Stored, class Number>
  void gather_square(const Stored* sample, int64_t position, int64_t group, Number padding, Number* to) const;

  tensor::ProductShape shape_;
  std::optional<network::Convolution> convolution_;
  bool private_kernels_ = false;
  bool backward_ = false;  // the kernels of a transposed convolution
  bool turned_ = false;    // a matrix is stored rows x outputs
  bool square_ = false;
  int64_t joined_ = 1;  // neighbouring outputs of private kernels that share arrays
  int64_t vectors_per_sample_ = 1, sample_elements_ = 0;
  tensor::Shape sample_output_;
};

}  // namespace ohmweave::execution
