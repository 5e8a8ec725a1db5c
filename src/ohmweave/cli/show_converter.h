// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/cli/arguments.h"
#include "ohmweave/report/table.h"

namespace ohmweave::cli {

/// `ohmweave show converter`: what converters cost and how straight they are.
void show_converter(const Arguments& arguments, const report::Style& style);

}  // namespace ohmweave::cli
