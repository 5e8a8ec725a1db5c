// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ohmweave/array/array.h"

namespace ohmweave::array::testing {

/// Arrays that compute with floating-point numbers and nothing else: what is above arrays is tested with them.
/// A number takes one cell, and each product is one read of `component` for each of its numbers.
class RealArray : public Array {
 public:
  RealArray(int64_t rows, int64_t columns, std::shared_ptr<const circuit::Component> component)
      : rows_(rows), columns_(columns), component_(std::move(component)) {}

  int64_t rows() const override { return rows_; }
  int64_t columns() const override { return columns_; }
  int64_t cells() const override { return rows_ * columns_; }
  double peak_multiply_accumulates(const ProductFormats&) const override { return 1e9; }
  units::Data capacity() const override { return units::Data::from_si(32.0 * static_cast<double>(cells())); }
  std::shared_ptr<const Plan> plan(const ProductShape& shape, const ProductFormats& formats,
                                   const SeenSums* seen) const override;
  using Array::plan;
  std::unique_ptr<Contents> program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                    uint64_t seed, uint64_t place) const override;
  std::unique_ptr<RealContents> program_reals(std::shared_ptr<const Plan> plan, std::span<const float> weights,
                                              std::span<const float> start) const override;

 private:
  int64_t rows_, columns_;
  std::shared_ptr<const circuit::Component> component_;
};

}  // namespace ohmweave::array::testing
