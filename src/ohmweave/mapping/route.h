// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {

/// How many neighbours along each position a run of `copies` copies of a task serves.
std::vector<int64_t> neighbours(const Task& task, int64_t copies);

/// How many of `parts` equal parts of a reader's copies need an item of an operand, on average: 1 to parts.
double spread(const Context& context, const Task& reader, const Operand& operand, int64_t parts);

}  // namespace ohmweave::mapping
