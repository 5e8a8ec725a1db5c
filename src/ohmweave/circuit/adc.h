// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// Where power, area and energy of an ADC come from.
enum class AdcModel {
  Reference,  // a published converter, scaled in resolution: linear parts and a capacitive DAC that doubles per
              // bit
  Survey,  // fit to the published converters of the Murmann survey (Andrulis and Chen, Accelergy ADC plug-in)
};
/// What code a column sum becomes when the converter has fewer codes than there are sums.
enum class AdcRange {
  Clip,   // one code per unit of the sum; larger sums read as the largest code
  Scale,  // the codes are spread over all possible sums; the sum is rounded to the nearest
};

struct AdcSpec : CostSpec {
  int bits = 8;
  AdcRange range = AdcRange::Clip;
  units::Frequency rate;
  AdcModel model = AdcModel::Reference;
  int reference_bits = 8;  // resolution that power, area and energy are given for
  double capacitive_power_share =
      0;  // at reference_bits; the rest grows linearly with bits (Saberi et al., 2011)
  double capacitive_area_share = 0;
  std::optional<units::Length> technology;  // for AdcModel::Survey

  static constexpr auto fields() {
    using S = AdcSpec;
    return component_fields<S>(
        config::required("bits", &S::bits, "resolution").within(1, 16),
        config::defaulted("range", &S::range, "what a sum beyond the codes becomes"),
        config::required("rate", &S::rate, "conversions per second of one converter").above(0),
        config::defaulted("model", &S::model,
                          "where power and area come from; survey computes its own from bits, "
                          "rate and technology"),
        config::defaulted("reference_bits", &S::reference_bits,
                          "resolution that the given power and area belong to")
            .within(1, 16),
        config::defaulted("capacitive_power_share", &S::capacitive_power_share,
                          "share of the reference power that doubles per bit; the rest grows linearly")
            .within(0, 1),
        config::defaulted("capacitive_area_share", &S::capacitive_area_share,
                          "share of the reference area that doubles per bit; the rest grows linearly")
            .within(0, 1),
        config::defaulted("technology", &S::technology, "node, for model survey").above(0));
  }
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// Analog-to-digital converter: one object for the codes it returns and what they cost.
class Adc : public Component {
 public:
  explicit Adc(const AdcSpec& spec);
  int bits() const { return bits_; }
  units::Frequency rate() const { return rate_; }
  AdcRange range() const { return range_; }
  int64_t most_code() const { return (int64_t{1} << bits_) - 1; }
  /// Whether every whole sum in [0, largest] comes back exactly.
  bool exact_up_to(int64_t largest) const { return largest <= most_code(); }
  /// The whole number read for a column sum in [0, largest], in units of the sum; `largest` is the largest sum
  /// the column can have, which AdcRange::Scale spreads its codes over.
  int64_t convert(int64_t sum, int64_t largest) const;

 private:
  int bits_;
  AdcRange range_;
  units::Frequency rate_;
};

/// Bits of a whole number: 8 for 255, 9 for 256.
int bits_of(int64_t value);
/// Least resolution that reads a column without loss, for `rows` rows, `input_bits` per cycle and `cell_bits`
/// per cell, before any saving by encoding. For rows a power of two it is ISAAC's equations (1) and (2).
int lossless_bits(int64_t rows, int input_bits, int cell_bits);

/// Cost of one conversion by the Murmann survey: the most efficient published converters at a resolution of 4
/// bits or more, a rate and a node (Andrulis and Chen, Accelergy ADC plug-in).
units::Energy survey_energy(int bits, units::Frequency rate, units::Length technology);
units::Area survey_area(int bits, units::Frequency rate, units::Length technology);

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::AdcModel> {
  using enum ohmweave::circuit::AdcModel;
  static constexpr std::pair<std::string_view, ohmweave::circuit::AdcModel> values[] = {
      {"reference", Reference}, {"survey", Survey}};
};
template <>
struct ohmweave::config::Words<ohmweave::circuit::AdcRange> {
  using enum ohmweave::circuit::AdcRange;
  static constexpr std::pair<std::string_view, ohmweave::circuit::AdcRange> values[] = {{"clip", Clip},
                                                                                        {"scale", Scale}};
};
