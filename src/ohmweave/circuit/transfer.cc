// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/transfer.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::circuit {

int64_t Transfer::code(double sum) const {
  if (ideal())
    return static_cast<int64_t>(
        std::clamp(std::floor((sum - zero) / step + 0.5), 0.0, static_cast<double>(most)));
  const int64_t passed = std::upper_bound(thresholds.begin(), thresholds.end(), sum) - thresholds.begin();
  return codes.empty() ? passed : codes[static_cast<size_t>(passed)];
}

namespace {

/// The same converter with its thresholds written down.
Transfer with_thresholds(Transfer t) {
  if (!t.ideal()) return t;
  for (int64_t code = 1; code <= t.most; ++code)
    t.thresholds.push_back(t.zero + (static_cast<double>(code) - 0.5) * t.step);
  return t;
}

}  // namespace

Transfer Transfer::shifted(double by) const {
  Transfer out = with_thresholds(*this);
  for (double& t : out.thresholds) t -= by;
  return out;
}

Transfer Transfer::scaled(double gain) const {
  Transfer out = with_thresholds(*this);
  out.zero *= gain;
  out.step *= gain;
  return out;
}

}  // namespace ohmweave::circuit
