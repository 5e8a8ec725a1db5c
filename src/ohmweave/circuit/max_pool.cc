// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/max_pool.h"

namespace ohmweave::circuit {

MaxPool::MaxPool(const MaxPoolSpec& spec) : Component("max_pool", spec) {
  add_action(Verb::Compare, spec.rate, "comparison");
}

}  // namespace ohmweave::circuit
