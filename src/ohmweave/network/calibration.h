// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/network/feed.h"

namespace ohmweave::network {

/// Samples that number ranges are fixed with, if nobody says others.
constexpr int64_t kCalibrationSamples = 128;

/// `wanted` different samples of a feed, drawn by the seed, in their order, all of them if there are no more: a
/// tensor for each input.
std::vector<tensor::Tensor> draw_samples(const Feed& from, int64_t wanted, uint64_t seed);

}  // namespace ohmweave::network
