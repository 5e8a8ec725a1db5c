// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::mapping {

/// The `programming:` group of a design's mapping: the way weights take to the arrays.
struct Delivery {
  std::vector<std::string> through;  // paths of machine nodes
  static constexpr auto fields() {
    return std::tuple{config::required("through", &Delivery::through,
                                       "components that weights pass on their way to the arrays")};
  }
};

/// The `morph:` group: arrays that are memory while they compute nothing (PRIME, section III-A2).
struct Morph {
  units::Data data;
  std::vector<std::string> through;  // paths of machine nodes
  std::optional<units::Time> reconfigure;
  std::optional<units::Energy> reconfigure_energy;
  bool restore = false;
  static constexpr auto fields() {
    using M = Morph;
    return std::tuple{
        config::required("data", &M::data, "what one array holds as memory and is saved before it computes")
            .at_least(0),
        config::required("through", &M::through, "components that saved data pass on their way"),
        config::defaulted("reconfigure", &M::reconfigure,
                          "time in which the arrays' periphery changes its mode, all at once")
            .at_least(0),
        config::defaulted("reconfigure_energy", &M::reconfigure_energy, "energy of that, one array")
            .at_least(0),
        config::defaulted("restore", &M::restore,
                          "whether the data are moved and written back when the arrays become memory again")};
  }
};

}  // namespace ohmweave::mapping
