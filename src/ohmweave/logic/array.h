// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/base/parallel.h"
#include "ohmweave/logic/kernels.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// What happened in all rows together.
struct LogicTally {
  int64_t to_zero = 0, to_one = 0;            // cells that switched to high, to low resistance
  int64_t init_to_zero = 0, init_to_one = 0;  // of these, those by initialisations
  std::vector<int64_t> switches;              // by bitline, over all rows (endurance)
};

/// How cells fail: each switching event of a gate fails to happen with this probability; which ones depends on
/// the seed and the place alone.
struct LogicFailures {
  double probability = 0;
  uint64_t seed = 1;
};

/// Rows of memristive cells that work as logic: bits, exact, all selected rows at once. New cells hold 0.
class LogicArray {
 public:
  LogicArray(int64_t rows, int bitlines);
  int64_t rows() const { return rows_; }
  int bitlines() const { return bitlines_; }

  /// Numbers into the same cells of rows 0, 1, ...: words_of(cells) words for each row, low word first. Rows
  /// beyond the numbers keep what they have. Selections do not matter.
  void write(std::span<const Bitline> cells, std::span<const uint64_t> words);
  /// The numbers of all rows.
  std::vector<uint64_t> read(std::span<const Bitline> cells) const;
  static int words_of(std::span<const Bitline> cells) { return static_cast<int>((cells.size() + 63) / 64); }
  bool bit(int64_t row, int bitline) const;

  /// Only these rows take part from now on, until the next selection (a program's own searches included).
  void select(std::span<const int64_t> rows);
  void select_all();
  bool everything_selected() const;

  void run(const LogicProgram& program);
  /// The same, and counts every cell that switches.
  void run(const LogicProgram& program, LogicTally& tally);
  /// The same with gates that can fail.
  void run(const LogicProgram& program, const LogicFailures& failures, LogicTally& tally);

  /// For those who compute what `program` does in another way: calls body for the blocks of rows, on all
  /// threads.
  void for_each_block(const LogicProgram& program, base::FunctionRef<void(LogicBlock&)> body);

  /// Rows become bitlines and bitlines rows: gates that work down the bitlines are a run of the transposed
  /// array (Talati et al., TNANO 2016). Everything is selected afterwards.
  LogicArray transposed() const;

 private:
  struct alignas(64) Line {
    uint64_t words[8];
    bool operator==(const Line&) const = default;
  };
  uint64_t* block_bits(int64_t block) { return bits_[block * bitlines_ * words_ / 8].words; }
  const uint64_t* block_bits(int64_t block) const { return bits_[block * bitlines_ * words_ / 8].words; }
  LogicBlock block_of(int64_t block);

  int64_t rows_;
  int bitlines_;
  int words_;  // of 64 rows, per bitline and block: what is simulated together
  int64_t blocks_;
  std::vector<Line> bits_;              // [block][bitline][word]: bit r of a word is a row
  std::vector<Line> selected_, valid_;  // [block][word]: rows that take part, rows that exist
};

}  // namespace ohmweave::logic
