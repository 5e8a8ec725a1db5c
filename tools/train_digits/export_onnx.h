// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "layers.h"

namespace ohmweave::train_digits {

/// The trained network of main.cc as an ONNX file (opset 13). The scale of the pixels, 1/255, goes into the
/// weights of the first convolution, so that the network takes pixels of 0 to 255 as they are.
std::string export_onnx(const Network& network, const std::string& description);

}  // namespace ohmweave::train_digits
