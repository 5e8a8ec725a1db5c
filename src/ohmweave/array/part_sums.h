// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/encoding.h"

namespace ohmweave::array {

/// What the columns of one row of arrays sum up, part by part: products of few-bit digits of inputs with
/// few-bit slices of weights, the negative ones taken off. Exact; computed in squares of several vectors and
/// outputs.
class PartSums {
 public:
  static constexpr int64_t kVectors = 4, kOutputs = 16;  // of a square
  static constexpr int64_t kSums = kVectors * kOutputs;

  /// Whether bytes and 32-bit sums do for these.
  static bool fits(const InputDigits& digits, const WeightSlices& slices);

  /// `weights`: codes, outputs x rows, `step` from one output to the next.
  PartSums(const InputDigits& digits, const WeightSlices& slices, int64_t rows, int64_t outputs,
           const int32_t* weights, int64_t step);

  int64_t squares() const { return (outputs_ + kOutputs - 1) / kOutputs; }  // beside each other
  /// Bytes of the digits of so many vectors.
  size_t cut_size(int64_t vectors) const;
  /// Digits of vectors of input codes, `step` from one to the next.
  void cut(const int32_t* inputs, int64_t step, int64_t vectors, uint8_t* to) const;
  /// sums[v * kOutputs + o] of digit k and slice s for vectors from `first` (a multiple of kVectors) and the
  /// outputs of a square. Beyond the vectors and outputs there are they are 0.
  void sum(const uint8_t* cut, int64_t vectors, int64_t first, int64_t square, int digit, int slice,
           int32_t* sums) const;

  /// What sum() calls, here: chosen by processor.
  using Kernel = void (*)(const uint8_t* digits, int64_t step, const int8_t* levels, int64_t groups,
                          int64_t groups_in_16_bits, int32_t* sums);
  static std::vector<Kernel> kernels();  // all that run here, the best last

 private:
  InputDigits digits_;
  WeightSlices slices_;
  int64_t rows_, outputs_, groups_;  // groups of four rows
  int64_t groups_in_16_bits_;        // whose sums of pairs do not overflow
  std::vector<int8_t> levels_;       // slice, square, group of rows, output, row
};

}  // namespace ohmweave::array
