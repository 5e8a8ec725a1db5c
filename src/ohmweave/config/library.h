// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/config/node.h"

namespace ohmweave::config {

/// Names of the files of library/`folder` in the data folder, without .yaml, in order.
std::vector<std::string> library_names(std::string_view folder);
/// The file of a name: of the library, or the path of any file, which has a '/' or ends in .yaml. Throws
/// base::Failure with the nearest name if the library has no such `what`.
std::string library_path(std::string_view folder, std::string_view what, const std::string& name);
/// Takes format, name and sources off a file of the library and returns its name. Reports another format (that
/// of `what` is `format`), and a name that is not the file's.
std::string take_head(Node& file, std::string_view format, std::string_view what, base::Diagnostics& d);

}  // namespace ohmweave::config
