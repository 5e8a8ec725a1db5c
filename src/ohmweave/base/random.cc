// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/random.h"

#include <cmath>
#include <numbers>

#include "ohmweave/base/check.h"

namespace ohmweave::base {
namespace {

uint64_t mix(uint64_t x) {  // finalizer of SplitMix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = 0xD2511F53ULL * c[0];
    uint64_t b = 0xCD9E8D57ULL * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(a)};
    k[0] += 0x9E3779B9U;
    k[1] += 0xBB67AE85U;
  }
  return c;
}

RandomStream::RandomStream(uint64_t seed, uint64_t place, uint64_t purpose) {
  uint64_t k = mix(seed + 0x9e3779b97f4a7c15ULL);
  uint64_t s = mix(k ^ mix(place + 0x632be59bd9b4e019ULL) ^ (mix(purpose + 0xd1342543de82ef95ULL) << 1));
  key_ = {static_cast<uint32_t>(k), static_cast<uint32_t>(k >> 32)};
  counter_ = {0, 0, static_cast<uint32_t>(s), static_cast<uint32_t>(s >> 32)};
}

uint32_t RandomStream::next32() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return block_[used_++];
}

uint64_t RandomStream::below(uint64_t n) {
  OHMWEAVE_CHECK(n > 0, "a random number below zero");
  const uint64_t bias = (0 - n) % n;  // values below this would make small results likelier
  uint64_t x = next64();
  while (x < bias) x = next64();
  return x % n;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  double angle = 2.0 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

}  // namespace ohmweave::base
