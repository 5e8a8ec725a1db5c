// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ohmweave/array/column_tile.h"
#include "ohmweave/array/read_noise.h"

// The kernels of column_tile.cc: one set of functions per set of instructions, made of the same text
// (column_kernels_body.h) over different registers. Sums over rows are looked up: a table has the sums of every
// subset of a few neighbouring rows ("four Russians"), and the bits of an input digit of these rows are the
// index.
//
// A strip is 64 vectors side by side. What a strip computes stands in the order of the registers: place() says
// where.
namespace ohmweave::array {

constexpr int64_t kStrip = 64;
static_assert(kStrip == ReadNoise::kVectors);
constexpr int64_t kRowsTogether =
    12;  // cells of a column are padded to a multiple: whole tables for all kernels

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

/// The noise of a column's conversions, see NoiseScale.
struct ColumnNoise {
  float slope = 0, base = 0;
  const uint8_t* tables = nullptr;  // of the variances; none if all conversions have the same
  int64_t column = 0, block = 0;    // whose normal numbers
  const ReadNoise* normals = nullptr;
};

/// Digits that are merged in 16 bits, and what the first of them counts.
struct DigitRun {
  int first = 0, count = 0;
  int64_t weight = 1;
};

/// A column as a kernel sees it. Its tables follow each other from the first rows to the last.
struct KernelColumn {
  const uint8_t* tables = nullptr;  // low parts; of two parts, the high parts of a table follow its low parts
  int64_t segment = 1;              // of one part: tables whose sums fit in a byte together
  int parts = 1;                    // bytes of a sum: 2 stands for sums low + 32 high
  int scale = 0;                    // sums count 2^scale
  uint16_t start = 0;               // what v is without any input: 32768 less what entries 0 sum up to
  Conversion conversion;
  const ColumnNoise* noise = nullptr;
};

/// The inputs of a strip as kernels take them.
struct StripInputs {
  const uint8_t* indices = nullptr;  // [bit][table][64]
  /// Which tables any vector reads more of than the entry 0: [bit][2][1 + tables], their number before them and
  /// all others behind; the first for the bit alone, the second for as many bits from it on as kernels take
  /// together.
  const uint16_t* used = nullptr;
  int64_t tables = 0;

  const uint8_t* of_bit(int64_t bit) const { return indices + bit * tables * kStrip; }
  const uint16_t* used_of(int64_t bit, bool together) const {
    return used + (2 * bit + (together ? 1 : 0)) * (tables + 1);
  }
};

/// Four columns whose codes are min(sum, most). A sum of `segment` tables fits in a byte.
struct SaturatingColumns {
  const uint8_t* tables[4] = {};
  int64_t segment = 0;
  int most = 255;
};

struct ColumnKernels {
  const char* name;
  int64_t table_rows, table_bytes;

  int64_t tables(int64_t rows) const { return (rows + table_rows - 1) / table_rows; }
  int64_t index_bytes(int64_t rows) const { return tables(rows) * kStrip; }  // of one bit of the inputs

  /// Indices of `bits` bits of a strip's inputs, [bit][table][64], from the bytes of the driven inputs: `low`
  /// [row][64] has bits 0..7, `high` the others. Rows up to the next multiple of kRowsTogether are 0.
  void (*index)(const uint8_t* low, const uint8_t* high, int64_t rows, int bits, uint8_t* indices);
  /// StripInputs::used of indices.
  void (*find_used)(const uint8_t* indices, int64_t tables, int bits, uint16_t* used);
  /// Bytes of the driven inputs of 64 vectors of `rows` codes: [row][64] with 0 beyond the rows. A driven input
  /// is (code + offset) & mask; `high` is null if it has 8 bits at most.
  void (*turn)(const int32_t* const* vectors, int64_t rows, uint32_t offset, uint32_t mask, uint8_t* low,
               uint8_t* high);
  /// Tables of a column of cells of whole bytes, and of cells of 16 bits with a sign whose negative sums are
  /// added to every entry of a table.
  void (*make_tables)(const uint8_t* cells, int64_t rows, uint8_t* tables);
  void (*make_wide_tables)(const int16_t* cells, int64_t rows, uint8_t* tables);
  /// Codes of four columns, digits `run` merged: merged[column][64].
  void (*saturating)(const SaturatingColumns& columns, const StripInputs& inputs, DigitRun run,
                     uint16_t* merged);
  /// Codes of one column, merged: merged[64].
  void (*converted)(const KernelColumn& column, const StripInputs& inputs, DigitRun run, uint16_t* merged);
  /// v of one column and one bit of the inputs, without conversion: sums[64].
  void (*sums)(const KernelColumn& column, const StripInputs& inputs, int64_t bit, uint16_t* sums);
  /// totals[64] += coefficient * merged[64], if it fits.
  void (*gather)(const uint16_t* merged, int32_t coefficient, int32_t* totals);
  void (*gather_wide)(const uint16_t* merged, int64_t coefficient, int64_t* totals);
  /// to[k][j] += totals[64 j + k] for eight vectors k and eight outputs j.
  void (*add_square)(const int32_t* totals, int64_t* const* to);
  /// Where vector v of a strip stands among 64 results.
  int64_t (*place)(int64_t vector);
};

/// The kernels of a set of instructions, or of the best there is if this processor lacks them.
const ColumnKernels& column_kernels(Instructions instructions);

}  // namespace ohmweave::array
