// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/network/feed.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/report/layer_errors.h"
#include "ohmweave/report/metric.h"

namespace ohmweave::report {

/// What a data set became on a machine, beside what the exact network makes of it.
struct Values {
  int64_t samples = 0;       // that were computed
  bool interrupted = false;  // by the user, before all that were asked for
  MetricKind metric = MetricKind::None;
  bool compared = true;              // with the exact network; else figures are the machine's alone
  std::vector<Figure> figures;       // of the metric
  std::vector<ClassResult> classes;  // of the machine, where classes have names
  std::optional<double> agreement;  // share of samples (of places, for tokens) where both choose the same class
  double distance = 0;  // root mean square of the difference of outputs, over that of the exact ones
  uint64_t seed = 0;
  std::string data, calibration;        // which samples, in words
  std::optional<double> cell_energy_J;  // of the cells, by their data, per inference; none if nobody knows
  int64_t layer_samples = 0;            // that `layers` are of
  std::vector<LayerError> layers;       // of the machine, if asked for
  std::vector<tensor::Tensor> outputs;  // raw first output, by batch, if asked for

  /// The figure of that key; null if the metric has none.
  const Figure* find(std::string_view key) const;
};

/// Something that computes a batch: the machine or the exact reference.
using Executor = std::function<std::vector<tensor::Tensor>(std::span<const tensor::Tensor>)>;

struct MeasureOptions {
  int64_t samples = 0;  // 0: all
  int64_t batch = 64;
  bool keep_outputs = false;
  bool quiet = false;    // no progress on the terminal
  bool compares = true;  // with the exact reference, which else is not computed
  MetricOptions metric;
};
/// Runs data through an executor and the exact reference, batch by batch (memory bounded by batch and network),
/// with progress; `exact` null: the executor is the reference. Compared is the network's first output. Ctrl-C
/// ends it after the batch in work. Throws base::Failure for more samples than the set has, and for data that
/// the metric cannot compare with.
Values measure(const network::Graph& network, const network::Feed& feed, const Executor& machine,
               const Executor* exact, const MeasureOptions& options);

}  // namespace ohmweave::report
