// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/timing/timing.h"

#include "ohmweave/execution/timing/engine.h"

namespace ohmweave::execution {

Timing time(const program::Program& program, const TimingOptions& options) {
  return Engine<Rules>(program, options).run();
}

}  // namespace ohmweave::execution
