// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/network/graph.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::execution {

/// Mean and deviation of every output channel of a product, over samples and positions.
struct ChannelStatistics {
  std::vector<double> mean, deviation;
};
/// `reals`: float32, the output of `node`: channels are axis 1 of convolutions and the last axis of others.
ChannelStatistics channel_statistics(const network::Node& node, const tensor::Tensor& reals);

/// What turns the channels of a machine into those of the exact network as far as mean and deviation go, which
/// is what statistics of batch normalization taken again on the machine would do.
struct ChannelCorrection {
  std::vector<float> gain, shift;  // per channel; empty: none

  ChannelCorrection() = default;
  ChannelCorrection(const ChannelStatistics& exact, const ChannelStatistics& made);
  void apply(const network::Node& node, tensor::Tensor& reals) const;
};

}  // namespace ohmweave::execution
