// SPDX-License-Identifier: Apache-2.0
#define OHMWEAVE_LOGIC portable
#define OHMWEAVE_LANES 2
#include "ohmweave/logic/kernels.inc"
