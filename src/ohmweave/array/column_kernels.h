// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "ohmweave/array/column_tile.h"
#include "ohmweave/array/read_noise.h"

// The kernels of column_tile.cc: one set of functions per set of instructions, made of the same text
// (column_kernels_body.h) over different registers. Sums over rows are looked up: a table has the sums of every
// subset of four neighbouring rows ("four Russians") for all columns of a panel side by side, an entry being a
// line of memory, and the bits of an input digit of these rows say which entry. A vector reads only the tables
// of rows that it drives. Processors that multiply matrices of bytes need no tables: they multiply bits by
// cells.
namespace ohmweave::array {

constexpr int64_t kStrip = 64;                // vectors whose inputs are turned together
constexpr int64_t kMostVectors = 2 * kStrip;  // of a block: what tables are made for
constexpr int64_t kTableRows = 4;             // that share a table
constexpr int64_t kEntries = 16;              // of a table
constexpr int64_t kLine = 64;                 // bytes of an entry
constexpr int64_t kEntryStep = 8;             // lists tell how many bytes / 8 from the first entry one is
constexpr int64_t kListStep = 4;              // lists have a multiple of so many entries
constexpr int64_t kListSlack = 40;  // entries that may be written beyond the last list: a register and a step
constexpr int64_t kMostRows = 65536 / kEntryStep / kEntries * kTableRows;  // whose entries 16 bits tell apart

constexpr int64_t table_count(int64_t rows) { return (rows + kTableRows - 1) / kTableRows; }
constexpr int64_t table_bytes(int64_t rows) { return table_count(rows) * kEntries * kLine; }
constexpr int64_t padded_rows(int64_t rows) { return table_count(rows) * kTableRows; }

/// What an entry holds of the columns of a panel, and what is made of sums.
enum class PanelKind {
  Saturating,  // 64 columns, bytes; codes are min(sum, most), most being 255 at most
  Bytes,       // 64 columns, bytes that are widened to 16 bits before they can overflow
  Words,       // 32 columns, 16 bits with a sign
  Noisy,       // 16 columns, 16 bits with a sign, then the variances of the same columns
};
constexpr int64_t columns_of(PanelKind kind) {
  return kind == PanelKind::Noisy ? 16 : kind == PanelKind::Words ? 32 : 64;
}
/// Which of the 16-bit words that kernels widen an entry to has a column: registers of any width part words
/// into halves, and bytes into even and odd words, without moving them.
constexpr int64_t word_of(PanelKind kind, int64_t column) {
  const int64_t half = kind == PanelKind::Noisy ? 8 : 16;
  return column / (2 * half) * 32 + column % half * 2 + column / half % 2;
}
/// The byte of an entry where a column begins.
constexpr int64_t byte_of(PanelKind kind, int64_t column) {
  const int64_t word = word_of(kind, column);
  return columns_of(kind) == 64 ? word % 32 * 2 + word / 32 : 2 * word;
}

/// A sum of a tile held in 16 bits as v = sum + 32768, to a code: (min(v - below, cap) << shift | half) *
/// factor >> (16 + down), the difference being 0 for smaller v; or a table by v.
struct Conversion {
  uint16_t below = 0, cap = 0, half = 0, factor = 0;
  int shift = 0, down = 0;
  const uint16_t* table = nullptr;

  uint32_t code(uint32_t v) const {
    if (table != nullptr) return table[v];
    uint32_t u = v > below ? v - below : 0;
    u = u < cap ? u : cap;
    if (factor == 0) return u >> down;
    return (((u << shift) + half) * factor >> 16) >> down;
  }
};

/// Converters of their own thresholds for each column. A sum v falls into one of kBuckets parts of the sums
/// that the thresholds span; from what is passed where that begins, `inside` steps reach what is passed by v.
struct StepTables {
  static constexpr int64_t kBuckets = 512;

  int64_t words = 0;                 // of the panel, a power of two
  uint16_t low = 0;                  // no threshold is passed by less
  int shift = 0;                     // a bucket has 2^shift sums
  int inside = 0;                    // thresholds within a bucket, at most
  int64_t pitch = 0;                 // of the lists of a word
  const uint16_t* starts = nullptr;  // [word][bucket], thresholds passed by the least sum of the bucket
  const uint16_t* limits = nullptr;  // [word][threshold], passed by larger sums; 65535 behind the last
  const uint16_t* codes = nullptr;   // [word][thresholds passed]

  int64_t bucket(uint32_t v) const {
    const int64_t at = (v > low ? v - low : 0) >> shift;
    return at < kBuckets ? at : kBuckets - 1;
  }
  uint16_t code(int64_t word, uint32_t v) const {
    int64_t passed = starts[word * kBuckets + bucket(v)];
    for (int k = 0; k < inside; ++k) passed += v > limits[word * pitch + passed] ? 1 : 0;
    return codes[word * pitch + passed];
  }
};

/// The conversions of the columns of a panel, by word.
struct PanelConversion {
  alignas(kLine) uint16_t below[64], cap[64], half[64], factor[64];
  bool multiplies = false;  // or all factors are 0
  int shift = 0, down = 0;  // of all of them
  const uint16_t* table = nullptr;
  const StepTables* steps = nullptr;
};

/// The noise of a panel's conversions, see NoiseScale.
struct PanelNoise {
  alignas(kLine) float slope[16], base[16];  // by column
  int64_t place = 0;                         // of the first column
  bool without_cells = false;                // whether there is any if no cell is read
};

/// Digits that are merged in 16 bits, and what the first of them counts.
struct DigitRun {
  int first = 0, count = 0;
  int64_t weight = 1;
};

/// A panel as a kernel sees it.
struct KernelPanel {
  PanelKind kind = PanelKind::Words;
  const uint8_t* tables = nullptr;  // or cells, if bits are multiplied by them
  const uint8_t* most = nullptr;    // of Saturating: the largest codes, an entry
  int64_t segment = 1;              // of Bytes: kListStep entries so many times fit in a byte together
  int scale = 0;                    // of Bytes: sums count 2^scale
  const PanelConversion* conversion = nullptr;
  const PanelNoise* noise = nullptr;
  const DigitRun* runs = nullptr;
  int64_t run_count = 0;
};

/// The vectors of a block: which entries each of them reads for each bit of its inputs, and the bits.
struct BlockReads {
  const uint16_t* entries = nullptr;  // [vector][bit][pitch]; entry 0, which is 0, fills up
  const uint16_t* counts = nullptr;   // of these lists, in kListStep
  int64_t pitch = 0;                  // list_pitch()
  const uint8_t* inputs = nullptr;    // [vector][low or high][product_rows()], bytes of driven inputs
  const uint16_t* driven = nullptr;   // [vector], the bits of all its inputs together
  int64_t rows = 0;                   // of the tile
  int64_t vectors = 0;
  int64_t first_vector = 0;  // of the run: noise depends on it
  const ReadNoise* normals = nullptr;
};

/// Wider digits: the pairs of rows that a vector drives with one of its digits, and both digits.
struct WideReads {
  const uint16_t* pairs;
  const uint32_t* digits;  // of the first row | of the second << 16
  int64_t begin;           // of the first digit's list; each of the others begins where the one before it ends
  const int64_t* ends;
  int digit_count;
  int64_t vector;  // of the run: noise depends on it
  const ReadNoise* normals;
};

constexpr int64_t kWideColumns = 16;  // of a panel that wider digits read

/// Codes of sums * unit: see circuit::Transfer.
struct WideConversion {
  alignas(kLine) double unit[kWideColumns], offset[kWideColumns], gain[kWideColumns], zero[kWideColumns],
      step[kWideColumns], most[kWideColumns];
};

/// Columns of a panel whose merged codes are added to totals that follow each other, as kernels take them.
constexpr int64_t unit_of(PanelKind kind) { return kind == PanelKind::Noisy ? 8 : 16; }
constexpr int64_t kMostUnits = 4;  // of a panel

/// Where merged codes go.
struct PanelTotals {
  const int32_t* coefficients = nullptr;  // by column
  int32_t* totals = nullptr;              // of a vector, the next so far apart
  int64_t stride = 0;
  std::array<int64_t, kMostUnits> first;  // total of the first column of a unit
};

/// Driven inputs are (code + offset) & mask, of 8 bits at most or of two bytes.
struct DrivenInputs {
  uint32_t offset, mask;
  bool two_bytes() const { return mask > 255; }
};

struct ColumnKernels {
  const char* name;

  /// Bytes of the driven inputs of 64 vectors of `rows` codes, only the first `lanes` of which matter:
  /// [row][64] with 0 beyond the rows, up to whole tables. `high` is null if they have 8 bits at most.
  void (*turn)(const int32_t* const* vectors, int64_t rows, int64_t lanes, const DrivenInputs& what,
               uint8_t* low, uint8_t* high);
  /// What the first `lanes` of 64 vectors read, from [row][64] bytes of their driven inputs of `planes` bits.
  /// `scratch`: list_scratch() bytes.
  void (*list)(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, int64_t lanes,
               uint8_t* scratch, uint16_t* entries, uint16_t* counts);
  /// Tables of the cells of a panel, [row][line], of bytes or of words.
  void (*make_tables)(const uint8_t* cells, int64_t rows, bool words, uint8_t* tables);
  /// Codes merged run by run: merged[vector][run][words of the panel].
  void (*codes)(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged);
  /// Adds coefficient * merged code of each column to its total; vectors are so many words apart in `merged`.
  void (*gather)(PanelKind kind, const uint16_t* merged, int64_t stride, int64_t vectors,
                 const PanelTotals& to);
  /// The sums of the inputs of 64 vectors, from [row][64] bytes of the driven ones.
  void (*sum_inputs)(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, bool is_signed,
                     int32_t* sums);
  /// totals[vector][row] = coefficients[row] * factors[vector]
  void (*set_multiples)(const int32_t* factors, int64_t vectors, const int32_t* coefficients, int64_t rows,
                        int32_t* totals);
  /// The same, added to totals of vectors that are so far apart.
  void (*add_multiples)(const int32_t* factors, int64_t vectors, const int32_t* coefficients, int64_t rows,
                        int32_t* totals, int64_t stride);
  /// Sums of products of a vector's digits and cells, [pair of rows][column][row], each pair followed by the
  /// variances of its cells if there is noise: sums[digit][kWideColumns].
  void (*sum_digits)(const int16_t* cells, const PanelNoise* noise, const WideReads& reads, int32_t* sums);
  /// Codes of the sums of digits of `width` bits, merged: at most 2^48, which numbers of double precision hold.
  void (*code_digits)(const WideConversion& conversion, int digits, int width, const int32_t* sums,
                      double* merged);
  /// Adds step * total to `count` outputs of each vector.
  void (*add_totals)(const int32_t* totals, int64_t stride, int64_t vectors, int64_t count, int64_t step,
                     int64_t* outputs, int64_t output_stride);

  // Null where processors do not multiply matrices.
  /// The driven inputs of vectors one by one, see BlockReads, and `driven`: from codes `stride` apart, or of
  /// the first `lanes` of 64 from [row][64] bytes.
  void (*pack_inputs)(const int32_t* codes, int64_t stride, int64_t vectors, int64_t rows,
                      const DrivenInputs& what, uint8_t* inputs, uint16_t* driven) = nullptr;
  void (*turn_inputs)(const uint8_t* low, const uint8_t* high, int64_t rows, int64_t lanes, uint8_t* inputs,
                      uint16_t* driven) = nullptr;
  /// The sums of the inputs of vectors, from their driven ones.
  void (*sum_vectors)(const uint8_t* inputs, int64_t rows, int planes, bool is_signed, int64_t vectors,
                      int32_t* sums) = nullptr;
  /// Like codes(), of inputs instead of lists, cells instead of tables.
  void (*codes_of_products)(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged) = nullptr;

  /// Like sum_digits(), of bytes of wider digits, [read][product_rows()], reads in kProductReads:
  /// sums[read][kWideColumns] by cells, see wide_place().
  void (*sum_wide_products)(const uint8_t* digits, int64_t reads, int64_t rows, const uint8_t* cells,
                            int32_t* sums) = nullptr;

  /// Whether panels of a kind are read by products: sums of bytes must fit in 16 bits.
  bool multiplies(PanelKind kind, int64_t rows) const {
    return codes_of_products != nullptr && (columns_of(kind) == kLine || rows * 255 <= UINT16_MAX);
  }
};

/// Places of a list.
constexpr int64_t list_pitch(int64_t rows) {
  return (table_count(rows) + kListStep - 1) / kListStep * kListStep;
}
/// Bytes that ColumnKernels::list needs beside: a word per vector, four bits of inputs and table, of whole
/// registers of tables.
constexpr int64_t list_scratch(int64_t rows, int planes) {
  constexpr int64_t kTogether = 32;  // words of a register
  const int64_t tables = (table_count(rows) + kTogether - 1) / kTogether * kTogether;
  return (planes + 7) / 8 * 2 * kStrip * tables * static_cast<int64_t>(sizeof(uint16_t));
}

/// The kernels of a set of instructions, or of the best there is if this processor lacks them.
const ColumnKernels& column_kernels(Instructions instructions);

}  // namespace ohmweave::array
