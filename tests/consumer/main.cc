// SPDX-License-Identifier: Apache-2.0
// What a program of somebody else does with the library: a network onto a machine, and its time.
#include <cstdio>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/network.h"

int main() {
  const ohmweave::network::Loaded network = ohmweave::network::load("lenet5");
  const ohmweave::machine::Machine machine = ohmweave::machine::load("isaac");
  const ohmweave::mapping::Mapping mapping = ohmweave::mapping::compile(network.graph, machine, {});
  const ohmweave::execution::Timing timing = ohmweave::execution::time(mapping.program);
  std::printf("%s on %s: %lld arrays, %.1f us\n", network.graph.name.c_str(), machine.title.c_str(),
              static_cast<long long>(mapping.arrays_used), static_cast<double>(timing.end) * 1e-6);
  return mapping.fits && timing.end > 0 ? 0 : 1;
}
