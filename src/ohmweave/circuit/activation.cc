// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/activation.h"

#include <algorithm>

namespace ohmweave::circuit {

Activation::Activation(const ActivationSpec& spec) : Component("activation", spec), functions_(spec.functions) {
  add_action(Verb::Apply, spec.rate, "value");
}

bool Activation::computes(std::string_view function) const {
  return std::any_of(functions_.begin(), functions_.end(),
                     [&](Function f) { return config::word_of(f) == function; });
}

}  // namespace ohmweave::circuit
