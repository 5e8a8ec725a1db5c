// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/adc_parts.h"
#include "ohmweave/circuit/column_converter.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/converter_errors.h"
#include "ohmweave/circuit/sum_histogram.h"
#include "ohmweave/circuit/transfer.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// Where power, area and energy of an ADC come from.
enum class AdcModel {
  Reference,  // a published converter, scaled in resolution: linear parts and a capacitive DAC that doubles per
              // bit
  Parts,      // the sum of its comparators, capacitors, resistors and stages (AdcParts)
  Survey,  // fit to the published converters of the Murmann survey (Andrulis and Chen, Accelergy ADC plug-in)
};
/// Which sums of a column the codes stand for. All but Fixed never put codes closer than one step of a cell,
/// so that a converter with a code for each whole sum loses nothing.
enum class AdcRange {
  Clip,        // one code per step of a cell; sums beyond the codes read as the outermost code
  Scale,       // the codes are spread over all sums the column can have
  Fixed,       // from `low` to `high`
  Calibrated,  // spread over what the sums were on data; over all they can be if nothing is known
};
/// What `low` and `high` of AdcRange::Fixed count.
enum class AdcBounds { Steps, Share };  // steps of a cell; shares of the largest sum the column can have
/// How AdcRange::Calibrated chooses.
enum class AdcCalibration {
  MinMax,      // from the least to the largest sum
  Percentile,  // leaves out the outermost sums
  Mse,         // least mean of squared errors
};

struct AdcSpec : CostSpec, ConverterErrors, AdcParts {
  int bits = 8;
  AdcRange range = AdcRange::Clip;
  std::optional<double> low, high;
  std::optional<AdcBounds> bounds;
  std::optional<AdcCalibration> calibration;
  std::optional<double> percentile;
  std::optional<units::Frequency> rate;
  AdcModel model = AdcModel::Reference;
  int reference_bits = 8;  // resolution that power, area and energy are given for
  double capacitive_power_share =
      0;  // at reference_bits; the rest grows linearly with bits (Saberi et al., 2011)
  double capacitive_area_share = 0;
  std::optional<units::Length> technology;  // for AdcModel::Survey

  static constexpr auto fields() {
    using S = AdcSpec;
    return std::tuple_cat(
        std::tuple{
            config::required("bits", &S::bits, "resolution").within(1, 16),
            config::defaulted("range", &S::range, "which sums of a column the codes stand for"),
            config::defaulted("low", &S::low, "for range fixed: the sum that code 0 stands for (default 0)")
                .within(-1e12, 1e12),
            config::defaulted("high", &S::high, "for range fixed: the sum that the largest code stands for")
                .within(-1e12, 1e12),
            config::defaulted(
                "bounds", &S::bounds,
                "for range fixed: what low and high count, steps of a cell (default) or shares of "
                "the largest sum a column can have"),
            config::defaulted("calibration", &S::calibration,
                              "for range calibrated: minmax covers all sums that data gave, percentile leaves "
                              "out the outermost, mse (default) makes the mean squared error least"),
            config::defaulted("percentile", &S::percentile,
                              "for calibration percentile: how many percent of the sums are covered")
                .within(50, 100),
            config::defaulted("rate", &S::rate,
                              "conversions per second of one converter; not for model parts, which has a clock")
                .above(0),
            config::defaulted("model", &S::model,
                              "where power and area come from; survey computes its own from bits, "
                              "rate and technology, parts adds up comparators, capacitors and stages"),
            config::defaulted("reference_bits", &S::reference_bits,
                              "resolution that the given power and area belong to")
                .within(1, 16),
            config::defaulted("capacitive_power_share", &S::capacitive_power_share,
                              "share of the reference power that doubles per bit; the rest grows linearly")
                .within(0, 1),
            config::defaulted("capacitive_area_share", &S::capacitive_area_share,
                              "share of the reference area that doubles per bit; the rest grows linearly")
                .within(0, 1),
            config::defaulted("technology", &S::technology, "node, for model survey").above(0)},
        fields_of<S, ConverterErrors>(), fields_of<S, AdcParts>(), fields_of<S, CostSpec>());
  }
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// Analog-to-digital converter: one object for the codes it returns, with its errors, and what they cost.
class Adc : public ColumnConverter {
 public:
  explicit Adc(const AdcSpec& spec);
  int bits() const { return bits_; }
  units::Frequency rate() const override { return rate_; }
  bool calibrated() const override { return range_ == AdcRange::Calibrated; }
  AdcRange range() const { return range_; }
  /// Node it is for, if that is known.
  const std::optional<units::Length>& technology() const { return technology_; }
  const ConverterErrors& errors() const { return errors_; }
  int64_t most_code() const { return (int64_t{1} << bits_) - 1; }
  ConverterRange placed(double least, double largest, const SumHistogram* seen = nullptr) const override;
  /// What one converter makes of sums in such a range, with its own errors.
  Transfer transfer(const ConverterRange& range, const Instance& which) const;
  Transfer transfer(double least, double largest, const Instance& which,
                    const SumHistogram* seen = nullptr) const {
    return transfer(placed(least, largest, seen), which);
  }
  Transfer read(const ConverterRange& range, double /*largest*/, const Instance& which) const override {
    return transfer(range, which);
  }
  bool ideal() const override { return errors_.none() && errors_.noise.value_or(0) == 0; }
  bool exact_up_to(int64_t largest) const override;
  std::string_view name() const override { return "ADC"; }
  std::string loss(int64_t largest) const override;
  /// The whole number nearest to what an ideal converter tells of a whole sum in [0, largest].
  int64_t convert(int64_t sum, int64_t largest) const;

 private:
  int bits_;
  AdcRange range_;
  double low_, high_;
  AdcBounds bounds_;
  AdcCalibration calibration_;
  double percentile_;
  ConverterErrors errors_;
  std::optional<units::Length> technology_;
  units::Frequency rate_;
};

/// Bits of a whole number: 8 for 255, 9 for 256.
int bits_of(int64_t value);
/// Least resolution that reads a column without loss, for `rows` rows, `input_bits` per cycle and `cell_bits`
/// per cell, before any saving by encoding. For rows a power of two it is ISAAC's equations (1) and (2).
int lossless_bits(int64_t rows, int input_bits, int cell_bits);

/// The codes that lose nothing of whole sums in [least, largest], and the bits they take.
struct LosslessRange {
  ConverterRange range;
  int bits = 0;
};
LosslessRange lossless_range(double least, double largest);

/// Cost of one conversion by the Murmann survey: the most efficient published converters at a resolution of 4
/// bits or more, a rate and a node (Andrulis and Chen, Accelergy ADC plug-in).
units::Energy survey_energy(int bits, units::Frequency rate, units::Length technology);
units::Area survey_area(int bits, units::Frequency rate, units::Length technology);

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::AdcModel> {
  using enum ohmweave::circuit::AdcModel;
  static constexpr std::pair<std::string_view, ohmweave::circuit::AdcModel> values[] = {
      {"reference", Reference}, {"parts", Parts}, {"survey", Survey}};
};
template <>
struct ohmweave::config::Words<ohmweave::circuit::AdcRange> {
  using enum ohmweave::circuit::AdcRange;
  static constexpr std::pair<std::string_view, ohmweave::circuit::AdcRange> values[] = {
      {"clip", Clip}, {"scale", Scale}, {"fixed", Fixed}, {"calibrated", Calibrated}};
};
template <>
struct ohmweave::config::Words<ohmweave::circuit::AdcBounds> {
  using enum ohmweave::circuit::AdcBounds;
  static constexpr std::pair<std::string_view, ohmweave::circuit::AdcBounds> values[] = {{"steps", Steps},
                                                                                         {"share", Share}};
};
template <>
struct ohmweave::config::Words<ohmweave::circuit::AdcCalibration> {
  using enum ohmweave::circuit::AdcCalibration;
  static constexpr std::pair<std::string_view, ohmweave::circuit::AdcCalibration> values[] = {
      {"minmax", MinMax}, {"percentile", Percentile}, {"mse", Mse}};
};
