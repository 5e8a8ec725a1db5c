// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ohmweave/array/array.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::execution {

/// One operand of a matrix product: codes as they were given, or quantized reals; or numbers of a
/// floating-point format.
struct MatrixOperand {
  bool codes = false;  // whole numbers stand for themselves
  tensor::FixedPoint format;
  double scale = 1;  // real of one code
  std::optional<tensor::FloatingPoint> floating = {};
};

/// What the arrays of a design make of a matrix and a batch of vectors.
struct MatrixProduct {
  MatrixOperand weights, inputs;
  std::shared_ptr<const array::Plan> plan;
  array::Tally tally;
  tensor::Tensor outputs, exact;  // batch x columns; int64 if both operands are codes, else float64
  // Root of the mean square of outputs - exact over that of exact, and the largest difference, in units of
  // outputs.
  double relative_error = 0, largest_error = 0;
};

/// Programs `weights` (rows x columns) into the arrays of a machine and multiplies `inputs` (batch x rows).
/// Tensors of whole numbers are codes of the machine's formats, others are quantized: the largest magnitude
/// takes the largest code. Arrays that are calibrated on data are, on these inputs. Machines of floating-point
/// numbers round both to theirs; the exact product is of what that gives, in double precision. `names` of both
/// are for errors. Throws base::Failure: shapes that do not match, codes out of range, numbers that are not
/// finite.
MatrixProduct multiply(const machine::Machine& machine, const tensor::Tensor& weights,
                       const tensor::Tensor& inputs, uint64_t seed, const std::string& weights_name,
                       const std::string& inputs_name);

}  // namespace ohmweave::execution
