// SPDX-License-Identifier: Apache-2.0
// Blocks with a name and parameters: lists of layers that a description writes once and places often.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ohmweave/config/node.h"

namespace ohmweave::network {

/// A parameter of a block: `$name` in its layers stands for what is given where the block is placed.
struct BlockParameter {
  std::string name;
  std::optional<config::Node> preset;
};

struct Block {
  std::string name;
  base::Span span;  // of the name
  std::vector<BlockParameter> parameters;
  config::Node layers;
  bool is_used = false;

  /// The layers with all parameters filled in; nothing if what is given does not fit, which `d` says. `given`:
  /// a mapping, or a value alone for the first parameter. `placement` receives what belongs to the place
  /// (`name`, `from`).
  std::optional<config::Node> with(const config::Node& given, config::Node& placement,
                                   base::Diagnostics& d) const;
};

/// The section `blocks`. `words`: of the layers, which blocks must not hide.
std::vector<Block> read_blocks(config::Node& section, const std::vector<std::string>& words,
                               base::Diagnostics& d);

}  // namespace ohmweave::network
