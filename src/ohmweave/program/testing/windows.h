// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ohmweave/program/program.h"

namespace ohmweave::program::testing {

/// Which firings of the writer a firing of the reader needs, found element by element from the definition of
/// windows and lanes: the oracle of WindowTable. In rising order.
std::vector<int64_t> needed_firings(const Stage& reader, const Stage& writer, const Window& window,
                                    int64_t firing);

/// need(n) and release(n) of every firing of the reader, from the same definition.
struct PlainWindow {
  std::vector<int64_t> need, release;
};
PlainWindow plain_window(const Stage& reader, const Stage& writer, const Window& window);

}  // namespace ohmweave::program::testing
