// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ohmweave/circuit/column_converter.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/transfer.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

struct IntegrateFireSpec : CostSpec {
  int bits = 16;
  units::Frequency rate;
  std::optional<double> threshold, initial_charge;
  std::optional<double> threshold_variation, leak, reset_loss, noise;

  static constexpr auto fields() {
    using S = IntegrateFireSpec;
    return component_fields<S>(
        config::required("bits", &S::bits, "bits of the counter, which stays at its largest number")
            .within(1, 20),
        config::required("rate", &S::rate, "spikes a second at most; an action is one spike").above(0),
        config::defaulted("threshold", &S::threshold,
                          "charge of one spike, in steps of a cell (default: the least from 1 up with which "
                          "the counter reaches the largest sum)")
            .above(0),
        config::defaulted("initial_charge", &S::initial_charge,
                          "charge before the first spike, in shares of the threshold (default 0: the rest of a "
                          "division is cut off; 0.5 rounds)")
            .within(0, 0.999),
        config::defaulted("threshold_variation", &S::threshold_variation,
                          "relative deviation of the threshold from one column to the next")
            .within(0, 0.3),
        config::defaulted("leak", &S::leak,
                          "time of a read in time constants of the capacitor (default 0: it keeps its charge)")
            .within(0, 100),
        config::defaulted("reset_loss", &S::reset_loss,
                          "time without integration after a spike, in shares of a read")
            .within(0, 1),
        config::defaulted("noise", &S::noise,
                          "deviation of the charge from one read to the next, in thresholds")
            .within(0, 100));
  }
};

/// Integrate and fire (PipeLayer, section IV; Song et al., HPCA 2017): the current of a column charges a
/// capacitor; at the threshold it fires, is reset, and a counter counts. One object for what it counts and
/// what a spike costs.
class IntegrateFire : public ColumnConverter {
 public:
  explicit IntegrateFire(const IntegrateFireSpec& spec);
  int64_t most_spikes() const { return (int64_t{1} << bits_) - 1; }
  units::Frequency rate() const override { return rate_; }
  int64_t actions(double largest) const override;
  /// Charge of one spike for columns whose sums reach `largest`, in steps of a cell.
  double threshold(double largest) const;
  ConverterRange placed(double, double largest, const SumHistogram*) const override {
    return {0, threshold(largest)};
  }
  Transfer read(const ConverterRange&, double largest, const Instance& which) const override {
    return transfer(largest, which);
  }
  bool ideal() const override;
  bool exact_up_to(int64_t largest) const override;
  std::string_view name() const override { return "counter"; }
  std::string loss(int64_t largest) const override;
  /// Spikes of one column by its charge in a read at a constant current; a spike stands for a threshold.
  Transfer transfer(double largest, const Instance& which) const;

 private:
  double charge_of(int64_t spikes, double threshold) const;

  int bits_;
  units::Frequency rate_;
  std::optional<double> threshold_;
  double initial_charge_, threshold_variation_, leak_, reset_loss_, noise_;
};

}  // namespace ohmweave::circuit
