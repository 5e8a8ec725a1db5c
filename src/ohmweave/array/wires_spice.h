// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ohmweave/array/cell_curve.h"
#include "ohmweave/array/wires.h"

namespace ohmweave::array {

/// The netlist of a crossbar with these inputs, which `ngspice -b` solves and answers with the current of every
/// column, `i(vo0) = ...`, in amperes. Lines without resistance are one node, open cells are left out, and
/// columns are measured by sources of 0 V. What WireSolver::solve takes, it takes.
std::string spice_netlist(const Wires& wires, const CellCurve& curve, int64_t rows, int64_t columns,
                          std::span<const double> conductances, std::span<const double> volts,
                          std::span<const uint8_t> selected, const std::string& title);

}  // namespace ohmweave::array
