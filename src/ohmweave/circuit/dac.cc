// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/dac.h"

#include <cmath>

#include "ohmweave/circuit/converter_circuits.h"

namespace ohmweave::circuit {

void DacSpec::check(const config::Node& node, base::Diagnostics& d) const {
  if (!levels) return;
  const config::Node* given = node.find("levels");
  const size_t needed = size_t{1} << bits;
  if (levels->size() != needed) {
    d.error(given->span, fmt::format("{} levels for digits of {} bit{}, which have {}", levels->size(), bits,
                                     bits == 1 ? "" : "s", needed));
    return;
  }
  if (levels->back() <= levels->front() || levels->back() <= units::Voltage())
    d.error(given->span, "the highest digit does not drive more than the lowest");
}

bool DriveLevels::linear() const {
  for (size_t d = 0; d < values.size(); ++d) {
    if (std::abs(values[d] - offset() - factor() * static_cast<double>(d)) > 1e-12 * std::abs(values.back()))
      return false;
  }
  return true;
}

Dac::Dac(const DacSpec& spec)
    : Component("dac", spec),
      bits_(spec.bits),
      offset_(spec.offset.value_or(0)),
      gain_error_(spec.gain_error.value_or(0)),
      level_mismatch_(spec.level_mismatch.value_or(0)) {
  const int most = (1 << bits_) - 1;
  for (int digit = 0; digit <= most; ++digit) {
    double level = digit;  // the highest digit is the measure of voltages
    if (spec.levels) level = (*spec.levels)[static_cast<size_t>(digit)].si() / spec.levels->back().si() * most;
    nominal_.push_back(level);
    exact_ = exact_ && level == digit;
  }
  exact_ = exact_ && offset_ == 0 && gain_error_ == 0 && level_mismatch_ == 0;
  add_action(Verb::Drive, spec.rate, "row");
}

DriveLevels Dac::levels(const Instance& row) const {
  DriveLevels out{nominal_};
  if (exact_) return out;
  base::RandomStream random = stream_of(row, "drive levels");
  const double offset = offset_ * random.normal(), gain = 1 + gain_error_ * random.normal();
  for (size_t d = 0; d < out.values.size(); ++d) {
    const double mismatch = d == 0 ? 0 : level_mismatch_ * random.normal();
    out.values[d] = (out.values[d] + mismatch) * gain + offset;
  }
  return out;
}

}  // namespace ohmweave::circuit
