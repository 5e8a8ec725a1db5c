// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/product_layout.h"

#include <algorithm>

namespace ohmweave::execution {
namespace {

int64_t product_of(const std::vector<int64_t>& v) {
  int64_t n = 1;
  for (int64_t x : v) n *= x;
  return n;
}

bool all_one(const std::vector<int64_t>& v) {
  return std::all_of(v.begin(), v.end(), [](int64_t x) { return x == 1; });
}

/// A matrix of rows x outputs as outputs x rows.
template <class Number>
std::vector<Number> turned(const std::vector<Number>& from, int64_t rows, int64_t outputs) {
  std::vector<Number> out(from.size());
  for (int64_t k = 0; k < rows; ++k) {
    for (int64_t n = 0; n < outputs; ++n)
      out[static_cast<size_t>(n * rows + k)] = from[static_cast<size_t>(k * outputs + n)];
  }
  return out;
}

/// Kernels [input channels, outputs of a group, kernel] read backwards, as [outputs, input channels of a group,
/// kernel].
template <class Number>
std::vector<Number> backward(const std::vector<Number>& kernels, const network::Convolution& g) {
  const int64_t channels = g.input_channels / g.groups, outputs = g.outputs_per_group(),
                elements = product_of(g.kernel);
  std::vector<Number> out(kernels.size());
  for (int64_t c = 0; c < g.input_channels; ++c) {
    for (int64_t n = 0; n < outputs; ++n) {
      const Number* from = &kernels[static_cast<size_t>((c * outputs + n) * elements)];
      const int64_t row = (c / channels * outputs + n) * channels + c % channels;
      std::reverse_copy(from, from + elements, &out[static_cast<size_t>(row * elements)]);
    }
  }
  return out;
}

}  // namespace

ProductLayout::ProductLayout(const network::Graph& graph, network::NodeId id, const tensor::ProductShape& shape)
    : shape_(shape) {
  const network::Node& node = graph.nodes[id];
  const network::Value& output = graph.value(node.outputs[0]);
  sample_output_.assign(output.shape.begin() + 1, output.shape.end());
  if (const auto product = network::constant_product(graph, node)) {
    turned_ = !product->transposed;
    vectors_per_sample_ = tensor::count(sample_output_) / product->outputs;
    sample_elements_ = vectors_per_sample_ * product->rows;
    return;
  }
  convolution_ = network::convolution(graph, node);
  private_kernels_ = node.op == network::Op::LocalConv;
  backward_ = node.op == network::Op::ConvTranspose;
  joined_ = shape_.outputs / convolution_->outputs_per_group();
  square_ = !private_kernels_ && joined_ == 1 && convolution_->kernel.size() == 2 &&
            all_one(convolution_->dilation) && all_one(convolution_->insertion);
  vectors_per_sample_ = private_kernels_ ? 1 : product_of(convolution_->output_size);
  sample_elements_ = convolution_->input_channels * product_of(convolution_->input_size);
}

ProductLayout::Place ProductLayout::place_of(int64_t sum) const {
  if (!convolution_) return {sum % shape_.outputs, 0};
  const network::Convolution& g = *convolution_;
  const int64_t group = sum / shape_.outputs, n = sum % shape_.outputs, per_group = g.outputs_per_group();
  return {group % g.groups * per_group + n % per_group,
          private_kernels_ ? group / g.groups * joined_ + n / per_group : 0};
}

/// One matrix per run of `joined_` neighbouring positions: its rows are the joined window, the kernel of
/// neighbour j stands j strides to the right in it, and zeros stand where a neighbour does not look. Stored are
/// position, output channel, input channel of the group, kernel.
template <class Number>
std::vector<Number> ProductLayout::private_matrix(const std::vector<Number>& kernels,
                                                  const std::function<Number(int64_t)>& zero) const {
  const network::Convolution& g = *convolution_;
  const int64_t positions = product_of(g.output_size), per_group = g.outputs_per_group(),
                window = g.rows_per_group();
  const int64_t width = g.kernel.back(), joined_width = width + (joined_ - 1) * g.stride.back();
  std::vector<Number> out(static_cast<size_t>(sums() * shape_.rows), 0);
  for (int64_t position = 0; position < positions; ++position) {
    for (int64_t channel = 0; channel < g.output_channels; ++channel) {
      const int64_t matrix = position / joined_ * g.groups + channel / per_group,
                    neighbour = position % joined_;
      const int64_t row = matrix * shape_.outputs + neighbour * per_group + channel % per_group;
      const Number* from = &kernels[static_cast<size_t>((position * g.output_channels + channel) * window)];
      Number* first = &out[static_cast<size_t>(row * shape_.rows)];
      std::fill_n(first, shape_.rows, zero(channel));
      Number* to = first + neighbour * g.stride.back();
      for (int64_t line = 0; line < window / width; ++line)
        std::copy_n(from + line * width, width, to + line * joined_width);
    }
  }
  return out;
}

template <class Number>
std::vector<Number> ProductLayout::matrix(std::vector<Number> stored,
                                          const std::function<Number(int64_t)>& zero) const {
  if (turned_) return turned(stored, shape_.rows, shape_.outputs);
  if (private_kernels_) return private_matrix(stored, zero);
  if (backward_) return backward(stored, *convolution_);
  return stored;
}

template std::vector<int32_t> ProductLayout::matrix(std::vector<int32_t>,
                                                    const std::function<int32_t(int64_t)>&) const;
template std::vector<float> ProductLayout::matrix(std::vector<float>,
                                                  const std::function<float(int64_t)>&) const;

}  // namespace ohmweave::execution
