// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/column_kernels.h"

namespace ohmweave::array {

const ColumnKernels* column_kernels_plain();
const ColumnKernels* column_kernels_avx2();
const ColumnKernels* column_kernels_avx512();
const ColumnKernels* column_kernels_amx();

const ColumnKernels& column_kernels(Instructions instructions) {
  const ColumnKernels* found = nullptr;
  if (instructions == Instructions::Best || instructions == Instructions::Amx) found = column_kernels_amx();
  if (found == nullptr && instructions != Instructions::Portable && instructions != Instructions::Avx2)
    found = column_kernels_avx512();
  if (found == nullptr && instructions != Instructions::Portable) found = column_kernels_avx2();
  return found != nullptr ? *found : *column_kernels_plain();
}

}  // namespace ohmweave::array
