// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ohmweave/report/baseline.h"

namespace ohmweave::report {

/// A figure, and between what it lies; without bounds where nothing tells.
struct Bounded {
  double value = 0;
  std::optional<double> low, high;
};

/// A measurement beside what the model says of the same work.
struct Comparison {
  Measured measured;
  double model_s = 0;  // of a batch
  double difference() const { return model_s / measured.seconds() - 1; }
  /// How many times too long or too short the model's time is, at least 1.
  double factor() const;
};

/// All measurements of a machine, in the order of its file.
std::vector<Comparison> comparisons(const Baseline& baseline);
/// The worst factor of those made with the baseline's software that no efficiency was taken from; of `pass`
/// where there are such, else of any. Nothing if there are none.
std::optional<double> spread(const Baseline& baseline, const std::vector<Comparison>& all, Pass pass);

/// Figures of a machine for a network: measured ones where the same layers were measured with its software and
/// workload, else the model's. Energy is the machine's power by the model in the time that is quoted.
struct Standing {
  Estimate model;
  std::optional<Measured> quoted;    // the measurement that the figures are
  std::vector<Comparison> measured;  // of a network of these layers, whatever the workload
  Bounded latency_s, throughput_per_s, energy_J;
  std::string uncertainty;  // where the bounds come from
};
/// Throws base::Failure for a network that does not fit.
Standing standing(const Baseline& baseline, const network::Graph& graph);

}  // namespace ohmweave::report
