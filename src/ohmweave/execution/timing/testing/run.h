// SPDX-License-Identifier: Apache-2.0
// How tests of machines time a program.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::execution {

/// Times a program, which must keep every rule of programs and come to its end.
inline Timing run(const program::Program& p, bool skip = true) {
  EXPECT_EQ(program::violations(p), std::vector<std::string>{});
  TimingOptions o;
  o.keep_starts = true;
  o.skip_steady_state = skip;
  Timing t = time(p, o);
  EXPECT_EQ(t.deadlock, std::vector<std::string>{});
  return t;
}
inline Picoseconds end(const program::Program& p) { return run(p).end; }

}  // namespace ohmweave::execution
