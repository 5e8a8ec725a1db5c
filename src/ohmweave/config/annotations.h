// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/config/node.h"

namespace ohmweave::config {

/// A copy of the tree in which every `{value: X, from: ..., why: ...}` is X.
Node without_annotations(const Node& node);
/// Adds to `file` what reading filled in: members of `read` that it lacks.
void add_defaults(Node& file, const Node& read);

}  // namespace ohmweave::config
