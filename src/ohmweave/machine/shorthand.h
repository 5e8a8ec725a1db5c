// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/config/load.h"

namespace ohmweave::machine {

/// One word for the same change of all arrays of a design, wherever they stand in it: "device=pcm" gives every
/// cell another device.
struct Shorthand {
  std::string_view key, value, doc;
};
const std::vector<Shorthand>& shorthands();

/// Changes a resolved design: one field, or by a shorthand all arrays. Throws base::Failure where no array of
/// the design can be changed like that.
void apply(const config::Override& change, config::Node& design);

}  // namespace ohmweave::machine
