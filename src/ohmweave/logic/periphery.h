// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// What the drivers of a row with partitions can do in one cycle (Leitersdorf et al., PartitionPIM, 2022).
/// Cycles of initialisations alone are free in all of them.
enum class Periphery : uint8_t {
  Unlimited,  // any gates in separate runs of partitions
  Standard,  // the same gate everywhere, with its cells at the same places within their partitions, inputs of a
             // gate in one partition, all outputs on the same side of it
  Minimal,   // besides, equal distances from inputs to output and equal steps from gate to gate
};

/// The first thing in a program that a periphery cannot do ("cycle 12: ..."), "" if it can do everything.
std::string violation(const LogicProgram& program, Periphery periphery);
/// The least periphery that runs a program.
Periphery least_periphery(const LogicProgram& program);

}  // namespace ohmweave::logic
