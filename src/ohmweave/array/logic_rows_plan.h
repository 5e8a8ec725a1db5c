// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ohmweave/array/logic_rows.h"

namespace ohmweave::array {

/// Plans a product of the rows' formats.
std::shared_ptr<const LogicRowsPlan> plan_logic_rows(const LogicRows& rows, const ProductShape& shape,
                                                     const ProductFormats& formats);

/// What one vector takes of all rows of one copy.
struct VectorWork {
  int64_t gates = 0, sets = 0, resets = 0, searches = 0, written = 0;
};
/// Counted part by part: of every sum, its taps and its addition to the sum before it.
VectorWork vector_work(const LogicRows& rows, const LogicRowsPlan& plan);
/// The same as actions of the rows.
Tally tally_of_vector(const LogicRows& rows, const LogicRowsPlan& plan);

}  // namespace ohmweave::array
