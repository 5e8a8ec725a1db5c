// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace ohmweave::base {

/// Prints `message` as a fault of Ohmweave itself (never of its user) and aborts.
[[noreturn]] void broken_invariant(const char* file, int line, const char* condition, std::string_view message);

}  // namespace ohmweave::base

/// An invariant of ours. What a user can get wrong is a diagnostic (base/diagnostics.h), never this.
#define OHMWEAVE_CHECK(condition, message)                                                         \
  do {                                                                                             \
    if (!(condition)) ::ohmweave::base::broken_invariant(__FILE__, __LINE__, #condition, message); \
  } while (false)
