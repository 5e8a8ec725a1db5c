// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/network/data.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::report {

/// What a data set became on a machine, beside what the exact network makes of it. Fractions from 0 to 1.
struct Values {
  int64_t samples = 0;       // that were computed
  bool interrupted = false;  // by the user, before all that were asked for
  bool labelled = false;
  double top1 = 0, top5 = 0;                      // of the machine; meaningless without labels
  double reference_top1 = 0, reference_top5 = 0;  // of exact float execution
  double agreement = 0;                           // samples where both choose the same class
  uint64_t seed = 0;
  std::string data, calibration;        // which samples, in words
  std::vector<tensor::Tensor> outputs;  // raw first output, by batch, if asked for
};

/// Something that computes a batch: the machine or the exact reference.
using Executor = std::function<std::vector<tensor::Tensor>(std::span<const tensor::Tensor>)>;
struct MeasureOptions {
  int64_t samples = 0;  // 0: all
  int64_t batch = 64;
  network::Preprocessing preprocessing;
  bool keep_outputs = false;
};
/// Runs a data set through an executor and the exact reference, batch by batch (memory bounded by batch and
/// network), with progress; `exact` null: the executor is the reference. The classes of a sample are the
/// elements of the network's first output; of equal ones the lowest wins, and NaN loses to every number.
/// Ctrl-C ends it after the batch in work. Throws base::Failure for labels that the network has no class for,
/// for more samples than the set has, and for networks with more than one input.
Values measure(const network::Graph& network, const network::DataSet& data, const Executor& machine,
               const Executor* exact, const MeasureOptions& options);

}  // namespace ohmweave::report
