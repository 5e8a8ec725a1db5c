// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/array/composed_crossbar.h"
#include "ohmweave/array/composed_plan.h"
#include "ohmweave/array/composed_programming.h"
#include "ohmweave/circuit/dac.h"

namespace ohmweave::array {

/// The rows of one group that stand in one row of arrays, in cells, behind wires, and with drivers and sense
/// amplifiers that err: pairs of cells for positive and negative weights, whose difference is read digit by
/// digit and slice by slice.
class ComposedCells {
 public:
  ComposedCells(const ComposedCrossbar& crossbar, const ComposedPlan& plan, const ProgrammedPairs& cells,
                uint64_t seed, uint64_t place);

  /// Adds the results of `vectors` input vectors (codes of these rows) to sums. `first` is the number of the
  /// first vector in the whole run.
  void add(const ComposedPlan& plan, const int32_t* inputs, int64_t input_stride, int64_t vectors,
           int64_t first, int64_t* sums, int64_t sum_stride) const;

 private:
  /// Sums of a part over the rows, one per output.
  void read(const ComposedPlan& plan, const SumPart& part, const int32_t* inputs, std::span<float> sums,
            std::span<float> variance) const;
  void make_drivers(const ComposedCrossbar& crossbar, const ComposedPlan& plan);
  void make_amplifiers(const ComposedCrossbar& crossbar, const ComposedPlan& plan);
  /// Adds what a row of digit `digit` drives through the cells of slice `slice`.
  void add_row(int64_t row, int64_t digit, int64_t slice, std::span<float> sums,
               std::span<float> variance) const;
  int64_t convert(size_t part, int64_t output, const circuit::KeptBits& kept, double sum) const;

  ComposedRows rows_;
  int64_t outputs_, outputs_per_array_;
  uint64_t seed_, place_;
  std::vector<float> steps_, variance_;  // slices x rows x outputs; the latter empty where reads do not differ
  std::vector<circuit::DriveLevels> drivers_;  // arrays side by side x rows; empty if they are exact
  std::vector<circuit::Transfer> amplifiers_;  // outputs x parts; empty if they are exact
};

}  // namespace ohmweave::array
