// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/report/claims.h"

namespace ohmweave::cli {

/// The claims of designs by name, of all of them if none is named. Throws base::Failure.
std::vector<report::Claim> claims_of(const std::vector<std::string>& designs);

}  // namespace ohmweave::cli
