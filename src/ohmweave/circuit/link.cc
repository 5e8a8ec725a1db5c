// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/link.h"

namespace ohmweave::circuit {

Link::Link(const LinkSpec& spec) : Component("link", spec), bandwidth_(spec.bandwidth) {
  add_action(Verb::Move, bandwidth_);
}

}  // namespace ohmweave::circuit
