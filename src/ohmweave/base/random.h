// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ohmweave::base {

/// Turns a name (a place in the machine, a purpose) into a key for RandomStream: FNV-1a, the same on every
/// machine.
constexpr uint64_t key_of(std::string_view name) {
  uint64_t h = 0xcbf29ce484222325ULL;
  for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

/// Four 32-bit words from a 128-bit counter and a 64-bit key: Philox4x32-10 (Salmon et al., SC 2011).
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A stream of random numbers named by what it is for, not by who draws from it: the same (seed, place,
/// purpose) gives the same numbers on any thread and in any order of streams.
class RandomStream {
 public:
  RandomStream(uint64_t seed, uint64_t place, uint64_t purpose);

  uint32_t next32();
  uint64_t next64() { return next32() | static_cast<uint64_t>(next32()) << 32; }
  /// Uniform in [0, 1) with 53 random bits.
  double uniform() { return static_cast<double>(next64() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform whole number in [0, n), n > 0, without bias.
  uint64_t below(uint64_t n);
  /// Normal with mean 0 and deviation 1 (Box-Muller, both halves used).
  double normal();

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace ohmweave::base
