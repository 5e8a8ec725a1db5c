// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include "ohmweave/config/value.h"

namespace ohmweave::tensor {

/// What the step between codes may be.
enum class Scales {
  Free,
  PowerOfTwo,  // codes are numbers with a binary point in some place: dynamic fixed point
};

}  // namespace ohmweave::tensor

template <>
struct ohmweave::config::Words<ohmweave::tensor::Scales> {
  using enum ohmweave::tensor::Scales;
  static constexpr std::pair<std::string_view, ohmweave::tensor::Scales> values[] = {
      {"free", Free}, {"power_of_two", PowerOfTwo}};
};
