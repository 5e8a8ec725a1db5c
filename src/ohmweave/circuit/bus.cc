// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/bus.h"

namespace ohmweave::circuit {

Bus::Bus(const BusSpec& spec) : Component("bus", spec), wires_(spec.wires), bandwidth_(spec.bandwidth) {
  add_action(Verb::Move, bandwidth_);
}

}  // namespace ohmweave::circuit
