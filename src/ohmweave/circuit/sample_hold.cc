// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/sample_hold.h"

namespace ohmweave::circuit {

SampleHold::SampleHold(const SampleHoldSpec& spec) : Component("sample_hold", spec) {
  add_action(Verb::Sample, spec.rate, "sample");
}

}  // namespace ohmweave::circuit
