// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/adc.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ohmweave::circuit {
namespace {

constexpr int kLeastSurveyBits = 4;

/// Cost at `bits` over cost at `reference_bits` of a successive-approximation converter: clock, memory and
/// reference buffer grow linearly with the resolution, the capacitive DAC doubles with every bit (Saberi et
/// al., IEEE TCAS-I 58, 1736 (2011); ISAAC, section VII).
double growth(int bits, int reference_bits, double capacitive_share) {
  return (1 - capacitive_share) * bits / reference_bits + std::ldexp(capacitive_share, bits - reference_bits);
}

template <class T>
void scale(std::optional<T>& cost, double factor) {
  if (cost) *cost = *cost * factor;
}

units::Frequency rate_of(const AdcSpec& spec) {
  return spec.model == AdcModel::Parts ? conversion_of(spec.bits, spec, spec).rate : *spec.rate;
}

CostSpec costs(const AdcSpec& spec) {
  CostSpec cost = static_cast<const CostSpec&>(spec);
  if (spec.model != AdcModel::Reference) {
    CostSpec own;
    own.count = cost.count;
    own.shared_by = cost.shared_by;
    if (spec.model == AdcModel::Survey) {
      own.power = survey_energy(spec.bits, *spec.rate, *spec.technology) * *spec.rate;
      own.area = survey_area(spec.bits, *spec.rate, *spec.technology);
    } else {
      const Conversion parts = conversion_of(spec.bits, spec, spec);
      own.power = parts.energy * parts.rate + parts.static_power;
      own.static_power = parts.static_power;
      own.area = parts.area;
    }
    return own;
  }
  const double power = growth(spec.bits, spec.reference_bits, spec.capacitive_power_share);
  const double area = growth(spec.bits, spec.reference_bits, spec.capacitive_area_share);
  for (auto* p : {&cost.power, &cost.total_power, &cost.static_power}) scale(*p, power);
  for (auto* a : {&cost.area, &cost.total_area}) scale(*a, area);
  scale(cost.energy, power);
  return cost;
}

}  // namespace

void AdcSpec::check(const config::Node& node, base::Diagnostics& d) const {
  auto only_for = [&](const char* key, bool fits, const char* what) {
    const config::Node* given = node.find(key);
    if (given && !fits) d.error(given->span, fmt::format("'{}' is for {}", key, what));
  };
  for (const char* key : {"low", "high", "bounds"}) only_for(key, range == AdcRange::Fixed, "range fixed");
  only_for("calibration", range == AdcRange::Calibrated, "range calibrated");
  only_for("percentile", calibration == AdcCalibration::Percentile, "calibration percentile");
  if (range == AdcRange::Fixed && !high) d.error(node.find("range")->span, "range fixed needs 'high'");
  if (range == AdcRange::Fixed && high && *high <= low.value_or(0))
    d.error(node.find("high")->span,
            fmt::format("the range ends at {} and begins at {}", *high, low.value_or(0)));
  if (calibration == AdcCalibration::Percentile && !percentile)
    d.error(node.find("calibration")->span, "calibration percentile needs 'percentile'");
  ConverterErrors::check(bits, node, d);
  AdcParts::check(kind(), model == AdcModel::Parts, node, d);
  if (!rate && model != AdcModel::Parts)
    config::report_missing_key(node, "rate", config::Value<units::Frequency>::type(), d);
  if (rate && model == AdcModel::Parts)
    d.error(node.find("rate")->span, "model parts has a 'clock' instead of a rate");
  if (model != AdcModel::Survey) return;
  const base::Span& word = node.find("model")->span;
  if (!technology) d.error(word, "model survey needs 'technology'");
  if (bits < kLeastSurveyBits) {
    d.error(node.find("bits")->span, fmt::format("model survey covers {} bits and more", kLeastSurveyBits));
  }
}

Adc::Adc(const AdcSpec& spec)
    : ColumnConverter("adc", costs(spec)),
      bits_(spec.bits),
      range_(spec.range),
      low_(spec.low.value_or(0)),
      high_(spec.high.value_or(1)),
      bounds_(spec.bounds.value_or(AdcBounds::Steps)),
      calibration_(spec.calibration.value_or(AdcCalibration::Mse)),
      percentile_(spec.percentile.value_or(100)),
      errors_(spec),
      technology_(spec.technology),
      rate_(rate_of(spec)) {
  add_action(Verb::Convert, rate_, "conversion");
}

ConverterRange Adc::placed(double least, double largest, const SumHistogram* seen) const {
  const int64_t most = most_code();
  const auto codes = static_cast<double>(most);
  if (range_ == AdcRange::Fixed) {
    const double unit = bounds_ == AdcBounds::Share ? largest : 1;
    return {low_ * unit, std::max((high_ - low_) * unit, 1e-300) / codes};
  }
  const LosslessRange lossless = lossless_range(least, largest);
  if (range_ == AdcRange::Clip) return {least < 0 ? -std::ldexp(1.0, bits_ - 1) : 0, 1};
  if (lossless.bits <= bits_) return lossless.range;
  if (range_ == AdcRange::Scale || seen == nullptr || seen->count() == 0)
    return {least, (largest - least) / codes};
  const LosslessRange all = lossless_range(seen->least(), seen->largest());
  if (all.bits <= bits_) return all.range;
  ConverterRange range;
  if (calibration_ == AdcCalibration::MinMax) range = seen->whole(most);
  if (calibration_ == AdcCalibration::Percentile) range = seen->without(100 - percentile_, most);
  if (calibration_ == AdcCalibration::Mse) range = seen->best(most);
  if (range.step < 1) return {std::floor(range.zero), 1};
  return range;
}

Transfer Adc::transfer(const ConverterRange& range, const Instance& which) const {
  return transfer_of(bits_, errors_, range, which);
}

bool Adc::exact_up_to(int64_t largest) const {
  if (!ideal()) return false;
  if (range_ != AdcRange::Fixed) return largest <= most_code();
  const ConverterRange range = placed(0, static_cast<double>(largest));
  return range.step == 1 && range.zero <= 0 && range.zero == std::floor(range.zero) &&
         range.zero + static_cast<double>(most_code()) >= static_cast<double>(largest);
}

std::string Adc::loss(int64_t largest) const {
  return fmt::format("which needs an ADC of {} bits; with {} bits it is {}", bits_of(largest), bits_,
                     range_ == AdcRange::Clip ? fmt::format("clipped at {}", most_code())
                                              : fmt::format("rounded to {} codes", most_code() + 1));
}

int64_t Adc::convert(int64_t sum, int64_t largest) const {
  const int64_t most = most_code();
  if (range_ == AdcRange::Fixed) {
    const Transfer exact = transfer_of(bits_, {}, placed(0, static_cast<double>(largest)), {});
    return std::llround(exact.value(exact.code(static_cast<double>(sum))));
  }
  if (largest <= most) return sum;
  if (range_ == AdcRange::Clip) return std::min(sum, most);
  const int64_t code = (2 * sum * most + largest) / (2 * largest);
  return (2 * code * largest + most) / (2 * most);
}

LosslessRange lossless_range(double least, double largest) {
  const double zero = std::floor(least);
  return {{zero, 1}, bits_of(static_cast<int64_t>(std::ceil(largest) - zero))};
}

int bits_of(int64_t value) { return static_cast<int>(std::bit_width(static_cast<uint64_t>(value))); }

int lossless_bits(int64_t rows, int input_bits, int cell_bits) {
  return bits_of(rows * ((int64_t{1} << input_bits) - 1) * ((int64_t{1} << cell_bits) - 1));
}

units::Energy survey_energy(int bits, units::Frequency rate, units::Length technology) {
  // The figure of merit of Schreier, in dB, falls with the rate and cannot pass what was reached at the
  // resolution.
  const double best = std::min(213.7806687348118 - 2.8719030399529957 * std::log(rate.si()),
                               128.3068287398817 + 3.2205121213775 * bits);
  const double signal_to_noise = 6.02 * bits + 1.76;  // of an ideal converter, in dB
  const double energy = 0.5 / std::pow(10.0, (best - signal_to_noise) / 10);
  const double nanometres = technology.si() * 1e9;
  const double correction = 26.0496215686518 + 1.8800369206815004 * std::log(nanometres) -
                            2.8291256050594527 * std::log(bits) - 1.4702022133784405;
  return units::Energy::from_si(1e-12 * energy * std::exp(correction));
}

units::Area survey_area(int bits, units::Frequency rate, units::Length technology) {
  const double picojoules = survey_energy(bits, rate, technology).si() * 1e12;
  const double log_of_area = 0.9932794744745022 * std::log(technology.si() * 1e9) +
                             0.18071538424508238 * std::log(rate.si()) +
                             0.29912426192653485 * std::log(picojoules) + 1.3461916439910742;
  return units::Area::from_si(1e-12 * std::exp(log_of_area));
}

}  // namespace ohmweave::circuit
