// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/parallel.h"

#include <atomic>
#include <exception>

#include <omp.h>

namespace ohmweave::base {

void parallel_for(int64_t n, FunctionRef<void(int64_t)> body) {
  std::exception_ptr error;
  std::atomic<bool> failed{false};
#pragma omp parallel for schedule(dynamic) if (n > 1)
  for (int64_t i = 0; i < n; ++i) {
    if (failed.load(std::memory_order_relaxed)) continue;
    try {
      body(i);
    } catch (...) {
      if (!failed.exchange(true)) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

void use_threads(int n) { omp_set_num_threads(n > 0 ? n : omp_get_num_procs()); }
int thread_count() { return omp_get_max_threads(); }

}  // namespace ohmweave::base
