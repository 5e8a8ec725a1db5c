// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ohmweave::train_digits {

/// A layer on one sample. Values and gradients are C x H x W; parameters stand outside, so that every thread
/// can have gradients of its own. All sums are in one fixed order.
class Layer {
 public:
  virtual ~Layer() = default;
  virtual int64_t outputs() const = 0;
  virtual int64_t weights() const { return 0; }
  virtual int64_t biases() const { return 0; }
  /// Operands of one output: the deviation of its first weights follows from it (He et al. 2015).
  virtual int64_t fan_in() const { return 1; }
  virtual void forward(const float* parameters, const float* in, float* out) const = 0;
  /// From the gradient of `out`, that of `in` (overwritten; none for the first layer) and of the parameters
  /// (added to).
  virtual void backward(const float* parameters, const float* in, const float* out, const float* out_gradient,
                        float* in_gradient, float* parameter_gradient) const = 0;
  int64_t parameters() const { return weights() + biases(); }
};

struct Extent {
  int64_t channels, side;
  int64_t count() const { return channels * side * side; }
};

/// `kernel` x `kernel`, stride 1, no padding. Weights [out][in][ky][kx], then biases.
std::unique_ptr<Layer> convolution(Extent in, int64_t channels, int64_t kernel);
/// 2 x 2, stride 2.
std::unique_ptr<Layer> max_pool(Extent in);
std::unique_ptr<Layer> relu(int64_t count);
/// -1, 0 and 1. Gradients pass where the operand is between -1 and 1 (the straight-through estimator:
/// Courbariaux et al. 2016).
std::unique_ptr<Layer> sign(int64_t count);
/// Weights [out][in], then biases.
std::unique_ptr<Layer> dense(int64_t in, int64_t out);
/// The same layer with two weights, -s and s, by the signs of its own, to which gradients go: s is 1 over the
/// root of the operands of an output.
std::unique_ptr<Layer> binarized(std::unique_ptr<Layer> layer);
/// What binarized() computes with: weights, then biases.
std::vector<float> binarized_parameters(const Layer& layer, std::span<const float> parameters);

/// Layers one after the other, with all their parameters in one list.
class Network {
 public:
  explicit Network(std::vector<std::unique_ptr<Layer>> layers);

  /// Random first weights, biases zero.
  void initialize(uint64_t seed);
  /// Cross entropy of the softmax of the outputs; adds the gradient of all parameters to `gradient`.
  double train(std::span<const float> sample, int64_t label, std::span<float> gradient) const;
  int64_t classify(std::span<const float> sample) const;

  std::span<float> parameters() { return parameters_; }
  /// Those of the layer at `index`: weights, then biases.
  std::span<const float> parameters(size_t index) const;
  const Layer& layer(size_t index) const { return *layers_[index]; }

 private:
  std::vector<std::vector<float>> run(std::span<const float> sample) const;

  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<int64_t> begin_;  // of each layer's parameters
  std::vector<float> parameters_;
};

}  // namespace ohmweave::train_digits
