// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/sense_amplifier.h"

#include <algorithm>
#include <cstdlib>

namespace ohmweave::circuit {

SenseAmplifier::SenseAmplifier(const SenseAmplifierSpec& spec)
    : Component("sense_amplifier", spec), bits_(spec.bits), rate_(spec.rate) {
  add_action(Verb::Convert, rate_, "bit");
}

int64_t SenseAmplifier::convert(int64_t sum, const KeptBits& kept) {
  const int64_t magnitude = std::min(std::abs(sum) >> kept.shift, (int64_t{1} << kept.count) - 1);
  return sum < 0 ? -magnitude : magnitude;
}

}  // namespace ohmweave::circuit
