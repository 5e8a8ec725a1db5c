// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"

namespace ohmweave::report {

/// How far the result of a layer is from that of the exact network: root mean square of the difference over
/// that of the exact values, with everything before it as the machine makes it.
struct LayerError {
  std::string layer;
  double rounded = 0;  // if all sums were exact: what the machine's number formats lose up to here
  double made = 0;     // as the arrays make the sums
};

/// For every stage of the program that stores a result, in order. `inputs`: some samples.
std::vector<LayerError> layer_errors(execution::Functional& functional, const mapping::Mapping& mapping,
                                     std::span<const tensor::Tensor> inputs);

}  // namespace ohmweave::report
