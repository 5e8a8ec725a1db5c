// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/cli.h"

int main(int argc, char** argv) { return ohmweave::cli::main(argc, argv); }
