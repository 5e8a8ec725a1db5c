// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/array.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"

namespace ohmweave::logic {
namespace {

/// Words of 64 rows per bitline and block: up to 2,048 rows, so that a hundred bitlines stay in a first-level
/// cache.
int words_for(int64_t rows) { return rows <= 512 ? 8 : rows <= 1024 ? 16 : 32; }

/// Transposes 64 x 64 bits: bit c of word r becomes bit r of word c (Warren, Hacker's Delight, 7-3).
void transpose(uint64_t* words) {
  uint64_t mask = 0x00000000ffffffff;
  for (int half = 32; half != 0; half >>= 1, mask ^= mask << half)
    for (int r = 0; r < 64; r = (r + half + 1) & ~half) {
      const uint64_t swap = (words[r] >> half ^ words[r + half]) & mask;
      words[r] ^= swap << half;
      words[r + half] ^= swap;
    }
}

/// Counts of one block, where many threads count at once.
struct BlockCounts {
  struct alignas(64) Sums {
    uint64_t words[LogicCounters::kSumWords] = {};
  };
  std::vector<int64_t> ones, fresh_gates, switches;
  std::vector<Sums> sums;
  std::unique_ptr<bool[]> fresh;
  LogicCounters counters;

  explicit BlockCounts(int bitlines)
      : ones(bitlines),
        fresh_gates(bitlines),
        switches(bitlines),
        sums(bitlines),
        fresh(std::make_unique<bool[]>(bitlines)) {
    counters = {.ones = ones.data(),
                .fresh = fresh.get(),
                .fresh_gates = fresh_gates.data(),
                .sums = sums[0].words,
                .switches = switches.data()};
  }
};

void add(LogicTally& tally, const std::vector<BlockCounts>& blocks, int bitlines) {
  tally.switches.resize(std::max(tally.switches.size(), static_cast<size_t>(bitlines)));
  for (const BlockCounts& block : blocks) {
    tally.to_zero += block.counters.to_zero;
    tally.to_one += block.counters.to_one;
    tally.init_to_zero += block.counters.init_to_zero;
    tally.init_to_one += block.counters.init_to_one;
    for (int b = 0; b < bitlines; ++b) tally.switches[b] += block.switches[b];
  }
}

/// Where failures strike: positions among events that come one after another, each with the same probability.
class Strikes {
 public:
  Strikes(double probability, base::RandomStream stream)
      : log_survival_(std::log1p(-probability)), certain_(probability >= 1), stream_(stream) {
    draw();
  }
  /// Which of the events set in `events` fail.
  uint64_t among(uint64_t events) {
    uint64_t failing = 0;
    while (events != 0) {
      const uint64_t lowest = events & -events;
      events ^= lowest;
      if (left_-- > 0) continue;
      failing |= lowest;
      draw();
    }
    return failing;
  }

 private:
  void draw() {
    // Geometric: how many events go well before the next that fails.
    left_ = certain_ ? 0 : std::log1p(-stream_.uniform()) / log_survival_;
    left_ = std::floor(std::min(left_, 1e18));
  }
  double log_survival_;
  bool certain_;
  base::RandomStream stream_;
  double left_ = 0;
};

/// Runs operation by operation and takes back the switching events that fail; so no cell is known to be fresh.
void run_failing(const LogicProgram& program, const LogicFailures& failures, int64_t place, LogicBlock& block,
                 LogicCounters& counters) {
  Strikes strikes(failures.probability, base::RandomStream(failures.seed, static_cast<uint64_t>(place),
                                                           base::key_of("switching failure")));
  std::vector<uint64_t> before(block.words);
  for (const LogicOperation& operation : program.operations) {
    uint64_t* out = block.bits + static_cast<int64_t>(operation.output) * block.words;
    const bool gate = kind_of(operation.gate).switches;
    if (gate) std::copy_n(out, block.words, before.begin());
    counters.fresh[operation.output] = false;
    logic_kernels().front()->count(&operation, 1, block, counters);
    for (int k = 0; gate && k < block.words; ++k) out[k] ^= strikes.among(out[k] ^ before[k]);
  }
}

}  // namespace

LogicArray::LogicArray(int64_t rows, int bitlines)
    : rows_(rows),
      bitlines_(bitlines),
      words_(words_for(rows)),
      blocks_((rows + 64 * words_ - 1) / (64 * words_)),
      bits_(static_cast<size_t>(blocks_ * bitlines_ * words_ / 8)),
      selected_(static_cast<size_t>(blocks_ * words_ / 8)),
      valid_(selected_.size()) {
  OHMWEAVE_CHECK(rows > 0 && bitlines > 0, "an array needs rows and bitlines");
  for (int64_t row = 0; row < rows; row += 64)
    valid_[row / 512].words[row / 64 % 8] = rows - row >= 64 ? ~uint64_t{0} : (uint64_t{1} << (rows - row)) - 1;
  select_all();
}

LogicBlock LogicArray::block_of(int64_t block) {
  const int64_t line = block * words_ / 8;
  LogicBlock out{.bits = block_bits(block),
                 .selected = selected_[line].words,
                 .valid = valid_[line].words,
                 .words = words_,
                 .all = true};
  for (int k = 0; k < words_; ++k) out.all &= out.selected[k] == ~uint64_t{0};
  return out;
}

void LogicArray::select_all() { selected_ = valid_; }

void LogicArray::select(std::span<const int64_t> rows) {
  std::ranges::fill(selected_, Line{});
  for (int64_t row : rows) {
    OHMWEAVE_CHECK(row >= 0 && row < rows_, "a row outside of the array");
    selected_[row / 512].words[row / 64 % 8] |= uint64_t{1} << row % 64;
  }
}

bool LogicArray::bit(int64_t row, int bitline) const {
  const uint64_t* words = block_bits(row / (64 * words_)) + static_cast<int64_t>(bitline) * words_;
  return words[row / 64 % words_] >> row % 64 & 1;
}

void LogicArray::write(std::span<const Bitline> cells, std::span<const uint64_t> words) {
  const int64_t per_row = words_of(cells), count = static_cast<int64_t>(words.size()) / per_row;
  OHMWEAVE_CHECK(count <= rows_, "more numbers than rows");
  base::parallel_for((count + 63) / 64, [&](int64_t group) {
    const int64_t first = group * 64, rows = std::min<int64_t>(64, count - first);
    const uint64_t written = rows == 64 ? ~uint64_t{0} : (uint64_t{1} << rows) - 1;
    uint64_t* bits = block_bits(group / words_) + group % words_;
    uint64_t square[64];
    for (size_t from = 0; from < cells.size(); from += 64) {
      std::memset(square, 0, sizeof square);
      for (int64_t r = 0; r < rows; ++r) square[r] = words[(first + r) * per_row + from / 64];
      transpose(square);
      for (size_t i = from; i < std::min(cells.size(), from + 64); ++i) {
        uint64_t& place = bits[static_cast<int64_t>(cells[i]) * words_];
        place = (place & ~written) | (square[i - from] & written);
      }
    }
  });
}

std::vector<uint64_t> LogicArray::read(std::span<const Bitline> cells) const {
  const int64_t per_row = words_of(cells);
  std::vector<uint64_t> words(static_cast<size_t>(rows_ * per_row));
  base::parallel_for((rows_ + 63) / 64, [&](int64_t group) {
    const int64_t first = group * 64, rows = std::min<int64_t>(64, rows_ - first);
    const uint64_t* bits = block_bits(group / words_) + group % words_;
    uint64_t square[64];
    for (size_t from = 0; from < cells.size(); from += 64) {
      std::memset(square, 0, sizeof square);
      for (size_t i = from; i < std::min(cells.size(), from + 64); ++i)
        square[i - from] = bits[static_cast<int64_t>(cells[i]) * words_];
      transpose(square);
      for (int64_t r = 0; r < rows; ++r) words[(first + r) * per_row + from / 64] = square[r];
    }
  });
  return words;
}

bool LogicArray::everything_selected() const { return selected_ == valid_; }

void LogicArray::for_each_block(const LogicProgram& program, base::FunctionRef<void(LogicBlock&)> body) {
  OHMWEAVE_CHECK(program.bitlines <= bitlines_, "a program of more cells than the rows have");
  base::parallel_for(blocks_, [&](int64_t b) {
    LogicBlock block = block_of(b);
    body(block);
  });
}

void LogicArray::run(const LogicProgram& program) {
  for_each_block(program, [&](LogicBlock& block) {
    logic_kernels().front()->run(program.operations.data(), static_cast<int64_t>(program.operations.size()),
                                 block);
  });
}

void LogicArray::run(const LogicProgram& program, LogicTally& tally) { run(program, LogicFailures{}, tally); }

void LogicArray::run(const LogicProgram& program, const LogicFailures& failures, LogicTally& tally) {
  OHMWEAVE_CHECK(program.bitlines <= bitlines_, "a program of more cells than the rows have");
  std::vector<BlockCounts> counts;
  for (int64_t b = 0; b < blocks_; ++b) counts.emplace_back(bitlines_);
  base::parallel_for(blocks_, [&](int64_t b) {
    LogicBlock block = block_of(b);
    LogicCounters& counters = counts[b].counters;
    logic_kernels().front()->start(bitlines_, block, counters);
    if (failures.probability > 0)
      run_failing(program, failures, b, block, counters);
    else
      logic_kernels().front()->count(program.operations.data(), static_cast<int64_t>(program.operations.size()),
                                     block, counters);
    logic_kernels().front()->settle(bitlines_, block, counters);
  });
  add(tally, counts, bitlines_);
}

LogicArray LogicArray::transposed() const {
  LogicArray out(bitlines_, static_cast<int>(rows_));
  for (int b = 0; b < bitlines_; ++b)
    for (int64_t row = 0; row < rows_; ++row)
      if (bit(row, b)) {
        uint64_t* words = out.block_bits(b / (64 * out.words_)) + row * out.words_;
        words[b / 64 % out.words_] |= uint64_t{1} << b % 64;
      }
  return out;
}

}  // namespace ohmweave::logic
