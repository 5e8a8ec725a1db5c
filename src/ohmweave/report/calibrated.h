// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"

namespace ohmweave::report {

/// mapping::compile(); where the arrays want to know what sums data make (Array::wants_sums) and there are
/// calibration data, it is done a second time with what the products of the first made of them.
mapping::Mapping calibrated_mapping(const network::Graph& network, const machine::Machine& machine,
                                    const mapping::Options& options, uint64_t seed);

}  // namespace ohmweave::report
