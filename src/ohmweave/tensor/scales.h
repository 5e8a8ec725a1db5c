// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ohmweave::tensor {

/// What the step between codes may be.
enum class Scales {
  Free,
  PowerOfTwo,  // codes are numbers with a binary point in some place: dynamic fixed point
};

}  // namespace ohmweave::tensor
