// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "ohmweave/device/cell.h"

namespace ohmweave::device {

/// What a random number of a cell decides. Each has numbers of its own, so that switching one effect off leaves
/// all others as they were.
enum class Draw : uint32_t {
  DeviceToDevice = 1,
  CycleToCycle,
  Programming,  // one for each attempt
  DriftExponent,
  Relaxation,
  Fault,
  FaultLevel,
  Wear,
  Read,  // one for each digit
};

/// Random numbers of cells, a batch of them at a time: Philox4x32-10 with the number of the cell in its
/// counter, so that they depend on seed, place, cell and purpose and on nothing else.
class CellRandom {
 public:
  static constexpr int64_t kBatch = 256;  // cells; a batch begins at a multiple of it
  using Normals = std::array<float, kBatch>;
  using Words = std::array<uint32_t, kBatch>;

  CellRandom(uint64_t seed, uint64_t place);
  /// Normal numbers, mean 0 and deviation 1, of the cells from batch * kBatch on.
  void normals(int64_t batch, Draw draw, uint32_t attempt, Normals& out) const;
  /// Uniform words of 32 bits.
  void words(int64_t batch, Draw draw, uint32_t attempt, Words& out) const;
  /// The same in the plainest code, for tests.
  void plain_normals(int64_t batch, Draw draw, uint32_t attempt, Normals& out) const;

 private:
  std::array<uint32_t, 2> key_;
};

}  // namespace ohmweave::device
