// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/dac.h"

namespace ohmweave::circuit {

Dac::Dac(const DacSpec& spec) : Component("dac", spec), bits_(spec.bits) {
  add_action(Verb::Drive, spec.rate, "row");
}

}  // namespace ohmweave::circuit
