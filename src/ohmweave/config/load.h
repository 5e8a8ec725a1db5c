// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/config/node.h"

namespace ohmweave::config {

/// One `KEY=VALUE` of the command line: a path of keys joined by dots, and YAML text for the value.
struct Override {
  std::string path;
  std::string value;
};
/// Splits "KEY=VALUE"; a text without '=' is a Failure.
Override parse_override(const std::string& text);

/// Reads a configuration file and resolves it: every `use: FOLDER/ENTRY` is replaced by
/// library/FOLDER/ENTRY.yaml of the data folder, every `use: PATH.yaml` by that file, with the mapping's own keys
/// laid over it, the sources those entries name join the top-level `sources`, and overrides replace what they
/// name. Throws base::Failure.
Node load(const std::string& path, const std::vector<Override>& overrides = {});

/// Applies overrides to a resolved tree, and resolves what they `use`; the errors point into the words of the command line.
void apply(Node& root, const std::vector<Override>& overrides);

/// Checks that each scalar below `root` is covered by a `from:` at its mapping or above, that each `from:`
/// names a source of the top-level `sources` or is `assumed` with a `why:`.
void check_provenance(const Node& root, base::Diagnostics& d);

/// The nearest `from:` at or above the node at `path` (keys joined by dots), as text: "isaac16, table 1".
std::string provenance_of(const Node& root, const std::string& path);

/// A value, or all below a path, that a file says `from: assumed` of.
struct Assumption {
  std::string path, value, why;  // `value` is empty where it is several
};
/// In the order of the file.
std::vector<Assumption> assumptions(const Node& root);

}  // namespace ohmweave::config
