// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "ohmweave/tensor/integer_kernels.h"

namespace ohmweave::tensor {
namespace {

class PlainKernel : public IntegerProduct::Kernel {
 public:
  PlainKernel(const ProductShape& shape, std::span<const int32_t> weights)
      : shape_(shape), weights_(weights.begin(), weights.end()) {}

  int64_t vectors_at_once() const override { return 256; }

  void multiply(const int32_t* inputs, int64_t vectors, int64_t* sums) const override {
    for (int64_t v = 0; v < vectors; ++v) {
      const int32_t* w = weights_.data();
      for (int64_t g = 0; g < shape_.groups; ++g, inputs += shape_.rows) {
        for (int64_t o = 0; o < shape_.outputs; ++o, w += shape_.rows) {
          int64_t sum = 0;
          for (int64_t r = 0; r < shape_.rows; ++r) sum += int64_t{inputs[r]} * w[r];
          *sums++ = sum;
        }
      }
    }
  }

 private:
  ProductShape shape_;
  std::vector<int32_t> weights_;
};

}  // namespace

std::unique_ptr<const IntegerProduct::Kernel> plain_kernel(const ProductShape& shape,
                                                           std::span<const int32_t> weights) {
  return std::make_unique<PlainKernel>(shape, weights);
}

}  // namespace ohmweave::tensor
