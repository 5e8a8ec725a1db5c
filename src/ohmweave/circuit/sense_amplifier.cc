// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/sense_amplifier.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "ohmweave/circuit/converter_circuits.h"

namespace ohmweave::circuit {

SenseAmplifier::SenseAmplifier(const SenseAmplifierSpec& spec)
    : Component("sense_amplifier", spec),
      bits_(spec.bits),
      rate_(spec.rate),
      offset_(spec.offset.value_or(0)),
      noise_(spec.noise.value_or(0)) {
  add_action(Verb::Convert, rate_, "bit");
}

int64_t SenseAmplifier::convert(int64_t sum, const KeptBits& kept) {
  const int64_t magnitude = std::min(std::abs(sum) >> kept.shift, (int64_t{1} << kept.count) - 1);
  return sum < 0 ? -magnitude : magnitude;
}

Transfer SenseAmplifier::transfer(const KeptBits& kept, const Instance& which) const {
  const int64_t largest = (int64_t{1} << kept.count) - 1;
  const double step = std::ldexp(1.0, kept.shift), least = std::ldexp(1.0, kept.shift + kept.count - bits_);
  Transfer t{-static_cast<double>(largest) * step, step, 2 * largest, {}, {}, noise_ * least};
  const double offset = offset_ == 0 ? 0 : offset_ * least * stream_of(which, "sense amplifier").normal();
  for (int64_t value = 1 - largest; value <= largest; ++value) {
    // Magnitudes are cut off, so the multiple of the step itself belongs to the value farther from zero.
    const double from = value > 0 ? static_cast<double>(value) * step
                                  : std::nextafter(static_cast<double>(value - 1) * step,
                                                   std::numeric_limits<double>::infinity());
    t.thresholds.push_back(from + offset);
  }
  return t;
}

}  // namespace ohmweave::circuit
