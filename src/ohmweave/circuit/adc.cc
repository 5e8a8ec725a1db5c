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

CostSpec costs(const AdcSpec& spec) {
  CostSpec cost = static_cast<const CostSpec&>(spec);
  if (spec.model == AdcModel::Survey) {
    units::Energy energy = survey_energy(spec.bits, spec.rate, *spec.technology);
    CostSpec survey;
    survey.count = cost.count;
    survey.shared_by = cost.shared_by;
    survey.power = energy * spec.rate;
    survey.area = survey_area(spec.bits, spec.rate, *spec.technology);
    return survey;
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
  if (model != AdcModel::Survey) return;
  const base::Span& word = node.find("model")->span;
  if (!technology) d.error(word, "model survey needs 'technology'");
  if (bits < kLeastSurveyBits) {
    d.error(node.find("bits")->span, fmt::format("model survey covers {} bits and more", kLeastSurveyBits));
  }
}

Adc::Adc(const AdcSpec& spec)
    : Component("adc", costs(spec)), bits_(spec.bits), range_(spec.range), rate_(spec.rate) {
  add_action(Verb::Convert, rate_, "conversion");
}

int64_t Adc::convert(int64_t sum, int64_t largest) const {
  const int64_t most = most_code();
  if (exact_up_to(largest)) return sum;
  if (range_ == AdcRange::Clip) return std::min(sum, most);
  const int64_t code = (2 * sum * most + largest) / (2 * largest);
  return (2 * code * largest + most) / (2 * most);
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
