// SPDX-License-Identifier: Apache-2.0
// Seeds: tests/data/machine designs library
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/machine/machine.h"

/// Any bytes are a machine or a diagnosis of what is wrong with them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ohmweave;
  auto source = std::make_shared<const base::Source>(
      base::Source{"fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size)});
  try {
    machine::Machine m = machine::build(config::parse_yaml(source), "fuzz");
    for (const machine::Node* node : m.nodes()) (void)m.find(node->path);
    (void)m.arrays().array->plan({100, 10, 1}, m.formats);
  } catch (const base::Failure&) {
  }
  return 0;
}
