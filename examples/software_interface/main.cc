// SPDX-License-Identifier: Apache-2.0
// A program that uses an accelerator: the five steps of its software interface, and what they cost.
#include <cstdio>

#include "ohmweave/software/accelerator.h"

int main() {
  ohmweave::software::Accelerator accelerator("isaac");                    // any design
  accelerator.map_topology("digits-cnn");                                  // Map_Topology
  accelerator.program_weight(accelerator.calibration("digits"));           // Program_Weight
  accelerator.config_datapath();                                           // Config_Datapath
  const auto outputs = accelerator.run(accelerator.samples("digits", 8));  // Run
  for (const auto& guesses : accelerator.post_proc(outputs))               // Post_Proc
    std::printf("digit %d, %.1f %%\n", static_cast<int>(guesses[0].label), 100 * guesses[0].probability);
  const ohmweave::software::Costs costs = accelerator.costs();
  std::printf("programming %.1f us; 8 digits in %.1f us\n", *costs.programming->time_s * 1e6,
              costs.time_s * 1e6);
}
