// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/transfer.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::circuit {

int64_t Transfer::code(double sum) const {
  if (ideal())
    return static_cast<int64_t>(
        std::clamp(std::floor(((sum + offset) * gain - zero) / step + 0.5), 0.0, static_cast<double>(most)));
  const int64_t passed = std::upper_bound(thresholds.begin(), thresholds.end(), sum) - thresholds.begin();
  return codes.empty() ? passed : codes[static_cast<size_t>(passed)];
}

Transfer Transfer::shifted(double by) const {
  Transfer out = *this;
  if (ideal()) out.offset += by;
  for (double& t : out.thresholds) t -= by;
  return out;
}

Transfer Transfer::scaled(double by) const {
  Transfer out = *this;
  if (ideal()) out.gain *= by;
  out.zero *= by;
  out.step *= by;
  return out;
}

}  // namespace ohmweave::circuit
