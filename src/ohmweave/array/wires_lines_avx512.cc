// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OHMWEAVE_LINES avx512
#define OHMWEAVE_LANES 8
#include "ohmweave/array/wires_lines.inc"
#endif
