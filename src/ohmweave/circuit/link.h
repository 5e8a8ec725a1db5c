// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct LinkSpec : CostSpec {
  units::DataRate bandwidth;

  static constexpr auto fields() {
    using S = LinkSpec;
    return component_fields<S>(
        config::required("bandwidth", &S::bandwidth, "bytes a second of one link").above(0));
  }
};

/// A connection that leaves the chip. What it draws without traffic is its static power.
class Link : public Component {
 public:
  explicit Link(const LinkSpec& spec);
  units::DataRate bandwidth() const { return bandwidth_; }
  bool shrinks() const override { return false; }

 private:
  units::DataRate bandwidth_;
};

}  // namespace ohmweave::circuit
