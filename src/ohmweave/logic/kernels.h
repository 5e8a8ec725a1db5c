// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// Rows of an array that are simulated together: `words` words of 64 rows for each bitline.
struct LogicBlock {
  uint64_t* bits = nullptr;         // [bitline][word]
  uint64_t* selected = nullptr;     // [word]
  const uint64_t* valid = nullptr;  // [word]: rows that exist
  int words = 0;                    // 8, 16 or 32
  bool all = false;                 // every row exists and is selected
};

/// What switched in a block. A gate moves its output in one direction, so counting the ones before and after
/// tells how many cells switched, and what a fresh cell holds needs no counting.
struct LogicCounters {
  static constexpr int kSumWords = 16;  // of a bitline, at most

  int64_t* ones = nullptr;         // [bitline]: rows that held 1 when they were counted last
  bool* fresh = nullptr;           // [bitline]: all rows have been set since a gate wrote them
  int64_t* fresh_gates = nullptr;  // [bitline]: gates onto fresh cells since `ones`
  uint64_t* sums = nullptr;  // [bitline][kSumWords], 0 at first, aligned to 64 bytes: the ones that these left
  int64_t* switches = nullptr;  // [bitline]
  int64_t to_zero = 0, to_one = 0, init_to_zero = 0, init_to_one = 0;
};

struct LogicKernels {
  const char* name;
  void (*run)(const LogicOperation* operations, int64_t count, LogicBlock& block);
  /// Counts what the first bitlines hold before the first operation.
  void (*start)(int bitlines, const LogicBlock& block, LogicCounters& counters);
  void (*count)(const LogicOperation* operations, int64_t count, LogicBlock& block, LogicCounters& counters);
  /// Counts what is still to be counted in the first bitlines.
  void (*settle)(int bitlines, LogicBlock& block, LogicCounters& counters);
};
/// All that this processor has, the fastest first; they compute the same bits.
std::span<const LogicKernels* const> logic_kernels();

}  // namespace ohmweave::logic
