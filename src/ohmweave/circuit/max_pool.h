// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct MaxPoolSpec : CostSpec {
  units::Frequency rate;

  static constexpr auto fields() {
    using S = MaxPoolSpec;
    return component_fields<S>(config::required("rate", &S::rate, "comparisons a second of one unit").above(0));
  }
};

/// Keeps the largest of the values it is shown, one comparison per value.
class MaxPool : public Component {
 public:
  explicit MaxPool(const MaxPoolSpec& spec);
};

}  // namespace ohmweave::circuit
