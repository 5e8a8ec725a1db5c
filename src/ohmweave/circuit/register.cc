// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/register.h"

namespace ohmweave::circuit {

Register::Register(const RegisterSpec& spec)
    : Component("register", spec), role_(spec.role), capacity_(spec.capacity), bandwidth_(spec.bandwidth) {
  add_action(Verb::Read, bandwidth_);
  add_action(Verb::Write, bandwidth_);
}

}  // namespace ohmweave::circuit
