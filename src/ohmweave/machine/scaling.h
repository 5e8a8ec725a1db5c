// SPDX-License-Identifier: Apache-2.0
// From one technology node to another (docs/models/scaling.md), by the equations of Stillmaker and Baas,
// "Scaling equations for the accurate prediction of CMOS device performance from 180 nm to 7 nm", Integration
// 58 (2017), doi 10.1016/j.vlsi.2017.02.002.
#pragma once

#include "ohmweave/machine/machine.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::machine {

/// What figures of CMOS circuits are multiplied with.
struct ScalingFactors {
  double area = 1, energy = 1, delay = 1;
};

/// The nodes that the law covers.
constexpr double kLargestNode_m = 180e-9, kSmallestNode_m = 7e-9;

/// Each node at the nominal supply of its transistor models. Between the nodes of the tables factors are
/// interpolated, straight lines of logarithms. Failure for a node outside of them.
ScalingFactors scaling_factors(units::Length from, units::Length to);
/// The law itself, for a supply in volts: relative energy of an operation and relative delay at one of the
/// nodes of the tables (nanometres: 180, 130, 90, 65, 45, 32, 20, 16, 14, 10, 7).
double relative_energy(int node, double volts);
double relative_delay(int node, double volts);

/// The machine at another node: area, power and energy of its components multiplied; those that do not shrink
/// with transistors (arrays, links) stay, and rates and cycles too, which the design chose. Sources of what was
/// multiplied end in ", scaled from 65 nm".
Machine scaled_to(const Machine& machine, units::Length node);

}  // namespace ohmweave::machine
