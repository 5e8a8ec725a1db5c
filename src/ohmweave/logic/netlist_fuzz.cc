// SPDX-License-Identifier: Apache-2.0
// Seeds: examples/logic
#include <cstdint>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/logic/simpler.h"

/// Any bytes are a netlist in each form, which is compiled, or a diagnosis of what is wrong with them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ohmweave;
  using namespace ohmweave::logic;
  const auto source = std::make_shared<const base::Source>(
      base::Source{"fuzz.netlist", std::string(reinterpret_cast<const char*>(data), size)});
  for (const auto read : {read_netlist_text, read_blif, read_verilog}) {
    try {
      const Netlist netlist = read(source);
      if (netlist.gates.size() > 1000) continue;
      const NorNetwork network = map_to_nor(netlist, {2, 1});
      check(schedule_row(netlist, network, 256).program);
    } catch (const base::Failure&) {
    }
  }
  return 0;
}
