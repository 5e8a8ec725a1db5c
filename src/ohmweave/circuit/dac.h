// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/transfer.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct DacSpec : CostSpec {
  int bits = 1;
  units::Frequency rate;
  std::optional<std::vector<units::Voltage>> levels;
  std::optional<double> offset, gain_error, level_mismatch;

  static constexpr auto fields() {
    using S = DacSpec;
    return component_fields<S>(
        config::required("bits", &S::bits, "bits of an input fed to a row at a time; 1: an inverter")
            .within(1, 8),
        config::required("rate", &S::rate, "times a second a row is driven").above(0),
        config::defaulted("levels", &S::levels,
                          "voltage that each digit from 0 up drives its row with (default: in proportion)"),
        config::defaulted("offset", &S::offset,
                          "deviation of what is added to every level, from one row to the next, in steps of a "
                          "digit")
            .within(0, 10),
        config::defaulted("gain_error", &S::gain_error, "relative deviation of all levels of a row")
            .within(0, 0.5),
        config::defaulted("level_mismatch", &S::level_mismatch,
                          "deviation of each level above the lowest, in steps of a digit")
            .within(0, 1));
  }
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// What a row is driven with: [d] for the digit d, in steps of a digit, ideally d.
struct DriveLevels {
  std::vector<double> values;

  /// From one digit to the next, on the line from the lowest to the highest. For digits of one bit this is all:
  /// a row multiplies its conductances with it, and adds offset() times them whatever the input.
  double factor() const { return (values.back() - values.front()) / static_cast<double>(values.size() - 1); }
  double offset() const { return values.front(); }
  /// Whether every level lies on that line, as far as doubles tell.
  bool linear() const;
};

/// Digital-to-analog converter of a row: drives one digit of an input at a time.
class Dac : public Component {
 public:
  explicit Dac(const DacSpec& spec);
  int bits() const { return bits_; }
  /// Times it drives its row for an input of so many bits.
  int cycles(int input_bits) const { return (input_bits + bits_ - 1) / bits_; }
  /// Whether it drives every digit in proportion.
  bool exact() const { return exact_; }
  /// The levels of one row; its errors are the same in every read.
  DriveLevels levels(const Instance& row) const;

 private:
  int bits_;
  std::vector<double> nominal_;
  double offset_, gain_error_, level_mismatch_;
  bool exact_ = true;
};

}  // namespace ohmweave::circuit
