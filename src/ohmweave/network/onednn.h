// SPDX-License-Identifier: Apache-2.0
// The heavy operators by oneDNN, arranged so that results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dnnl.hpp>

#include "ohmweave/network/graph.h"

namespace ohmweave::network {

dnnl::engine& onednn_engine();
dnnl::memory::desc plain_layout(const tensor::Shape& shape);
/// A memory object over elements that somebody else keeps alive.
dnnl::memory memory_over(const dnnl::memory::desc& layout, const void* elements);
/// Copies elements from one layout to another.
void reorder(const dnnl::memory::desc& from, const void* source, const dnnl::memory::desc& to, void* target);
/// 64-byte aligned memory, not initialised.
std::shared_ptr<std::byte> allocate_aligned(size_t bytes);

/// c[m, n] = sum_k a[m, k] b[k, n] (+ c if `accumulate`), row-major, operands perhaps stored transposed and with gaps:
/// `leading` elements from one stored row to the next, 0 where they follow each other.
struct Product {
  int64_t m = 0, n = 0, k = 0;
  bool a_transposed = false, b_transposed = false, accumulate = false;
  int64_t a_leading = 0, b_leading = 0;
};
/// `batch` products; the operands of product i begin at a[i], b[i], c + i * m * n.
void multiply(const Product& shape, const std::vector<const float*>& a, const std::vector<const float*>& b,
              float* c);

/// What a convolution does to its sums before it writes them.
struct AfterConvolution {
  bool add_to_target = false;    // y += ...
  std::optional<Op> activation;  // Relu, LeakyRelu or Clip, the ones that are exact
  float alpha = 0, beta = 0;     // slope; or the bounds
};
void append(dnnl::post_ops& ops, const AfterConvolution& after);

/// One convolution of fixed shapes, in whatever layouts oneDNN likes best.
class ConvolutionKernel {
 public:
  struct Shapes {
    tensor::Shape input, weights, output;
    Pooling window;
    int64_t groups = 1;
    bool has_bias = false;
    AfterConvolution after;
  };
  explicit ConvolutionKernel(const Shapes& shapes);

  const dnnl::memory::desc& input_layout() const { return input_; }
  const dnnl::memory::desc& output_layout() const { return output_; }
  const dnnl::memory::desc& weights_layout() const { return weights_; }
  /// Plain weights [outputs, channels / groups, kernel...] as oneDNN sees them.
  dnnl::memory::desc plain_weights() const { return plain_weights_; }
  /// Memory it needs while it runs.
  size_t scratch_bytes() const { return samples_ == 0 ? how_.scratchpad_desc().get_size() : 0; }
  struct Operands {
    const void* input;
    const void* weights;
    const void* bias;  // null: none
    void* output;
    void* scratch;
  };
  void run(const Operands& operands) const;

 private:
  void execute(const Operands& operands, const dnnl::memory::desc& input,
               const dnnl::memory::desc& output) const;
  void create(const Shapes& shapes, int64_t batch, bool plain);

  dnnl::convolution_forward::primitive_desc how_;
  dnnl::convolution_forward primitive_;
  dnnl::memory::desc input_, output_, weights_, plain_weights_, bias_, input_sample_, output_sample_;
  int64_t samples_ = 0;                        // run one by one if not 0
  size_t input_bytes_ = 0, output_bytes_ = 0;  // of a sample
};

}  // namespace ohmweave::network
