// SPDX-License-Identifier: Apache-2.0
// Seeds: examples/logic
#include <cstdint>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/mapping/logic/simpler.h"

/// Any bytes are a netlist in each form, which is compiled, or a diagnosis of what is wrong with them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ohmweave;
  const auto source = std::make_shared<const base::Source>(
      base::Source{"fuzz.netlist", std::string(reinterpret_cast<const char*>(data), size)});
  for (const auto read : {mapping::read_netlist_text, mapping::read_blif, mapping::read_verilog}) {
    try {
      const mapping::Netlist netlist = read(source);
      if (netlist.gates.size() > 1000) continue;
      const mapping::NorNetwork network = mapping::map_to_nor(netlist, {2, 1});
      array::check(mapping::schedule_row(netlist, network, 256).program);
    } catch (const base::Failure&) {
    }
  }
  return 0;
}
