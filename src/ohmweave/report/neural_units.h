// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>

#include "ohmweave/report/baseline.h"

namespace ohmweave::report {

/// What the chips of a machine divide among themselves in a layer whose results have positions.
enum class Split {
  Positions,  // of the maps: every chip has all maps there, and all weights of the layer
  Maps,       // every chip has some maps, at all positions
};

}  // namespace ohmweave::report

template <>
struct ohmweave::config::Words<ohmweave::report::Split> {
  using enum ohmweave::report::Split;
  static constexpr std::pair<std::string_view, ohmweave::report::Split> values[] = {{"positions", Positions},
                                                                                    {"maps", Maps}};
};

namespace ohmweave::report {

/// Chips of digital neural functional units with all weights in on-chip memory (docs/models/dadiannao.md). In a
/// cycle a tile multiplies `inputs` values, the same in all tiles of a chip, with their weights for `outputs`
/// results of its own.
struct NeuralUnitsSpec {
  int64_t chips = 0;  // 0: the least power of two that holds the weights
  int64_t most_chips = 64;
  Split split = Split::Positions;
  int64_t tiles = 1, inputs = 1, outputs = 1;
  int64_t peak_operations = 1;  // of a tile and cycle, as its makers count them
  units::Frequency clock;
  units::Data weights;      // room for weights on a chip
  units::Data value;        // size of a weight or activation
  units::DataRate links;    // into a chip, all its links together
  units::Power tile_power;  // of all tiles of a chip at peak
  units::Power link_power;  // of a chip's links, with or without traffic
  units::Area area;         // of a chip
  static constexpr auto fields() {
    using B = NeuralUnitsSpec;
    return std::tuple{
        config::defaulted("chips", &B::chips, "chips; 0: the least power of two that holds the weights")
            .within(0, 1e6),
        config::defaulted("most_chips", &B::most_chips, "of them, if their number is free").within(1, 1e6),
        config::defaulted("split", &B::split, "what the chips divide among themselves"),
        config::required("tiles", &B::tiles, "tiles of a chip").within(1, 1e6),
        config::required("inputs", &B::inputs, "values that a tile multiplies in a cycle").within(1, 1e6),
        config::required("outputs", &B::outputs, "results that it multiplies them for").within(1, 1e6),
        config::required("peak_operations", &B::peak_operations,
                         "operations of a tile and cycle as its makers count them")
            .within(1, 1e9),
        config::required("clock", &B::clock, "cycles").above(0),
        config::required("weights", &B::weights, "room for weights on a chip").above(0),
        config::required("value", &B::value, "size of a weight or activation").above(0),
        config::required("links", &B::links, "rate into a chip over all its links").above(0),
        config::required("tile_power", &B::tile_power, "of all tiles of a chip at peak").at_least(0),
        config::required("link_power", &B::link_power, "of a chip's links at all times").at_least(0),
        config::required("area", &B::area, "of a chip").above(0)};
  }
};

class NeuralUnits : public BaselineModel {
 public:
  NeuralUnits(const NeuralUnitsSpec& spec, std::string name) : spec_(spec), name_(std::move(name)) {}
  Peak peak() const override;
  Estimate estimate(const network::Graph& graph, const Workload& workload) const override;

 private:
  int64_t chips_for(const network::Graph& graph) const;
  NeuralUnitsSpec spec_;
  std::string name_;
};

}  // namespace ohmweave::report
