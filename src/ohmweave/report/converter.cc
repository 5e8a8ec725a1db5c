// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/converter.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/circuit/adc.h"
#include "ohmweave/circuit/integrate_fire.h"
#include "ohmweave/circuit/sense_amplifier.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

constexpr int64_t kMostSpikes = 4095;  // measured of a counter

/// The transfer of one instance, with codes counted in steps of the converter where its range does not matter.
std::function<circuit::Transfer(const circuit::Instance&)> transfer_of(const circuit::Component& c) {
  if (const auto* adc = dynamic_cast<const circuit::Adc*>(&c))
    return [adc](const circuit::Instance& which) { return adc->transfer(circuit::ConverterRange{}, which); };
  if (const auto* amplifier = dynamic_cast<const circuit::SenseAmplifier*>(&c))
    return [amplifier](const circuit::Instance& which) {
      return amplifier->transfer({0, amplifier->bits()}, which);
    };
  if (const auto* counter = dynamic_cast<const circuit::IntegrateFire*>(&c))
    return [counter](const circuit::Instance& which) {
      const auto most = static_cast<double>(std::min(counter->most_spikes(), kMostSpikes));
      circuit::Transfer t = counter->transfer(most * counter->threshold(1), which);
      t.most = static_cast<int64_t>(most);
      if (t.thresholds.size() > static_cast<size_t>(t.most)) t.thresholds.resize(static_cast<size_t>(t.most));
      return t;
    };
  return {};
}

Spread spread(const Converter& c, const std::function<double(const circuit::Linearity&)>& figure) {
  Spread out;
  double squares = 0;
  for (const circuit::Linearity& l : c.measured) {
    const double x = figure(l);
    out.mean += x, squares += x * x;
    if (std::abs(x) > std::abs(out.worst)) out.worst = x;
  }
  const double n = std::max<double>(1, static_cast<double>(c.measured.size()));
  out.mean /= n;
  out.deviation = std::sqrt(std::max(0.0, squares / n - out.mean * out.mean));
  return out;
}

struct Figure {
  std::string key, text;
  Spread spread;
};
std::vector<Figure> figures(const Converter& c) {
  using L = circuit::Linearity;
  std::vector<Figure> out = {
      {"offset_codes", "offset, codes", spread(c, [](const L& l) { return l.offset; })},
      {"gain_error", "gain error", spread(c, [](const L& l) { return l.gain - 1; })},
      {"inl_codes", "largest INL, codes", spread(c, [](const L& l) { return l.most_inl; })},
      {"dnl_codes", "largest DNL, codes", spread(c, [](const L& l) { return l.most_dnl; })},
      {"missing_codes", "missing codes", spread(c, [](const L& l) { return double(l.missing.size()); })},
      {"effective_bits", "effective bits", spread(c, [](const L& l) { return l.effective_bits; })}};
  double least = 0;
  if (!c.measured.empty()) least = c.measured.front().effective_bits;
  for (const L& l : c.measured) least = std::min(least, l.effective_bits);
  out.back().spread.worst = least;
  return out;
}

int64_t falling(const Converter& c) {
  return std::count_if(c.measured.begin(), c.measured.end(),
                       [](const circuit::Linearity& l) { return !l.monotonic; });
}

/// What one converter is and costs: key, name for people, text for people, and SI value (nan: only text).
struct Cost {
  std::string key, text, value;
  double si;
};
std::vector<Cost> costs(const Converter& c) {
  std::vector<Cost> out;
  const double none = std::nan("");
  const circuit::Action& action = *c.component->action(circuit::Verb::Convert);
  const auto* adc = dynamic_cast<const circuit::Adc*>(c.component.get());
  if (adc != nullptr) {
    out.push_back(
        {"bits", "resolution", fmt::format("{} bits", adc->bits()), static_cast<double>(adc->bits())});
    out.push_back({"circuit", "circuit", std::string(config::word_of(adc->errors().kind())), none});
    out.push_back({"range", "range", std::string(config::word_of(adc->range())), none});
  }
  const units::Frequency rate = static_cast<double>(action.at_once) / action.time;
  out.push_back({"rate_per_s", action.unit + "s a second", units::print(rate), rate.si()});
  out.push_back({"energy_J", "energy of a " + action.unit, units::print(action.energy), action.energy.si()});
  out.push_back({"power_W", "power at full rate", units::print(c.component->peak_power()),
                 c.component->peak_power().si()});
  if (c.component->area() > units::Area())
    out.push_back({"area_m2", "area", units::print(c.component->area()), c.component->area().si()});
  if (adc == nullptr) return out;
  const units::Energy step = c.component->peak_power() / rate / std::ldexp(1.0, adc->bits());
  out.push_back({"energy_per_code_J", "energy per code", units::print(step), step.si()});
  if (adc->technology() && adc->bits() >= 4) {
    const units::Energy survey = circuit::survey_energy(adc->bits(), rate, *adc->technology());
    out.push_back({"survey_energy_J", "conversion by the survey", units::print(survey), survey.si()});
  }
  return out;
}

}  // namespace

bool converts(const circuit::Component& component) { return static_cast<bool>(transfer_of(component)); }

Converter measure_converter(std::string name, std::shared_ptr<const circuit::Component> component,
                            uint64_t seed, int64_t count) {
  Converter out{std::move(name), component->kind(), component, {}};
  const auto transfer = transfer_of(*component);
  if (!transfer) return out;
  for (int64_t k = 0; k < count; ++k)
    out.measured.push_back(circuit::linearity(transfer({seed, static_cast<uint64_t>(k), 0})));
  return out;
}

std::string converter_text(const Converter& c, const Style& style, int columns) {
  std::string out = fmt::format("{}  {}\n\n", style.bold(c.name), c.title);
  Table cost({{"", Align::Left}, {"", Align::Right}});
  for (const Cost& row : costs(c)) cost.add({row.text, row.value});
  out += cost.text(style, 2, columns) + "\n";
  Table t({{fmt::format("{} converters", c.measured.size()), Align::Left}, {"mean"}, {"deviation"}, {"worst"}});
  auto print = [](double x) { return std::abs(x) < 5e-7 ? std::string("0") : fmt::format("{:.4g}", x); };
  for (const Figure& f : figures(c))
    t.add({f.text, print(f.spread.mean), print(f.spread.deviation), print(f.spread.worst)});
  out += t.text(style, 2, columns);
  if (falling(c) > 0) out += fmt::format("\n  {} of them are not monotonic\n", falling(c));
  return out;
}

nlohmann::ordered_json converter_json(const Converter& c) {
  nlohmann::ordered_json out;
  out["format"] = "ohmweave-converter/1";
  out["name"] = c.name;
  out["kind"] = c.title;
  for (const Cost& row : costs(c)) {
    if (std::isnan(row.si)) {
      out[row.key] = row.value;
    } else {
      out[row.key] = number(row.si);
    }
  }
  out["converters"] = c.measured.size();
  for (const Figure& f : figures(c))
    out[f.key] = {{"mean", number(f.spread.mean)},
                  {"deviation", number(f.spread.deviation)},
                  {"worst", number(f.spread.worst)}};
  out["not_monotonic"] = falling(c);
  out["inl"] = nlohmann::ordered_json::array();
  out["dnl"] = nlohmann::ordered_json::array();
  for (const circuit::Linearity& l : c.measured) {
    out["inl"].push_back(l.inl);
    out["dnl"].push_back(l.dnl);
  }
  return out;
}

}  // namespace ohmweave::report
