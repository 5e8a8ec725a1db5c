// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <vector>

#include "ohmweave/network/network.h"
#include "ohmweave/report/measure.h"

namespace ohmweave::report {

/// What the exact reference makes of the batches of a data set, computed once for all machines that are
/// compared with it. Keeps the first output, the one that is compared, up to an amount of memory; from there on
/// batches are computed each time.
class ExactOutputs {
 public:
  explicit ExactOutputs(const network::Graph& graph) : reference_(graph) {}
  /// An executor that is asked for the batches from the first one on, in order. As many as there are may be
  /// used by as many threads; each batch is computed by the first that asks for it.
  Executor from_the_first();

 private:
  struct Batch {
    tensor::Shape input;
    tensor::Tensor output;
  };
  std::vector<tensor::Tensor> run(size_t batch, std::span<const tensor::Tensor> inputs);

  std::mutex mutex_;  // guards what follows
  network::Reference reference_;
  std::vector<Batch> known_;
  size_t bytes_ = 0;
};

}  // namespace ohmweave::report
