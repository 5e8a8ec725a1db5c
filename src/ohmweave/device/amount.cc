// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/amount.h"

namespace ohmweave::config {

using device::Amount;

bool Value<Amount>::decode(const Node& n, Amount& v, base::Diagnostics& d) {
  const std::optional<units::Measure> m =
      n.kind == Node::Kind::Scalar ? units::parse_measure(n.text) : std::nullopt;
  if (m && m->dimension == units::Dimension{}) {
    v = {m->si, true};
  } else {
    double si = 0;
    if (!decode_quantity(n, units::DimensionOf<units::Conductance>::value, si, d)) return false;
    v = {si, false};
  }
  if (v.value >= 0) return true;
  d.error(n.span, fmt::format("{} is out of range; must be at least 0", n.text));
  return false;
}

Node Value<Amount>::encode(const Amount& v) {
  return scalar(v.of_range ? fmt::format("{}", v.value) : units::write(units::Conductance::from_si(v.value)));
}

}  // namespace ohmweave::config
