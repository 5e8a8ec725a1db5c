// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// The network that a text describes (docs/network_format.md), for one sample at a time. Its constants only
/// have shapes. `sample`: extents of the first input, in place of those that the text says. Throws
/// base::Failure with everything that is wrong, each where it stands.
Graph read_text(std::shared_ptr<const base::Source> source, const tensor::Shape& sample = {});

}  // namespace ohmweave::network
