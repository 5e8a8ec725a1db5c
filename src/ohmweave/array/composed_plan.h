// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "ohmweave/array/cutting.h"
#include "ohmweave/array/encoding.h"
#include "ohmweave/circuit/sense_amplifier.h"

namespace ohmweave::array {

class ComposedCrossbar;

/// A part of a sum over the rows of an array: digits k of the inputs times slices s of the weights. It counts
/// 2^place, and has `bits` bits at most.
struct SumPart {
  int digit = 0, slice = 0;
  int place = 0, bits = 0;
  circuit::KeptBits kept;  // none: not converted
  int left = 0;            // what is kept counts 2^left in the result
};

struct ComposedPlan : CutPlan {
  ComposedPlan(const ProductShape& shape, const ProductFormats& formats, const InputDigits& digits,
               const WeightSlices& slices);

  InputDigits digits;
  WeightSlices slices;
  int full_window = 0;         // bits of the largest sum of an array: of an input, of a weight, of the rows
  int window = 0;              // bits that the sum is taken to have
  int result_place = 0;        // the result of an array counts 2^this
  std::vector<SumPart> parts;  // digits in order, and slices for each

  /// Steps of the sense amplifiers for one column of every slice, in a pass with input digit k.
  std::vector<int> steps(int digit) const;
};

/// The parts of a sum of `rows` products that are kept in a window of so many bits, of which a sense amplifier
/// has the top `amplifier_bits`: those bits of each part that lie in [window - amplifier_bits, window).
std::vector<SumPart> compose(const ProductFormats& formats, const InputDigits& digits,
                             const WeightSlices& slices, int64_t rows, int window, int amplifier_bits);

std::shared_ptr<const ComposedPlan> plan_composed(const ComposedCrossbar& crossbar, const ProductShape& shape,
                                                  const ProductFormats& formats,
                                                  const SeenSums* seen = nullptr);

}  // namespace ohmweave::array
