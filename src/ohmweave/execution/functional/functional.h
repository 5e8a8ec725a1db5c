// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/program/program.h"

namespace ohmweave::execution {

/// What a run did, beside its results: values of measures and tallies of every stage's actions.
struct Activity {
  int64_t samples = 0;
  std::vector<std::vector<int64_t>> measures;
  std::vector<array::Tally> tallies;  // per stage
};

/// Computes values with the arithmetic of the machine: products in its arrays, everything else exactly, every
/// activation in the machine's number format. Weights are programmed once, when it is made.
class Functional {
 public:
  Functional(const program::Program& program, const network::Graph& network, const machine::Machine& machine,
             uint64_t seed);
  ~Functional();
  /// Results of the network's outputs (float32) for a batch of inputs; adds to activity(). Same bits for any
  /// threads and any way of cutting a data set into batches.
  std::vector<tensor::Tensor> run(std::span<const tensor::Tensor> inputs);
  const Activity& activity() const;

  /// From now on, the sums of these stages are exact, whatever the arrays would make of them; none: all are as
  /// the arrays make them.
  void set_exact(std::vector<bool> stages);

  /// Matches the output channels of every product with those of exact sums in mean and deviation, on these
  /// samples, layer after layer; run() does so from then on. activity() does not count it.
  void recalibrate(std::span<const tensor::Tensor> inputs);

  /// What the sums of products are like, by node of the network.
  using Seen = std::map<network::NodeId, array::SeenSums>;
  /// Computes a batch with exact sums, for arrays that want them known, and adds what they are like to `seen`.
  /// activity() does not count it.
  void observe(std::span<const tensor::Tensor> inputs, Seen& seen);

  /// Sees the result of a stage that stores one, in the machine's numbers.
  using See = std::function<void(size_t stage, const tensor::Tensor& reals)>;
  /// Computes a batch, with exact sums or as the arrays make them, and shows it. activity() does not count it.
  void look(std::span<const tensor::Tensor> inputs, bool exact_sums, const See& see);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ohmweave::execution
