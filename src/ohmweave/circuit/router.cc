// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/router.h"

namespace ohmweave::circuit {

Router::Router(const RouterSpec& spec)
    : Component("router", spec), ports_(spec.ports), flit_(spec.flit), bandwidth_(spec.bandwidth) {
  add_action(Verb::Move, bandwidth_ * static_cast<double>(ports_));
}

}  // namespace ohmweave::circuit
