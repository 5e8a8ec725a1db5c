// SPDX-License-Identifier: Apache-2.0
// Seeds: examples/measurements
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/device/fit.h"

/// Any bytes are measurements, a device, or a diagnosis of what is wrong with them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ohmweave;
  auto source = std::make_shared<const base::Source>(
      base::Source{"fuzz.csv", std::string(reinterpret_cast<const char*>(data), size)});
  try {
    const device::Measurements measurements = device::parse_measurements(source);
    if (measurements.rows.size() < 200) device::fit_device(measurements, {});
  } catch (const base::Failure&) {
  }
  return 0;
}
