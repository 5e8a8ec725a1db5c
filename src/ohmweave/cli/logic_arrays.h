// SPDX-License-Identifier: Apache-2.0
// Numbers of rows of logic as .npy arrays.
#pragma once

#include <string>
#include <vector>

#include "ohmweave/logic/method.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::cli {

/// What the numbers of an array were, so that results are given back the same way.
enum class NumberKind { Unsigned, Signed, Real };

struct RowNumbers {
  NumberKind kind = NumberKind::Unsigned;
  int64_t rows = 0;
  std::vector<uint64_t> words = {};  // as LogicArray::write takes them
};

/// Operands of `bits` bits: whole numbers, one a row; with more than 64 bits also rows x 2 words, the low one
/// first. Floating-point formats take real numbers, which are rounded to the format, or whole numbers that are
/// its patterns. Negative ones are in two's complement, if `negative` says that they make sense. Throws
/// base::Failure that names the file.
RowNumbers read_row_numbers(const std::string& path, int bits, logic::LogicFormat format, bool negative);

/// Results of `bits` bits: float64 of a floating-point format where the operands were real numbers (patterns,
/// in uint64, else), int64 where they were signed; rows x 2 in uint64 of more than 64 bits.
tensor::Tensor row_numbers(const std::vector<uint64_t>& words, int bits, logic::LogicFormat format,
                           NumberKind kind);

}  // namespace ohmweave::cli
