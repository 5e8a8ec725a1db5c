// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct DacSpec : CostSpec {
  int bits = 1;
  units::Frequency rate;

  static constexpr auto fields() {
    using S = DacSpec;
    return component_fields<S>(
        config::required("bits", &S::bits, "bits of an input fed to a row at a time; 1: an inverter")
            .within(1, 8),
        config::required("rate", &S::rate, "times a second a row is driven").above(0));
  }
};

/// Digital-to-analog converter of a row: drives one digit of an input at a time.
class Dac : public Component {
 public:
  explicit Dac(const DacSpec& spec);
  int bits() const { return bits_; }
  /// Times it drives its row for an input of so many bits.
  int cycles(int input_bits) const { return (input_bits + bits_ - 1) / bits_; }

 private:
  int bits_;
};

}  // namespace ohmweave::circuit
