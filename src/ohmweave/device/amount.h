// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ohmweave/config/value.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::device {

/// A difference of conductances: in siemens, or as a part of the range from level 0 to the highest, as models
/// that know no siemens give it.
struct Amount {
  double value = 0;
  bool of_range = true;

  constexpr bool operator==(const Amount&) const = default;
};

}  // namespace ohmweave::device

template <>
struct ohmweave::config::Value<ohmweave::device::Amount> {
  static bool decode(const Node& n, ohmweave::device::Amount& v, base::Diagnostics& d);
  static Node encode(const ohmweave::device::Amount& v);
  static std::string type() { return "quantity in S, or a part of the range of levels"; }
};
