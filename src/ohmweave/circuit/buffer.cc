// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/buffer.h"

namespace ohmweave::circuit {

Buffer::Buffer(const BufferSpec& spec)
    : Component("buffer", spec),
      memory_(spec.memory),
      capacity_(spec.capacity),
      banks_(spec.banks),
      width_(spec.width),
      bandwidth_(spec.bandwidth) {
  add_action(Verb::Read, bandwidth_, spec.access);
  add_action(Verb::Write, bandwidth_, spec.recovery);
}

}  // namespace ohmweave::circuit
