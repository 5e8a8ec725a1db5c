// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

namespace ohmweave::tensor {

/// Memory of any contents, 64-byte aligned. Large pieces that are given back are kept and handed out again, up
/// to a fixed amount: the layers of a network ask for the same ones batch after batch, and pages that the
/// system takes back it has to clear and map anew.
std::shared_ptr<std::byte> allocate(size_t bytes);

}  // namespace ohmweave::tensor
