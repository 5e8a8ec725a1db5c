// SPDX-License-Identifier: Apache-2.0
#define OHMWEAVE_LINES portable
#define OHMWEAVE_LANES 2
#include "ohmweave/array/wires_lines.inc"
