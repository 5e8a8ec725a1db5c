// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "ohmweave/circuit/sum_histogram.h"
#include "ohmweave/circuit/transfer.h"
#include "ohmweave/config/fields.h"

namespace ohmweave::circuit {

/// How a converter finds its code: what its parts do to it when they are not what they should be.
enum class AdcCircuit {
  Ideal,
  Sar,       // successive approximation: one comparator, a capacitive DAC
  Ramp,      // a ramp that converters of a place share, a comparator each, a counter
  Flash,     // a ladder of resistors, a comparator for each threshold
  Pipeline,  // stages of one bit each with the residue amplified
  Cyclic,    // the same with one stage used again and again
};
/// How a flash converter makes a code of what its comparators say.
enum class FlashEncoder {
  Count,     // as many as there are comparators that fire
  Priority,  // the highest that fires
};

/// What is wrong with a converter. Deviations are standard deviations from one converter to the next of
/// normal distributions with mean 0; "codes" are steps of the converter.
struct ConverterErrors {
  std::optional<AdcCircuit> circuit;
  std::optional<double> offset, gain_error, inl, dnl, noise;
  std::optional<std::vector<double>> inl_table;
  std::optional<double> comparator_offset;
  std::optional<double> capacitor_mismatch, bridge_parasitic;
  std::optional<int> split_bits;
  std::optional<double> ramp_slope, ramp_bow;
  std::optional<double> resistor_mismatch;
  std::optional<FlashEncoder> encoder;
  std::optional<double> stage_gain, stage_mismatch, sub_adc_offset;
  std::optional<bool> redundancy;

  static constexpr auto fields() {
    using S = ConverterErrors;
    using config::defaulted;
    return std::tuple{
        defaulted("circuit", &S::circuit, "how it finds its code, for the errors below (default ideal)"),
        defaulted("offset", &S::offset, "deviation of the offset, in codes").within(0, 1e4),
        defaulted("gain_error", &S::gain_error, "relative deviation of the gain").within(0, 0.3),
        defaulted("inl", &S::inl, "deviation of a bow of all thresholds, at its middle, in codes")
            .within(0, 1e4),
        defaulted("dnl", &S::dnl, "deviation of the width of each code, in codes").within(0, 10),
        defaulted("inl_table", &S::inl_table,
                  "a measured integral non-linearity in codes, from the first threshold to the last at equal "
                  "distances, at least two numbers")
            .within(-1e4, 1e4),
        defaulted("noise", &S::noise,
                  "deviation of the input from one conversion to the next, in codes; of a comparator too")
            .within(0, 1e4),
        defaulted("comparator_offset", &S::comparator_offset,
                  "sar, ramp, flash: deviation of the offset of each comparator, in codes")
            .within(0, 1e4),
        defaulted("capacitor_mismatch", &S::capacitor_mismatch,
                  "sar: relative deviation of a unit capacitor; 2^k of them have 2^(-k/2) of it")
            .within(0, 0.3),
        defaulted("split_bits", &S::split_bits,
                  "sar: least bits that lie behind a bridge capacitor (default 0: binary-weighted)")
            .within(0, 15),
        defaulted("bridge_parasitic", &S::bridge_parasitic,
                  "sar: capacitance to ground behind the bridge, in unit capacitors")
            .within(0, 1e3),
        defaulted("ramp_slope", &S::ramp_slope,
                  "ramp: relative deviation of the slope, the same for converters of a place")
            .within(0, 0.3),
        defaulted("ramp_bow", &S::ramp_bow,
                  "ramp: deviation of its bow at the middle, in codes, the same for converters of a place")
            .within(0, 1e4),
        defaulted("resistor_mismatch", &S::resistor_mismatch,
                  "flash: relative deviation of each resistor of the ladder")
            .within(0, 0.3),
        defaulted("encoder", &S::encoder,
                  "flash: the code is the number of comparators that fire (count, default) or the highest of "
                  "them (priority)"),
        defaulted("stage_gain", &S::stage_gain,
                  "pipeline, cyclic: by how much of itself the gain of every stage is too small")
            .within(0, 0.3),
        defaulted("stage_mismatch", &S::stage_mismatch,
                  "pipeline, cyclic: relative deviation of the ratio of a stage's capacitors")
            .within(0, 0.3),
        defaulted("sub_adc_offset", &S::sub_adc_offset,
                  "pipeline, cyclic: deviation of the offset of each comparator, in shares of the reference")
            .within(0, 1),
        defaulted("redundancy", &S::redundancy,
                  "pipeline, cyclic: stages of 1.5 bits, whose comparators digital correction forgives "
                  "(default), or of 1 bit")};
  }
  /// What must hold between them, for a converter of so many bits.
  void check(int bits, const config::Node& node, base::Diagnostics& diagnostics) const;
  AdcCircuit kind() const { return circuit.value_or(AdcCircuit::Ideal); }
  /// Whether every code comes from the sums it should.
  bool none() const;
};

/// What a converter does, in codes: `thresholds` ascending, from each on the next of `codes`, one more than
/// thresholds. The ideal thresholds are k - 1/2.
struct Characteristic {
  std::vector<double> thresholds;
  std::vector<int32_t> codes;
};
/// One converter of `bits` with these errors.
Characteristic characteristic(int bits, const ConverterErrors& errors, const Instance& which);
/// The transfer of such a converter with its codes placed in `range`; noise included.
Transfer transfer_of(int bits, const ConverterErrors& errors, const ConverterRange& range,
                     const Instance& which);

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::AdcCircuit> {
  using enum ohmweave::circuit::AdcCircuit;
  static constexpr std::pair<std::string_view, ohmweave::circuit::AdcCircuit> values[] = {
      {"ideal", Ideal}, {"sar", Sar},           {"ramp", Ramp},
      {"flash", Flash}, {"pipeline", Pipeline}, {"cyclic", Cyclic}};
};
template <>
struct ohmweave::config::Words<ohmweave::circuit::FlashEncoder> {
  using enum ohmweave::circuit::FlashEncoder;
  static constexpr std::pair<std::string_view, ohmweave::circuit::FlashEncoder> values[] = {
      {"count", Count}, {"priority", Priority}};
};
