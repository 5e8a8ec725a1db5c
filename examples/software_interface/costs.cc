// SPDX-License-Identifier: Apache-2.0
// Costs after every step, and raw outputs into a file:
//   software_costs DESIGN NETWORK DATA SAMPLES OUTPUTS.npy
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include "ohmweave/network/data.h"
#include "ohmweave/software/accelerator.h"

namespace {

void use(const std::string& design, const std::string& network, const std::string& data, long samples,
         const char* file) {
  ohmweave::software::Accelerator accelerator(design);
  std::printf("arrays %lld\n", static_cast<long long>(accelerator.map_topology(network).arrays_used));
  const auto& programming = accelerator.program_weight(accelerator.calibration(data));
  std::printf("cells %lld\n", static_cast<long long>(programming.cells));
  std::printf("programming %.17g s %.17g J\n", programming.time_s.value_or(0),
              programming.energy_J.value_or(0));
  accelerator.config_datapath();
  const ohmweave::software::Costs ready = accelerator.costs();
  std::printf("configuration %lld commands\n", static_cast<long long>(ready.configuration_commands));
  std::printf("inference %.17g s %.17g J %.17g per s\n", ready.inference->latency_s,
              ready.inference->energy_per_inference_J, ready.inference->throughput_per_s);
  const auto outputs = accelerator.run(accelerator.samples(data, samples));
  const ohmweave::software::Costs after = accelerator.costs();
  std::printf("run %.17g s %.17g J\n", after.time_s, after.energy_J);
  std::ofstream(file, std::ios::binary) << ohmweave::network::write_npy(outputs[0]);
}

}  // namespace

int main(int count, char** words) {
  if (count != 6) {
    std::fprintf(stderr, "usage: software_costs DESIGN NETWORK DATA SAMPLES OUTPUTS.npy\n");
    return 2;
  }
  try {
    use(words[1], words[2], words[3], std::stol(words[4]), words[5]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
