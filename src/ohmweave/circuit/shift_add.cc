// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/shift_add.h"

namespace ohmweave::circuit {

ShiftAdd::ShiftAdd(const ShiftAddSpec& spec) : Component("shift_add", spec) {
  add_action(Verb::Add, spec.rate, "addition");
}

}  // namespace ohmweave::circuit
