// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct SampleHoldSpec : CostSpec {
  units::Frequency rate;

  static constexpr auto fields() {
    using S = SampleHoldSpec;
    return component_fields<S>(config::required("rate", &S::rate, "samples a second").above(0));
  }
};

/// Holds the sum of a column while the converter comes round to it and the array reads on.
class SampleHold : public Component {
 public:
  explicit SampleHold(const SampleHoldSpec& spec);
};

}  // namespace ohmweave::circuit
