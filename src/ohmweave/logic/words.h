// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <span>

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

// Words of cells, least significant bit first, put together and taken apart.

/// The cells of `low`, then those of `high`.
Word join(std::span<const Bitline> low, std::span<const Bitline> high);
Word join(std::span<const Bitline> low, Bitline high);
Word join(Bitline low, std::span<const Bitline> high);
/// The cells of several words, one after the other.
Word joined(std::initializer_list<Word> words);
/// `count` cells from the one at `first` on.
Word part(std::span<const Bitline> word, int first, int count);
Word part(std::span<const Bitline> word, int first);
/// `low` with `zero`, a cell that holds 0, on top up to `bits`.
Word extended(std::span<const Bitline> low, Bitline zero, int bits);

}  // namespace ohmweave::logic
