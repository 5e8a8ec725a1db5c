// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/converter_errors.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/circuit/converter_circuits.h"

namespace ohmweave::circuit {
namespace {

/// What a table of equally spaced values gives at a place in [0, 1].
double at(const std::vector<double>& table, double place) {
  const double along = std::clamp(place, 0.0, 1.0) * static_cast<double>(table.size() - 1);
  const size_t k = std::min(static_cast<size_t>(along), table.size() - 2);
  const double part = along - static_cast<double>(k);
  return table[k] * (1 - part) + table[k + 1] * part;
}

/// How far each threshold is off when widths of codes deviate: they add up on the way, and the first and the
/// last threshold stay, which offset and gain move.
std::vector<double> walk(int bits, double deviation, base::RandomStream& random) {
  const int64_t steps = (int64_t{1} << bits) - 2;
  std::vector<double> off{0};
  for (int64_t k = 0; k < steps; ++k) off.push_back(off.back() + deviation * random.normal());
  const double end = off.back();
  for (size_t k = 0; k < off.size(); ++k) off[k] -= end * static_cast<double>(k) / std::max<double>(1, steps);
  if (off.size() < 2) off.push_back(0);
  return off;
}

/// Errors that are given as such, on top of what the circuit makes.
void distort(int bits, const ConverterErrors& errors, const Instance& which, Characteristic& c) {
  base::RandomStream random = stream_of(which, "converter errors");
  const double offset = errors.offset.value_or(0) * random.normal();
  const double gain = 1 + errors.gain_error.value_or(0) * random.normal();
  const double bow = errors.inl.value_or(0) * random.normal();
  std::vector<double> widths;
  if (errors.dnl.value_or(0) > 0) widths = walk(bits, *errors.dnl, random);
  const double span = std::max(1.0, std::ldexp(1.0, bits) - 2);  // from the first to the last threshold
  double reached = 0;
  for (size_t k = 0; k < c.thresholds.size(); ++k) {
    const double t = c.thresholds[k], along = (t - 0.5) / span;
    double off = 4 * bow * std::max(0.0, along * (1 - along));
    if (errors.inl_table) off += at(*errors.inl_table, along);
    if (!widths.empty()) off += at(widths, along);
    const double moved = (t + off) * gain + offset;
    reached = k == 0 ? moved : std::max(reached, moved);  // a width below 0 is a code that is missing
    c.thresholds[k] = reached;
  }
}

/// Takes out codes that no sum has.
void drop_missing(Characteristic& c) {
  Characteristic kept;
  kept.codes.push_back(c.codes.front());
  for (size_t k = 0; k < c.thresholds.size(); ++k) {
    if (!kept.thresholds.empty() && kept.thresholds.back() == c.thresholds[k]) {
      kept.codes.back() = c.codes[k + 1];
    } else {
      kept.thresholds.push_back(c.thresholds[k]);
      kept.codes.push_back(c.codes[k + 1]);
    }
  }
  c = std::move(kept);
}

struct Belongs {
  std::string_view key;
  std::vector<AdcCircuit> circuits;
};
const std::vector<Belongs>& belongings() {
  using enum AdcCircuit;
  static const std::vector<Belongs> all = {{"comparator_offset", {Sar, Ramp, Flash}},
                                           {"capacitor_mismatch", {Sar}},
                                           {"split_bits", {Sar}},
                                           {"bridge_parasitic", {Sar}},
                                           {"ramp_slope", {Ramp}},
                                           {"ramp_bow", {Ramp}},
                                           {"resistor_mismatch", {Flash}},
                                           {"encoder", {Flash}},
                                           {"stage_gain", {Pipeline, Cyclic}},
                                           {"stage_mismatch", {Pipeline, Cyclic}},
                                           {"sub_adc_offset", {Pipeline, Cyclic}},
                                           {"redundancy", {Pipeline, Cyclic}}};
  return all;
}

}  // namespace

void ConverterErrors::check(int bits, const config::Node& node, base::Diagnostics& d) const {
  for (const Belongs& b : belongings()) {
    const config::Node* given = node.find(b.key);
    if (!given || std::find(b.circuits.begin(), b.circuits.end(), kind()) != b.circuits.end()) continue;
    std::string words;
    for (AdcCircuit c : b.circuits) words += (words.empty() ? "" : " or ") + std::string(config::word_of(c));
    d.error(given->span, fmt::format("'{}' is for circuit {}", b.key, words));
  }
  if (inl_table && inl_table->size() < 2)
    d.error(node.find("inl_table")->span, "'inl_table' needs two numbers or more");
  const bool staged = kind() == AdcCircuit::Pipeline || kind() == AdcCircuit::Cyclic;
  if (staged && bits < 3)
    d.error(node.find("circuit")->span, fmt::format("circuit {} has 3 bits or more", config::word_of(kind())));
  const int split = split_bits.value_or(0);
  if (split > 0 && split >= bits)
    d.error(node.find("split_bits")->span, fmt::format("the converter has only {} bits", bits));
  if (bridge_parasitic && split == 0)
    d.error(node.find("bridge_parasitic")->span, "'bridge_parasitic' needs 'split_bits'");
}

bool ConverterErrors::none() const {
  for (const auto& e : {offset, gain_error, inl, dnl, comparator_offset, capacitor_mismatch, bridge_parasitic,
                        ramp_slope, ramp_bow, resistor_mismatch, stage_gain, stage_mismatch, sub_adc_offset}) {
    if (e.value_or(0) > 0) return false;
  }
  return !inl_table;
}

Characteristic characteristic(int bits, const ConverterErrors& errors, const Instance& which) {
  Characteristic c;
  switch (errors.kind()) {
    case AdcCircuit::Ideal:
      c = ideal_converter(bits);
      break;
    case AdcCircuit::Sar:
      c = sar_converter(bits, errors, which);
      break;
    case AdcCircuit::Ramp:
      c = ramp_converter(bits, errors, which);
      break;
    case AdcCircuit::Flash:
      c = flash_converter(bits, errors, which);
      break;
    case AdcCircuit::Pipeline:
    case AdcCircuit::Cyclic:
      c = staged_converter(bits, errors, which);
      break;
  }
  distort(bits, errors, which, c);
  drop_missing(c);
  return c;
}

Transfer transfer_of(int bits, const ConverterErrors& errors, const ConverterRange& range,
                     const Instance& which) {
  Transfer t{range.zero, range.step, (int64_t{1} << bits) - 1, {}, {}, errors.noise.value_or(0) * range.step};
  if (errors.none()) return t;
  Characteristic c = characteristic(bits, errors, which);
  t.thresholds = std::move(c.thresholds);
  for (double& x : t.thresholds) x = range.zero + x * range.step;
  bool all = static_cast<int64_t>(c.codes.size()) == t.most + 1;
  for (size_t k = 0; all && k < c.codes.size(); ++k) all = c.codes[k] == static_cast<int32_t>(k);
  if (!all) t.codes = std::move(c.codes);
  return t;
}

}  // namespace ohmweave::circuit
