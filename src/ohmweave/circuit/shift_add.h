// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct ShiftAddSpec : CostSpec {
  units::Frequency rate;

  static constexpr auto fields() {
    using S = ShiftAddSpec;
    return component_fields<S>(config::required("rate", &S::rate, "additions a second of one unit").above(0));
  }
};

/// Shifts a number and adds it to another: merges digits of inputs, slices of weights and partial sums.
class ShiftAdd : public Component {
 public:
  explicit ShiftAdd(const ShiftAddSpec& spec);
};

}  // namespace ohmweave::circuit
