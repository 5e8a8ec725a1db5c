// SPDX-License-Identifier: Apache-2.0
#define OHMWEAVE_KERNEL portable
#define OHMWEAVE_LANES 4
#include "ohmweave/tensor/floating_kernels.inc"
