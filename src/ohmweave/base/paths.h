// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ohmweave::base {

/// Version of Ohmweave, as in "0.1.0".
std::string version();

/// The folder that holds designs/, library/ and networks/: beside the running program when it is installed
/// (PREFIX/bin/ohmweave -> PREFIX/share/ohmweave), else the source tree it was built from, else the place of
/// installation.
const std::string& data_folder();

}  // namespace ohmweave::base
