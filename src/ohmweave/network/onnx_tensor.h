// SPDX-License-Identifier: Apache-2.0
// Tensors and types of ONNX files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ohmweave/tensor/tensor.h"

namespace onnx {
class TensorProto;
}

namespace ohmweave::network {

/// What we compute a type of ONNX (TensorProto.DataType, as number or word) with: float16 and bfloat16 as
/// float32. Nothing for those we do not have.
std::optional<tensor::Element> element_of_onnx(int64_t type);
std::optional<tensor::Element> element_of_onnx(const std::string& type);

/// A tensor of a file; no values where they stand in another file that is not there.
struct StoredTensor {
  tensor::Element element = tensor::Element::Float32;
  tensor::Shape shape;
  std::optional<tensor::Tensor> values;
};
/// Where a tensor comes from: `owner` keeps the message it is part of alive, so that values need no copy;
/// `folder` is where files that hold values lie (nullopt: nowhere).
struct TensorSource {
  std::string file;
  std::shared_ptr<const void> owner;
  std::optional<std::string> folder;
};
/// Failure names the file and the tensor where they contradict themselves.
StoredTensor read_tensor(const onnx::TensorProto& proto, const TensorSource& source);

}  // namespace ohmweave::network
