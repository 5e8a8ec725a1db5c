// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "ohmweave/config/fields.h"
#include "ohmweave/tensor/floating_point.h"
#include "ohmweave/tensor/scales.h"
#include "ohmweave/units/quantity.h"

template <>
struct ohmweave::config::Value<ohmweave::tensor::FloatingPoint> {
  static bool decode(const Node& n, tensor::FloatingPoint& v, base::Diagnostics& d);
  static Node encode(const tensor::FloatingPoint& v) { return scalar(tensor::print(v)); }
  static std::string type() { return "bf16 | fp16 | fp32 | float:E:M"; }
};

namespace ohmweave::machine {

/// The numbers a machine multiplies: whole ones, or floating-point ones.
struct PrecisionSpec {
  std::optional<int> weight, input;
  std::optional<tensor::FloatingPoint> floating;
  bool unsigned_inputs = false;
  tensor::Scales scales = tensor::Scales::Free;
  static constexpr auto fields() {
    using P = PrecisionSpec;
    return std::tuple{
        config::defaulted("weight", &P::weight, "bits of a weight; machines of whole numbers need both")
            .within(1, 16),
        config::defaulted("input", &P::input, "bits of an input").within(1, 16),
        config::defaulted("floating", &P::floating,
                          "instead of both: the floating-point numbers it computes with; E bits of exponent (2 "
                          "to 8) and M of mantissa (1 to 23)"),
        config::defaulted("unsigned_inputs", &P::unsigned_inputs,
                          "whether inputs have no sign: codes of activations that may be negative "
                          "count from a zero point"),
        config::defaulted("scales", &P::scales,
                          "what the step between codes may be; power_of_two is dynamic fixed point")};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

/// The head of a design file; what remains is `sources`, `chips`, `mapping` and the root group of the machine.
struct DesignSpec {
  std::string format, name, title;
  units::Length technology;
  PrecisionSpec precision;
  static constexpr auto fields() {
    using D = DesignSpec;
    return std::tuple{config::required("format", &D::format, "always ohmweave-design/1"),
                      config::required("name", &D::name, "what the design is called by"),
                      config::required("title", &D::title, "the design, for people"),
                      config::required("technology", &D::technology, "node that its figures are for").above(0),
                      config::required("precision", &D::precision, "numbers it multiplies")};
  }
};

/// A group has what it counts and, under any other name, its parts.
struct GroupSpec {
  int64_t count = 1, shared_by = 1;
  static constexpr auto fields() {
    using G = GroupSpec;
    return std::tuple{
        config::defaulted("count", &G::count, "instances in one instance of the group around it")
            .within(1, 1e9),
        config::defaulted("shared_by", &G::shared_by, "instances of the group around it that share these")
            .within(1, 1e9)};
  }
};

}  // namespace ohmweave::machine

template <>
struct ohmweave::config::Words<ohmweave::tensor::Scales> {
  using enum ohmweave::tensor::Scales;
  static constexpr std::pair<std::string_view, ohmweave::tensor::Scales> values[] = {
      {"free", Free}, {"power_of_two", PowerOfTwo}};
};
