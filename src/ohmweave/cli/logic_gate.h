// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ohmweave::cli {

class Arguments;

/// `logic gate`: one gate of memristors as a circuit. Options --device, --gate, --inputs, --voltage, --pulse,
/// --spice,
/// --picture, --json.
int run_gate(const Arguments& arguments);

}  // namespace ohmweave::cli
