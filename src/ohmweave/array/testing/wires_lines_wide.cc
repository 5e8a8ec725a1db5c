// SPDX-License-Identifier: Apache-2.0
// The sweeps with registers of eight numbers, for any processor: what wires_lines_avx512.cc computes, testable
// where there is no AVX-512.
#define OHMWEAVE_LINES wide
#define OHMWEAVE_LANES 8
#include "ohmweave/array/wires_lines.inc"
