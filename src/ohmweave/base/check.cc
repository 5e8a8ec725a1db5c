// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ohmweave::base {

void broken_invariant(const char* file, int line, const char* condition, std::string_view message) {
  std::fflush(stdout);
  std::fprintf(stderr,
               "ohmweave: internal error: %.*s (%s, %s:%d)\nThis is a fault of Ohmweave, not of your input. "
               "Please report it.\n",
               static_cast<int>(message.size()), message.data(), condition, file, line);
  std::abort();
}

}  // namespace ohmweave::base
