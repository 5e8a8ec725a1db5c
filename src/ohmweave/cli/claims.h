// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/report/claims.h"

namespace ohmweave::cli {

/// The claims of designs and of files of library/claims by name or by the path of their file, of all that have
/// a name if none is given. Throws base::Failure.
std::vector<report::Claim> claims_of(std::vector<std::string> names);

}  // namespace ohmweave::cli
