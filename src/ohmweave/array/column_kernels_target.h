// SPDX-License-Identifier: Apache-2.0
#pragma once

// OHMWEAVE_BEGIN_TARGET("avx2") ... OHMWEAVE_END_TARGET: functions between are compiled for more instructions
// than the file. Headers stay outside, so that no function of the standard library is compiled twice.
#if defined(__clang__)
#define OHMWEAVE_PRAGMA(x) _Pragma(#x)
#define OHMWEAVE_BEGIN_TARGET(instructions) \
  OHMWEAVE_PRAGMA(clang attribute push(__attribute__((target(instructions))), apply_to = function))
#define OHMWEAVE_END_TARGET _Pragma("clang attribute pop")
#else
#define OHMWEAVE_PRAGMA(x) _Pragma(#x)
#define OHMWEAVE_BEGIN_TARGET(instructions) \
  _Pragma("GCC push_options") OHMWEAVE_PRAGMA(GCC target(instructions))
#define OHMWEAVE_END_TARGET _Pragma("GCC pop_options")
#endif
