// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>

#include "ohmweave/report/baseline.h"

namespace ohmweave::report {

/// A unit of multipliers and adder trees with small buffers, beside or inside a memory
/// (docs/models/baselines.md). In a cycle it multiplies `inputs` values with their weights for `outputs`
/// results.
struct NeuralProcessorSpec {
  int64_t units = 1, inputs = 1, outputs = 1;
  bool window = false;
  units::Frequency clock;
  units::Data value, weight_buffer, value_buffer;
  units::DataRate bandwidth;
  double bandwidth_efficiency = 1;
  units::EnergyPerData memory_energy;
  units::Power power;
  double waiting = 1;
  units::Area area;
  static constexpr auto fields() {
    using N = NeuralProcessorSpec;
    return std::tuple{
        config::defaulted("units", &N::units, "units, each with a memory path and samples of its own")
            .within(1, 1e6),
        config::required("inputs", &N::inputs, "values that a unit multiplies in a cycle").within(1, 1e6),
        config::required("outputs", &N::outputs, "results that it multiplies them for").within(1, 1e6),
        config::defaulted("window", &N::window, "whether elements of a kernel count among the inputs"),
        config::required("clock", &N::clock, "cycles").above(0),
        config::required("value", &N::value, "size of a weight or activation").above(0),
        config::required("weight_buffer", &N::weight_buffer, "room for weights in a unit").above(0),
        config::required("value_buffer", &N::value_buffer, "room for inputs, and the same again for results")
            .above(0),
        config::required("bandwidth", &N::bandwidth, "between a unit and memory").above(0),
        config::required("bandwidth_efficiency", &N::bandwidth_efficiency, "share of it that layers reach")
            .within(1e-6, 1),
        config::required("memory_energy", &N::memory_energy, "of what moves to and from memory").at_least(0),
        config::required("power", &N::power, "of a unit while it computes").above(0),
        config::required("waiting", &N::waiting, "share of the power while it waits for memory").within(0, 1),
        config::required("area", &N::area, "of a unit").above(0)};
  }
};

class NeuralProcessor : public BaselineModel {
 public:
  NeuralProcessor(const NeuralProcessorSpec& spec, std::string name) : spec_(spec), name_(std::move(name)) {}
  Peak peak() const override;
  Estimate estimate(const network::Graph& graph, const Workload& workload) const override;

 private:
  NeuralProcessorSpec spec_;
  std::string name_;
};

}  // namespace ohmweave::report
