// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ohmweave::cli {

/// The whole program. Returns its exit code: 0; 1 where a published figure that is said to be reproduced is
/// not; 2 where the input is wrong, with messages on standard error; 130 after Ctrl-C.
int main(int argc, char** argv);

}  // namespace ohmweave::cli
