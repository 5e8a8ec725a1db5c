// SPDX-License-Identifier: Apache-2.0
// How kinds of layers are declared: what the files text_*_layers.cc share.
#pragma once

#include <tuple>
#include <utility>
#include <vector>

#include "ohmweave/network/text_layers.h"
#include "ohmweave/network/text_values.h"

namespace ohmweave::network {

using Integers = std::vector<int64_t>;
using Attributes = std::map<std::string, Attribute>;

constexpr double kMostUnits = 1 << 20;  // channels, units: far above any network, far below what overflows

/// Parameters that every kind of layer has.
template <class Spec>
constexpr auto placed() {
  return std::tuple(config::defaulted("name", static_cast<std::string Spec::*>(&Spec::name),
                                      "what other layers call the result"),
                    config::defaulted("from", static_cast<std::string Spec::*>(&Spec::from),
                                      "the layer to read; without it the layer before"));
}

/// A layer without parameters of its own.
template <Op op>
struct Plain : Placement {
  static constexpr auto fields() { return placed<Plain<op>>(); }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const { return site.node(op, {site.input()}); }
};

template <class Spec>
bool read_layer(config::Node& arguments, base::Diagnostics& d, Placement& placement, LayerBuild& build) {
  Spec spec;
  if (!config::read(arguments, spec, d)) return false;
  placement = spec;
  if constexpr (requires { spec.others; }) {
    placement.operands = spec.others.each;
    placement.operands_key = Spec::kOthers;
  }
  build = [spec](LayerSite& site, const std::vector<ValueId>& with) { return spec.build(site, with); };
  return true;
}

template <class Spec>
LayerKind kind(std::string_view word, std::string_view doc, std::string_view alone = "") {
  return {word, alone, doc, &config::describe_fields<Spec>, &read_layer<Spec>};
}

/// The kinds, by file.
std::vector<LayerKind> sequence_layer_kinds();
LayerKind transposed_convolution_kind();
LayerKind lstm_kind();

}  // namespace ohmweave::network
