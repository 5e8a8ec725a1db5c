// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/cell.h"

#include <algorithm>

namespace ohmweave::device {

void Cell::read_variance(std::span<const float>, std::span<float> variance) const {
  std::fill(variance.begin(), variance.end(), 0.0F);
}

}  // namespace ohmweave::device
