// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OHMWEAVE_LOGIC avx2
#define OHMWEAVE_LANES 4
#include "ohmweave/logic/kernels.inc"
#endif
