// SPDX-License-Identifier: Apache-2.0
// One converter in full: what a conversion costs, and how straight converters with its errors are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/linearity.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// A converter, and as many of them as were measured.
struct Converter {
  std::string name, title;  // "isaac_adc", or the path in its design; what kind it is
  std::shared_ptr<const circuit::Component> component;
  std::vector<circuit::Linearity> measured;
};

/// A figure of many converters.
struct Spread {
  double mean = 0, deviation = 0, worst = 0;  // of the largest magnitude
};

/// Measures `count` converters of a component; null component or none that converts sums: empty.
Converter measure_converter(std::string name, std::shared_ptr<const circuit::Component> component,
                            uint64_t seed, int64_t count);
/// Whether a component converts sums, so that measure_converter() has something to measure.
bool converts(const circuit::Component& component);

std::string converter_text(const Converter& converter, const Style& style, int columns);
nlohmann::ordered_json converter_json(const Converter& converter);
/// Integral and differential non-linearity over the codes, a line for each of some converters; SVG.
std::string converter_picture(const Converter& converter);

}  // namespace ohmweave::report
