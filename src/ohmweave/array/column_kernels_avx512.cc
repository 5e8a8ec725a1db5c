// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/column_kernels.h"
namespace ohmweave::array {
const ColumnKernels* column_kernels_avx512() { return nullptr; }
}  // namespace ohmweave::array
