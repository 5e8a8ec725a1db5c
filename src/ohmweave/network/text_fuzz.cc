// SPDX-License-Identifier: Apache-2.0
// Seeds: networks
#include <cstdint>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/text.h"

/// Any bytes are a network or a diagnosis of what is wrong with them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ohmweave;
  try {
    network::Graph graph = network::read_text(std::make_shared<const base::Source>(
        base::Source{"fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size)}));
    network::validate(graph);
    network::infer_shapes(graph);
    (void)network::parameter_count(graph);
    (void)network::multiply_accumulates(graph);
  } catch (const base::Failure&) {
  }
  return 0;
}
