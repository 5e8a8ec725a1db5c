// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OHMWEAVE_KERNEL avx2
#define OHMWEAVE_LANES 8
#include "ohmweave/tensor/floating_kernels.inc"
#endif
