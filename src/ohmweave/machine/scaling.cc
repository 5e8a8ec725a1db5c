// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/scaling.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/units/text.h"

namespace ohmweave::machine {
namespace {

/// A node: relative area, nominal supply, coefficients of the delay (of V^3, V^2, V, 1) and of the energy (of
/// V^2, V, 1). High-performance transistors below 65 nm. Supplies are those of the Predictive Technology
/// Model's cards, which the equations were fitted to.
struct NodeLaw {
  int node;
  double area, volts;
  double delay[4], energy[3];
};
constexpr NodeLaw kLaws[] = {{180, 320, 1.8, {0, 97.09, -356.7, 406.5}, {0, 24.64, -17.98}},
                             {130, 110, 1.3, {-76.65, 334.9, -493.4, 275.8}, {7.171, -6.709, 2.904}},
                             {90, 48, 1.2, {-60.34, 262.5, -384.2, 210.9}, {4.762, -4.781, 2.092}},
                             {65, 25, 1.1, {-53.3, 230.4, -333.9, 178.6}, {3.755, -4.398, 1.975}},
                             {45, 17, 1.0, {-501.6, 1567, -1619, 566.1}, {1.018, -0.3107, 0.1539}},
                             {32, 7.8, 0.9, {-1047, 2982, -2797, 873.5}, {0.8367, -0.4341, 0.1701}},
                             {20, 3.6, 0.9, {0, 34.63, -66.37, 41.15}, {0.373, -0.1582, 0.04104}},
                             {16, 3.2, 0.85, {0, 24.8, -47.52, 28.87}, {0.2958, -0.1241, 0.03024}},
                             {14, 2.9, 0.8, {-40.66, 109.2, -100.6, 35.92}, {0.2363, -0.09675, 0.02239}},
                             {10, 1.7, 0.75, {-34.95, 93.65, -85.99, 30.4}, {0.2068, -0.09311, 0.02375}},
                             {7, 1, 0.7, {-28.58, 76.6, -70.26, 24.69}, {0.1776, -0.09097, 0.02447}}};

double energy_of(const NodeLaw& law, double v) {
  return (law.energy[0] * v + law.energy[1]) * v + law.energy[2];
}
double delay_of(const NodeLaw& law, double v) {
  return ((law.delay[0] * v + law.delay[1]) * v + law.delay[2]) * v + law.delay[3];
}

const NodeLaw& law_of(int node) {
  const auto at =
      std::find_if(std::begin(kLaws), std::end(kLaws), [&](const NodeLaw& l) { return l.node == node; });
  OHMWEAVE_CHECK(at != std::end(kLaws), "a node that the tables do not have");
  return *at;
}

/// Relative figures of a node at its nominal supply.
ScalingFactors at_node(units::Length node) {
  const double nm = node.si() * 1e9;
  constexpr double kSlack = 1e-6;
  if (nm > kLaws[0].node * (1 + kSlack) || nm < std::prev(std::end(kLaws))->node * (1 - kSlack))
    base::fail("technology",
               fmt::format("figures cannot be scaled from or to {}; the law covers 180 nm to 7 nm",
                           units::print(node)));
  const auto below = std::find_if(std::begin(kLaws) + 1, std::prev(std::end(kLaws)),
                                  [&](const NodeLaw& l) { return l.node <= nm; });
  const NodeLaw &large = *std::prev(below), &small = *below;
  const double share =
      std::clamp(std::log(large.node / nm) / std::log(static_cast<double>(large.node) / small.node), 0.0, 1.0);
  const auto between = [&](double a, double b) {
    return std::exp((1 - share) * std::log(a) + share * std::log(b));
  };
  return {between(large.area, small.area),
          between(energy_of(large, large.volts), energy_of(small, small.volts)),
          between(delay_of(large, large.volts), delay_of(small, small.volts))};
}

void mark(Node& node, const std::string& note) {
  if (node.component && node.component->is_scaled()) node.source += (node.source.empty() ? "" : ", ") + note;
  for (auto& child : node.children) mark(*child, note);
}

}  // namespace

double relative_energy(int node, double volts) { return energy_of(law_of(node), volts); }
double relative_delay(int node, double volts) { return delay_of(law_of(node), volts); }

ScalingFactors scaling_factors(units::Length from, units::Length to) {
  const ScalingFactors a = at_node(from), b = at_node(to);
  return {b.area / a.area, b.energy / a.energy, b.delay / a.delay};
}

Machine scaled_to(const Machine& machine, units::Length node) {
  const ScalingFactors factors = scaling_factors(machine.technology, node);
  Machine out = build(machine.design, machine.configuration, {factors.area, factors.energy});
  mark(*out.root, "scaled from " + units::print(machine.technology));
  out.technology = node;
  return out;
}

}  // namespace ohmweave::machine
