// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/base/random.h"
#include "ohmweave/logic/array.h"

namespace ohmweave::logic::testing {

struct RandomLogic {
  int bitlines = 16, length = 100;
  bool searches = true;
};
/// Operations at random, never reading what they write.
LogicProgram random_logic(const RandomLogic& what, uint64_t seed);

Word all_bitlines(int bitlines);
/// An array that holds random bits.
LogicArray random_array(int64_t rows, int bitlines, uint64_t seed);

}  // namespace ohmweave::logic::testing
