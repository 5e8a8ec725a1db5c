// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/transfer.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct SenseAmplifierSpec : CostSpec {
  int bits = 6;
  units::Frequency rate;
  std::optional<double> offset, noise;

  static constexpr auto fields() {
    using S = SenseAmplifierSpec;
    return component_fields<S>(
        config::required("bits", &S::bits,
                         "most bits of a conversion; each may be set to fewer, and an action is one bit")
            .within(1, 8),
        config::required("rate", &S::rate, "steps a second of one amplifier; a bit takes one").above(0),
        config::defaulted("offset", &S::offset,
                          "deviation of the offset from one amplifier to the next, in its least steps at full "
                          "resolution")
            .within(0, 256),
        config::defaulted("noise", &S::noise,
                          "deviation of its input from one conversion to the next, in the same steps")
            .within(0, 256));
  }
};

/// The bits of a sum's magnitude that a conversion keeps: `count` of them from bit `shift` up.
struct KeptBits {
  int shift = 0, count = 0;
};

/// Reconfigurable sense amplifier (PRIME, section III-D; Li et al., IMW 2011): compares a difference of
/// currents with one reference after the other, so that a conversion of n bits takes n steps, n from 1 to
/// `bits`.
class SenseAmplifier : public Component {
 public:
  explicit SenseAmplifier(const SenseAmplifierSpec& spec);
  int bits() const { return bits_; }
  units::Frequency rate() const { return rate_; }
  /// Sign and magnitude: what lies below the kept bits is cut off the magnitude, which is saturated above them.
  /// Counts 2^shift; zero if no bit is kept.
  static int64_t convert(int64_t sum, const KeptBits& kept);
  /// The same as a transfer whose values are sums: what one amplifier with its own offset makes of them. Its
  /// references reach to the uppermost kept bit, so a window of large sums has large offsets.
  Transfer transfer(const KeptBits& kept, const Instance& which) const;
  /// Whether every amplifier does what convert() does.
  bool exact() const { return offset_ == 0 && noise_ == 0; }

 private:
  int bits_;
  units::Frequency rate_;
  double offset_, noise_;
};

}  // namespace ohmweave::circuit
