// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "architectures.h"

namespace ohmweave::train_digits {

/// A trained network as an ONNX file (opset 13). The scale of the pixels, 1/255, goes into the
/// weights of the first layer, so that the network takes pixels of 0 to 255 as they are.
std::string export_onnx(const Architecture& architecture, const Network& network);

}  // namespace ohmweave::train_digits
