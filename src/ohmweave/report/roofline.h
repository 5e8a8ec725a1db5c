// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>

#include "ohmweave/report/baseline.h"

namespace ohmweave::report {

/// A processor that a layer keeps waiting for its arithmetic or for its memory (docs/models/baselines.md).
struct RooflineSpec {
  units::Frequency peak;  // operations, two per multiply-accumulate
  double compute_efficiency = 1;
  units::DataRate bandwidth;
  double bandwidth_efficiency = 1;
  units::Data cache, memory, value;
  units::Time overhead;
  units::Power power, idle_power;
  double busy = 1;
  units::EnergyPerData memory_energy;
  std::optional<units::Area> area;
  static constexpr auto fields() {
    using R = RooflineSpec;
    return std::tuple{
        config::required("peak", &R::peak, "operations a second, two per multiply-accumulate").above(0),
        config::required("compute_efficiency", &R::compute_efficiency,
                         "share of the peak that layers reach, counted as direct products: fast algorithms can "
                         "take it above 1, for kernels larger than 1")
            .within(1e-6, 10),
        config::required("bandwidth", &R::bandwidth, "of the memory").above(0),
        config::required("bandwidth_efficiency", &R::bandwidth_efficiency, "share of it that layers reach")
            .within(1e-6, 1),
        config::required("cache", &R::cache, "last level; what fits there stays there").at_least(0),
        config::required("memory", &R::memory, "room for weights and values").above(0),
        config::required("value", &R::value, "size of a weight or activation").above(0),
        config::defaulted("overhead", &R::overhead, "least time of an operator").at_least(0),
        config::required("power", &R::power, "of the processor at its limit").above(0),
        config::required("idle_power", &R::idle_power, "of the processor without work").at_least(0),
        config::defaulted("busy", &R::busy, "how far a layer takes it from idle to its limit").within(0, 1),
        config::defaulted("memory_energy", &R::memory_energy,
                          "of what moves to and from a memory that the power does not include")
            .at_least(0),
        config::defaulted("area", &R::area, "of the chip").above(0)};
  }
};

class Roofline : public BaselineModel {
 public:
  Roofline(const RooflineSpec& spec, std::string name) : spec_(spec), name_(std::move(name)) {}
  Peak peak() const override;
  Estimate estimate(const network::Graph& graph, const Workload& workload) const override;

 private:
  void check_room(const network::Graph& graph, double batch) const;
  RooflineSpec spec_;
  std::string name_;
};

}  // namespace ohmweave::report
