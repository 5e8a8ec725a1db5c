// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ohmweave::program {

// What printing and parsing a program's text share.

struct TimeUnit {
  std::string_view word;
  int64_t picoseconds;
};
constexpr std::array<TimeUnit, 5> kTimeUnits{
    {{"s", 1'000'000'000'000}, {"ms", 1'000'000'000}, {"us", 1'000'000}, {"ns", 1000}, {"ps", 1}}};

/// Characters that a name may have without quotes (a '#' only inside).
constexpr bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_./>^+*'#@~%&|<;!?$-").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}
/// Characters that the name of a loop may begin with without quotes, and that may follow.
constexpr bool is_loop_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool is_in_loop(char c) { return is_loop_start(c) || (c >= '0' && c <= '9'); }

}  // namespace ohmweave::program
