// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/channels.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::execution {
namespace {

/// Elements of one channel that follow one another, and the number of channels.
struct Layout {
  int64_t channels = 1, run = 1;

  Layout(const network::Node& node, const tensor::Tensor& t) {
    const bool convolution = node.op == network::Op::Conv || node.op == network::Op::ConvTranspose ||
                             node.op == network::Op::LocalConv;
    const size_t axis = convolution ? 1 : t.rank() - 1;
    channels = t.dim(axis);
    for (size_t k = axis + 1; k < t.rank(); ++k) run *= t.dim(k);
  }
  size_t channel_of(size_t element) const {
    return element / static_cast<size_t>(run) % static_cast<size_t>(channels);
  }
};

}  // namespace

ChannelStatistics channel_statistics(const network::Node& node, const tensor::Tensor& reals) {
  const Layout layout(node, reals);
  const auto values = reals.data<float>();
  const auto n = static_cast<double>(values.size()) / static_cast<double>(layout.channels);
  ChannelStatistics out;
  out.mean.assign(static_cast<size_t>(layout.channels), 0);
  out.deviation = out.mean;
  for (size_t k = 0; k < values.size(); ++k) out.mean[layout.channel_of(k)] += static_cast<double>(values[k]);
  for (double& m : out.mean) m /= n;
  for (size_t k = 0; k < values.size(); ++k) {
    const double d = static_cast<double>(values[k]) - out.mean[layout.channel_of(k)];
    out.deviation[layout.channel_of(k)] += d * d;
  }
  for (double& d : out.deviation) d = std::sqrt(d / n);
  return out;
}

ChannelCorrection::ChannelCorrection(const ChannelStatistics& exact, const ChannelStatistics& made) {
  constexpr double kMostGain = 10;  // a channel that hardly varies says nothing about its gain
  for (size_t c = 0; c < exact.mean.size(); ++c) {
    const double ratio = made.deviation[c] > 0 ? exact.deviation[c] / made.deviation[c] : 1;
    const double g = exact.deviation[c] > 0 ? std::clamp(ratio, 1 / kMostGain, kMostGain) : 1;
    gain.push_back(static_cast<float>(g));
    shift.push_back(static_cast<float>(exact.mean[c] - g * made.mean[c]));
  }
}

void ChannelCorrection::apply(const network::Node& node, tensor::Tensor& reals) const {
  if (gain.empty()) return;
  const Layout layout(node, reals);
  const auto values = reals.mutable_data<float>();
  for (size_t k = 0; k < values.size(); ++k) {
    const size_t c = layout.channel_of(k);
    values[k] = gain[c] * values[k] + shift[c];
  }
}

}  // namespace ohmweave::execution
