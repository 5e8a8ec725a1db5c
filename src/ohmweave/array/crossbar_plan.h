// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "ohmweave/array/cutting.h"
#include "ohmweave/array/encoding.h"
#include "ohmweave/circuit/sum_histogram.h"

namespace ohmweave::array {

class Crossbar;

struct CrossbarPlan : CutPlan {
  CrossbarPlan(const ProductShape& shape, const ProductFormats& formats, const InputDigits& digits,
               const WeightSlices& slices, Encoding encoding);

  InputDigits digits;
  WeightSlices slices;
  Encoding encoding;
  bool unit_column = false;                           // whether a column of ones measures it, one per block
  std::optional<circuit::SumHistogram> seen;          // sums of columns that hold weights, on calibration data
  int64_t conversion_actions = 1;                     // of a column in a cycle, at most
  std::map<int64_t, circuit::ConverterRange> ranges;  // by rows of a block: where codes lie by what was seen

  int64_t columns_per_weight() const { return slices.count * slices.columns; }
  /// The largest sum of a column of so many rows whatever it holds, before flipping.
  int64_t any_column_at_most(int64_t rows) const { return rows * digits.largest() * slices.largest(); }
  /// The largest sums a converter can see in a column that holds weights, and in a unit column.
  int64_t largest_weight_sum(int64_t rows) const { return largest_sum(any_column_at_most(rows), encoding); }
  int64_t largest_unit_sum(int64_t rows) const { return rows * digits.largest(); }
};

std::shared_ptr<const CrossbarPlan> plan_crossbar(const Crossbar& crossbar, const ProductShape& shape,
                                                  const ProductFormats& formats, const SeenSums* seen);

}  // namespace ohmweave::array
