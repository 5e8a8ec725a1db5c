// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "layers.h"

namespace ohmweave::train_digits {

enum class Kind { Convolution, Relu, Sign, MaxPool, Dense };

/// A layer by name. Convolutions have a 5 x 5 kernel.
struct Step {
  Kind kind;
  std::string name;
  int64_t outputs = 0;  // channels of a convolution, outputs of a dense layer
};

/// A network that can be trained: what it is called, what an ONNX file says about it, and its layers.
struct Architecture {
  std::string name, description;
  std::vector<Step> steps;
  bool binarized = false;  // weights of -s and s
  int epochs = 12;
  float rate = 0.05F;  // of the first epoch
};

const std::vector<Architecture>& architectures();

/// Extent of what each step takes; one more: of what the last one gives. Dense layers give sides of one pixel.
std::vector<Extent> extents(const Architecture& architecture);
Network build(const Architecture& architecture);

}  // namespace ohmweave::train_digits
