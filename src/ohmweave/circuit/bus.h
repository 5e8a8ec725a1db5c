// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct BusSpec : CostSpec {
  int64_t wires = 1;
  units::DataRate bandwidth;

  static constexpr auto fields() {
    using S = BusSpec;
    return component_fields<S>(config::required("wires", &S::wires, "data wires").within(1, 1e6),
                               config::required("bandwidth", &S::bandwidth, "bytes a second").above(0));
  }
};

/// Wires that one sender at a time uses.
class Bus : public Component {
 public:
  explicit Bus(const BusSpec& spec);
  int64_t wires() const { return wires_; }
  units::DataRate bandwidth() const { return bandwidth_; }

 private:
  int64_t wires_;
  units::DataRate bandwidth_;
};

}  // namespace ohmweave::circuit
