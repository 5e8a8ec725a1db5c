// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/calibration.h"

#include <algorithm>
#include <numeric>

#include "ohmweave/base/random.h"

namespace ohmweave::network {
namespace {

/// `wanted` different numbers below n in rising order, all of them if there are no more.
std::vector<int64_t> choose(int64_t n, int64_t wanted, uint64_t seed) {
  std::vector<int64_t> all(static_cast<size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  if (n <= wanted) return all;
  base::RandomStream random(seed, base::key_of("calibration"), 0);
  for (int64_t k = 0; k < wanted; ++k)
    std::swap(all[static_cast<size_t>(k)],
              all[static_cast<size_t>(k) + random.below(static_cast<uint64_t>(n - k))]);
  all.resize(static_cast<size_t>(wanted));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::vector<tensor::Tensor> draw_samples(const Feed& from, int64_t wanted, uint64_t seed) {
  std::vector<std::vector<tensor::Tensor>> samples;  // by input
  for (int64_t k : choose(from.size(), wanted, seed)) {
    std::vector<tensor::Tensor> one = from.batch(k, k + 1);
    samples.resize(one.size());
    for (size_t input = 0; input < one.size(); ++input) samples[input].push_back(std::move(one[input]));
  }
  std::vector<tensor::Tensor> out;
  for (const std::vector<tensor::Tensor>& input : samples) out.push_back(tensor::concatenate(input));
  return out;
}

}  // namespace ohmweave::network
