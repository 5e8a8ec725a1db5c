// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/converter_circuits.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ohmweave::circuit {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Adds the sums from `low` on, up to what is added next, to what gives `code`.
void add_code(Characteristic& c, double low, int64_t code) {
  const auto word = static_cast<int32_t>(code);
  if (!c.codes.empty() && c.codes.back() == word) return;
  if (!c.codes.empty()) c.thresholds.push_back(low);
  c.codes.push_back(word);
}

/// A capacitor of so many units; a unit deviates by `mismatch`, independently.
double capacitor(double units, double mismatch, base::RandomStream& random) {
  return units + mismatch * std::sqrt(units) * random.normal();
}

/// What each bit of a capacitive DAC adds, in codes; all bits and the dummy unit that ends the array make
/// 2^bits.
std::vector<double> binary_weights(int bits, double mismatch, base::RandomStream& random) {
  std::vector<double> weights;
  for (int k = 0; k < bits; ++k) weights.push_back(capacitor(std::ldexp(1.0, k), mismatch, random));
  const double all = std::accumulate(weights.begin(), weights.end(), capacitor(1, mismatch, random));
  for (double& w : weights) w *= std::ldexp(1.0, bits) / all;
  return weights;
}

/// The same with the `split` least bits behind a bridge of 2^split / (2^split - 1) units, so that both halves
/// count in units. Charge on the two plates, V_m (C_m + C_b) - V_l C_b = A_m and V_l (C_l + C_b) - V_m C_b =
/// A_l with A the capacitance that is switched on, gives V_m = (A_m (C_l + C_b) + A_l C_b) / (C_m C_l + C_b
/// (C_m + C_l)).
std::vector<double> split_weights(int bits, int split, const ConverterErrors& errors,
                                  base::RandomStream& random) {
  const double mismatch = errors.capacitor_mismatch.value_or(0);
  std::vector<double> weights;
  for (int k = 0; k < bits; ++k)
    weights.push_back(capacitor(std::ldexp(1.0, k < split ? k : k - split), mismatch, random));
  const double units = std::ldexp(1.0, split);
  const double bridge = capacitor(units / (units - 1), mismatch, random);
  const double low = std::accumulate(weights.begin(), weights.begin() + split, 0.0) +
                     capacitor(1, mismatch, random) + errors.bridge_parasitic.value_or(0);
  const double high = std::accumulate(weights.begin() + split, weights.end(), 0.0);
  const double all = (high * low + bridge * (high + low)) / std::ldexp(1.0, bits);
  for (int k = 0; k < bits; ++k) weights[static_cast<size_t>(k)] *= (k < split ? bridge : low + bridge) / all;
  return weights;
}

/// Successive approximation is a tree of decisions: each splits the sums that come to it at the level of the
/// code on trial. Levels out of order leave branches that no sum comes to: codes that are missing.
struct Approximation {
  const std::vector<double>& weights;
  double offset;
  Characteristic out;

  void decide(int bit, double low, double high, double level, int64_t code) {
    if (!(low < high)) return;
    if (bit < 0) return add_code(out, low, code);
    const double on_trial = level + weights[static_cast<size_t>(bit)], cut = on_trial - 0.5 + offset;
    decide(bit - 1, low, std::min(high, cut), level, code);
    decide(bit - 1, std::max(low, cut), high, on_trial, code | int64_t{1} << bit);
  }
};

struct Stage {
  double ratio, offsets[3];  // of the capacitors, over what it should be; of the comparators
};

/// Stages of a pipelined converter (Lewis et al., JSSC 27, 351 (1992)): the residue of a stage that decided
/// for d is v' = (1 - e) ((1 + r) v - r d) with r the ratio of its capacitors, ideally 1, and e what its
/// amplifier lacks of gain. The sums of one decision after the other are an interval each, on which the
/// residue is linear.
struct Stages {
  int bits, count;  // stages before the flash that makes the last bits
  bool redundant;
  double lack;
  const std::vector<Stage>& stages;
  Characteristic out;

  /// v = slope * sum + start for the sums in [low, high).
  void decide(int stage, double low, double high, double slope, double start, int64_t code) {
    const Stage& s = stages[static_cast<size_t>(stage)];
    if (stage == count) return last(s, low, high, slope, start, code);
    double cuts[2] = {redundant ? s.offsets[0] - 0.25 : s.offsets[0], 0.25 + s.offsets[1]};
    if (redundant) std::sort(cuts, cuts + 2);
    const int many = redundant ? 2 : 1;
    double from = low;
    for (int k = 0; k <= many; ++k) {
      const double to = k < many ? std::clamp((cuts[k] - start) / slope, low, high) : high;
      const int d = redundant ? k - 1 : 2 * k - 1;
      const double gain = (1 - lack) * (1 + s.ratio);
      if (from < to)
        decide(stage + 1, from, to, gain * slope, gain * start - (1 - lack) * s.ratio * d,
               code + d * (int64_t{1} << (bits - 2 - stage)));
      from = std::max(from, to);
    }
  }
  void last(const Stage& s, double low, double high, double slope, double start, int64_t code) {
    const int many = redundant ? 3 : 1;
    double cuts[3];
    for (int k = 0; k < many; ++k) cuts[k] = (redundant ? 0.5 * (k - 1) : 0.0) + s.offsets[k];
    std::sort(cuts, cuts + many);
    double from = low;
    for (int k = 0; k <= many; ++k) {
      const double to = k < many ? std::clamp((cuts[k] - start) / slope, low, high) : high;
      const int64_t most = (int64_t{1} << bits) - 1;
      if (from < to) add_code(out, from, std::clamp<int64_t>(code + k - (redundant ? 2 : 1), 0, most));
      from = std::max(from, to);
    }
  }
};

}  // namespace

base::RandomStream stream_of(const Instance& which, std::string_view purpose) {
  return {which.seed, which.place,
          base::key_of(purpose) ^ (0x9e3779b97f4a7c15ULL * static_cast<uint64_t>(which.number + 1))};
}
base::RandomStream shared_stream_of(const Instance& which, std::string_view purpose) {
  return {which.seed, which.place, base::key_of(purpose)};
}

Characteristic ideal_converter(int bits) {
  Characteristic c;
  const int32_t most = (int32_t{1} << bits) - 1;
  for (int32_t k = 0; k <= most; ++k) c.codes.push_back(k);
  for (int32_t k = 1; k <= most; ++k) c.thresholds.push_back(k - 0.5);
  return c;
}

Characteristic sar_converter(int bits, const ConverterErrors& errors, const Instance& which) {
  base::RandomStream capacitors = stream_of(which, "converter capacitors");
  base::RandomStream comparator = stream_of(which, "converter comparators");
  const int split = errors.split_bits.value_or(0);
  const std::vector<double> weights =
      split == 0 ? binary_weights(bits, errors.capacitor_mismatch.value_or(0), capacitors)
                 : split_weights(bits, split, errors, capacitors);
  Approximation tree{weights, errors.comparator_offset.value_or(0) * comparator.normal(), {}};
  tree.decide(bits - 1, -kInfinity, kInfinity, 0, 0);
  return tree.out;
}

Characteristic ramp_converter(int bits, const ConverterErrors& errors, const Instance& which) {
  base::RandomStream ramp = shared_stream_of(which, "converter ramp");
  base::RandomStream comparator = stream_of(which, "converter comparators");
  const double slope = 1 + errors.ramp_slope.value_or(0) * ramp.normal();
  const double bow = errors.ramp_bow.value_or(0) * ramp.normal();
  const double offset = errors.comparator_offset.value_or(0) * comparator.normal();
  Characteristic c = ideal_converter(bits);
  const double codes = std::ldexp(1.0, bits);
  double reached = -kInfinity;  // the counter stops when the ramp passes the input for the first time
  for (double& t : c.thresholds) {
    const double along = (t + 0.5) / codes;
    reached = std::max(reached, t * slope + 4 * bow * along * (1 - along) + offset);
    t = reached;
  }
  return c;
}

Characteristic flash_converter(int bits, const ConverterErrors& errors, const Instance& which) {
  base::RandomStream resistors = stream_of(which, "converter resistors");
  base::RandomStream comparators = stream_of(which, "converter comparators");
  Characteristic c = ideal_converter(bits);
  std::vector<double> taps;  // 2^bits resistors between the references, half a step below each threshold's code
  double sum = 0;
  for (int k = 0; k < 1 << bits; ++k)
    taps.push_back(sum += 1 + errors.resistor_mismatch.value_or(0) * resistors.normal());
  for (size_t k = 0; k < c.thresholds.size(); ++k)
    c.thresholds[k] = taps[k] / sum * std::ldexp(1.0, bits) - 0.5 +
                      errors.comparator_offset.value_or(0) * comparators.normal();
  std::vector<double>& t = c.thresholds;
  if (errors.encoder == FlashEncoder::Priority) {  // a higher comparator that fires hides those below
    for (size_t k = t.size(); k-- > 1;) t[k - 1] = std::min(t[k - 1], t[k]);
  } else {
    std::sort(t.begin(), t.end());
  }
  return c;
}

Characteristic staged_converter(int bits, const ConverterErrors& errors, const Instance& which) {
  base::RandomStream random = stream_of(which, "converter stages");
  const bool redundant = errors.redundancy.value_or(true);
  const int count = bits - (redundant ? 2 : 1);
  std::vector<Stage> stages;
  for (int k = 0; k <= count; ++k) {
    Stage s;
    s.ratio = 1 + errors.stage_mismatch.value_or(0) * random.normal();
    for (double& o : s.offsets) o = errors.sub_adc_offset.value_or(0) * random.normal();
    const bool again = errors.kind() == AdcCircuit::Cyclic && k > 0 && k < count;
    stages.push_back(again ? stages.front() : s);
  }
  Stages tree{bits, count, redundant, errors.stage_gain.value_or(0), stages, {}};
  const double slope = std::ldexp(1.0, 1 - bits);  // sums -1/2 .. 2^bits - 1/2 are -1 .. 1 of the reference
  tree.decide(0, -kInfinity, kInfinity, slope, 0.5 * slope - 1, int64_t{1} << (bits - 1));
  return tree.out;
}

}  // namespace ohmweave::circuit
