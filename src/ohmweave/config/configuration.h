// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/config/load.h"

namespace ohmweave::config {

/// A name, or the path of a file, with changes: "isaac:chips=4:chip.tile.ima.adc.bits=7".
struct Configuration {
  std::string name;
  std::vector<Override> changes;
};
/// A change without '=' is a Failure.
Configuration parse_configuration(const std::string& text);
/// Such a text again.
std::string text_of(const Configuration& configuration);

}  // namespace ohmweave::config
