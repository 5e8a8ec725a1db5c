// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct RouterSpec : CostSpec {
  int64_t ports = 1;
  units::Data flit;
  units::DataRate bandwidth;

  static constexpr auto fields() {
    using S = RouterSpec;
    return component_fields<S>(
        config::required("ports", &S::ports, "ports of one router").within(1, 1024),
        config::required("flit", &S::flit, "what a port passes at a time").above(0),
        config::required("bandwidth", &S::bandwidth, "bytes a second of one port").above(0));
  }
};

/// A switch of the network on chip; at its peak every port passes a flit at the same time.
class Router : public Component {
 public:
  explicit Router(const RouterSpec& spec);
  int64_t ports() const { return ports_; }
  units::Data flit() const { return flit_; }
  /// Of one port.
  units::DataRate bandwidth() const { return bandwidth_; }

 private:
  int64_t ports_;
  units::Data flit_;
  units::DataRate bandwidth_;
};

}  // namespace ohmweave::circuit
