// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OHMWEAVE_LOGIC avx512
#define OHMWEAVE_LANES 8
#include "ohmweave/logic/kernels.inc"
#endif
