// SPDX-License-Identifier: Apache-2.0
#pragma once

// The text of all kernels. Included by one source file per set of instructions, between OHMWEAVE_BEGIN_TARGET
// and OHMWEAVE_END_TARGET: every function here is compiled for that set. It includes nothing, and Ops is:
//   Register         64 / kRegisters bytes: lanes of 8 or 16 bits
//   kRegisters       registers of a strip
//   kTableRows, kTableBytes
//   load, store, table (a table for all lanes), look (entries by index)
//   add8, add_saturated8 (unsigned), min8, set8, any (whether any bit is set)
//   add16, subtract_saturated16 (unsigned), min16 (unsigned), multiply_high16 (unsigned), set16, left16,
//   right16, even (the even bytes as 16 bits), odd add_noise: v with noise, see noise below.

namespace {

using Register = Ops::Register;
constexpr int kRegisters = Ops::kRegisters;

constexpr int64_t kBytes = kStrip / kRegisters;  // of a register

/// Lanes of 16 bits, the even and the odd ones of each register of D digits of a strip.
template <int D>
struct Halves {
  Register even[D * kRegisters], odd[D * kRegisters];
};

int64_t place(int64_t vector) {
  const int64_t within = vector % kBytes;
  return vector / kBytes * kBytes + within % 2 * (kBytes / 2) + within / 2;
}

[[gnu::always_inline]] inline void store_halves(const Register* even, const Register* odd, uint16_t* to) {
  auto* bytes = reinterpret_cast<uint8_t*>(to);
  for (int r = 0; r < kRegisters; ++r) {
    Ops::store(bytes + 2 * r * kBytes, even[r]);
    Ops::store(bytes + (2 * r + 1) * kBytes, odd[r]);
  }
}

/// merged = or += even and odd codes of a digit, which count 2^d.
[[gnu::always_inline]] inline void merge_digit(const Register* even, const Register* odd, int d,
                                               uint16_t* merged) {
  auto* bytes = reinterpret_cast<uint8_t*>(merged);
  for (int r = 0; r < kRegisters; ++r) {
    for (int half = 0; half < 2; ++half) {
      uint8_t* at = bytes + (2 * r + half) * kBytes;
      const Register code = Ops::left16(half == 0 ? even[r] : odd[r], d);
      Ops::store(at, d == 0 ? code : Ops::add16(Ops::load(at), code));
    }
  }
}

/// Those of a strip's tables that are read for D digits. All others have entry 0 to add, which is 0 unless
/// cells are below it: data with zeros are faster.
struct Used {
  const uint8_t* index;  // of the first digit
  const uint16_t* list;
  int64_t count, tables;
};
template <int D>
[[gnu::always_inline]] inline Used used_of(const StripInputs& inputs, int64_t bit) {
  const uint16_t* used = inputs.used_of(bit, D > 1);
  return {inputs.of_bit(bit), used + 1, used[0], inputs.tables};
}

void find_used(const uint8_t* indices, int64_t tables, int bits, uint16_t* used) {
  constexpr int kLists = Ops::kDigits > 1 ? 2 : 1;
  for (int bit = 0; bit < bits; ++bit) {
    for (int list = 0; list < kLists; ++list) {
      uint16_t* to = used + (2 * bit + list) * (tables + 1);
      const int together = list == 0 ? 1 : Ops::kDigits, last = bit + together < bits ? bit + together : bits;
      uint16_t count = 0;
      for (int64_t g = 0; g < tables; ++g) {
        Register all = Ops::set8(0);
        for (int b = bit; b < last; ++b) {
          for (int r = 0; r < kRegisters; ++r)
            all = Ops::add_saturated8(all, Ops::load(indices + (b * tables + g) * kStrip + r * kBytes));
        }
        const bool read = Ops::any(all);
        to[read ? 1 + count : tables - (g - count)] = static_cast<uint16_t>(g);
        count = static_cast<uint16_t>(count + (read ? 1 : 0));
      }
      to[0] = count;
    }
  }
}

/// The indices of one table for D digits.
template <int D>
[[gnu::always_inline]] inline void load_indices(const Used& used, int64_t g, Register* at) {
  for (int k = 0; k < D * kRegisters; ++k)
    at[k] = Ops::kept(
        Ops::load(used.index + (k / kRegisters * used.tables + g) * kStrip + k % kRegisters * kBytes));
}

// --- sums that saturate
// ----------------------------------------------------------------------------------------

constexpr int kColumns = 4;

/// Adds the entries of the tables [first, last) of four columns. Adding with saturation is what fewer units of
/// processors can do.
template <int D, bool Saturated>
[[gnu::always_inline]] inline void add_columns(const uint8_t* const* tables, const Used& used, int64_t first,
                                               int64_t last, Register (*sums)[D * kRegisters]) {
  constexpr int kLanes = D * kRegisters;
  for (int64_t i = first; i < last; ++i) {
    const int64_t g = used.list[i];
    Register at[kLanes];
    load_indices<D>(used, g, at);
#pragma GCC unroll 4
    for (int c = 0; c < kColumns; ++c) {
      const Ops::Table table = Ops::table(tables[c] + g * Ops::kTableBytes);
      for (int k = 0; k < kLanes; ++k) {
        const Register entries = Ops::look(table, at[k]);
        sums[c][k] =
            Ops::kept(Saturated ? Ops::add_saturated8(sums[c][k], entries) : Ops::add8(sums[c][k], entries));
      }
    }
  }
}

template <int D>
[[gnu::always_inline]] inline void saturate_digits(const SaturatingColumns& columns, const Used& used,
                                                   int first, uint16_t* merged) {
  constexpr int kLanes = D * kRegisters;
  const uint8_t* const tables[kColumns] = {columns.tables[0], columns.tables[1], columns.tables[2],
                                           columns.tables[3]};
  Register sums[kColumns][kLanes];
  for (auto& of_column : sums)
    for (Register& s : of_column) s = Ops::set8(0);
  const int64_t segment = columns.segment < used.count ? columns.segment : used.count;
  add_columns<D, false>(tables, used, 0, segment, sums);
  add_columns<D, true>(tables, used, segment, used.count, sums);
  const Register limit = Ops::set8(columns.most);
  for (int c = 0; c < kColumns; ++c) {
    for (int d = 0; d < D; ++d) {
      Register even[kRegisters], odd[kRegisters];
      for (int r = 0; r < kRegisters; ++r) {
        const Register code = Ops::min8(sums[c][d * kRegisters + r], limit);
        even[r] = Ops::even(code);
        odd[r] = Ops::odd(code);
      }
      merge_digit(even, odd, first + d, merged + c * kStrip);
    }
  }
}

void saturating(const SaturatingColumns& columns, const StripInputs& inputs, DigitRun run, uint16_t* merged) {
  int d = 0;
  for (; d + Ops::kDigits <= run.count; d += Ops::kDigits)
    saturate_digits<Ops::kDigits>(columns, used_of<Ops::kDigits>(inputs, run.first + d), d, merged);
  for (; d < run.count; ++d) saturate_digits<1>(columns, used_of<1>(inputs, run.first + d), d, merged);
}

// --- sums of 16 bits
// -------------------------------------------------------------------------------------------

template <int D>
[[gnu::always_inline]] inline void widen(const Register* sums, Halves<D>& to) {
  for (int k = 0; k < D * kRegisters; ++k) {
    to.even[k] = Ops::add16(to.even[k], Ops::even(sums[k]));
    to.odd[k] = Ops::add16(to.odd[k], Ops::odd(sums[k]));
  }
}
template <int D>
[[gnu::always_inline]] inline void set(Halves<D>& h, int value) {
  for (int k = 0; k < D * kRegisters; ++k) h.even[k] = h.odd[k] = Ops::set16(value);
}

/// Adds the entries of the tables [first, last), which fit in bytes together.
template <int D>
[[gnu::always_inline]] inline void add_bytes(const uint8_t* tables, const Used& used, int64_t first,
                                             int64_t last, Halves<D>& to) {
  constexpr int kLanes = D * kRegisters;
  Register sums[kLanes];
  for (Register& s : sums) s = Ops::set8(0);
#pragma GCC unroll 4
  for (int64_t i = first; i < last; ++i) {
    const int64_t g = used.list[i];
    Register at[kLanes];
    load_indices<D>(used, g, at);
    const Ops::Table table = Ops::table(tables + g * Ops::kTableBytes);
    for (int k = 0; k < kLanes; ++k) sums[k] = Ops::kept(Ops::add8(sums[k], Ops::look(table, at[k])));
  }
  widen<D>(sums, to);
}
/// The same of tables of pairs.
template <int D>
[[gnu::always_inline]] inline void add_pairs(const uint8_t* tables, const Used& used, int64_t first,
                                             int64_t last, Halves<D>& low, Halves<D>& high) {
  constexpr int kLanes = D * kRegisters;
  Register lows[kLanes], highs[kLanes];
  for (int k = 0; k < kLanes; ++k) lows[k] = highs[k] = Ops::set8(0);
#pragma GCC unroll 4
  for (int64_t i = first; i < last; ++i) {
    const int64_t g = used.list[i];
    Register at[kLanes];
    load_indices<D>(used, g, at);
    const Ops::Table table = Ops::table(tables + 2 * g * Ops::kTableBytes);
    const Ops::Table above = Ops::table(tables + (2 * g + 1) * Ops::kTableBytes);
    for (int k = 0; k < kLanes; ++k) {
      lows[k] = Ops::kept(Ops::add8(lows[k], Ops::look(table, at[k])));
      highs[k] = Ops::kept(Ops::add8(highs[k], Ops::look(above, at[k])));
    }
  }
  widen<D>(lows, low);
  widen<D>(highs, high);
}

template <int D>
[[gnu::always_inline]] inline Halves<D> sums_of_bytes(const uint8_t* tables, const Used& used,
                                                      int64_t segment) {
  Halves<D> out;
  set<D>(out, 0);
  int64_t first = 0;
  for (; first + segment <= used.count; first += segment)
    add_bytes<D>(tables, used, first, first + segment, out);
  if (first < used.count) add_bytes<D>(tables, used, first, used.count, out);
  return out;
}

/// Tables of pairs that are added in bytes: five low bits, and the high bits of kMostOfFour per four rows.
constexpr int64_t kPairSegment = Ops::kTableRows > 4 ? 4 : 8;
/// Sums low + 32 high.
template <int D>
[[gnu::always_inline]] inline Halves<D> sums_of_pairs(const uint8_t* tables, const Used& used) {
  Halves<D> low, high;
  set<D>(low, 0);
  set<D>(high, 0);
  int64_t first = 0;
  for (; first + kPairSegment <= used.count; first += kPairSegment)
    add_pairs<D>(tables, used, first, first + kPairSegment, low, high);
  if (first < used.count) add_pairs<D>(tables, used, first, used.count, low, high);
  for (int k = 0; k < D * kRegisters; ++k) {
    low.even[k] = Ops::add16(low.even[k], Ops::left16(high.even[k], 5));
    low.odd[k] = Ops::add16(low.odd[k], Ops::left16(high.odd[k], 5));
  }
  return low;
}

/// KernelColumn::start, and what the entries 0 of tables that are not read would have added to it.
[[gnu::always_inline]] inline int start_of(const KernelColumn& column, const Used& used) {
  int start = column.start;
  if (start == 32768) return start;
  for (int64_t i = used.count; i < used.tables; ++i) {
    const uint8_t* low = column.tables + 2 * used.list[i] * Ops::kTableBytes;
    start += low[0] + 32 * low[Ops::kTableBytes];
  }
  return start;
}

template <int D>
[[gnu::always_inline]] inline Halves<D> sums_of(const KernelColumn& column, const Used& used) {
  Halves<D> v = column.parts == 2 ? sums_of_pairs<D>(column.tables, used)
                                  : sums_of_bytes<D>(column.tables, used, column.segment);
  const Register start = Ops::set16(start_of(column, used));
  for (int k = 0; k < D * kRegisters; ++k) {
    if (column.scale > 0) {
      v.even[k] = Ops::left16(v.even[k], column.scale);
      v.odd[k] = Ops::left16(v.odd[k], column.scale);
    }
    v.even[k] = Ops::add16(v.even[k], start);
    v.odd[k] = Ops::add16(v.odd[k], start);
  }
  return v;
}

void sums(const KernelColumn& column, const StripInputs& inputs, int64_t bit, uint16_t* to) {
  const Halves<1> v = sums_of<1>(column, used_of<1>(inputs, bit));
  store_halves(v.even, v.odd, to);
}

[[gnu::always_inline]] inline Register convert(Register v, const Conversion& c) {
  Register u = Ops::min16(Ops::subtract_saturated16(v, Ops::set16(c.below)), Ops::set16(c.cap));
  if (c.factor == 0) return Ops::right16(u, c.down);
  u = Ops::add16(Ops::left16(u, c.shift), Ops::set16(c.half));
  return Ops::right16(Ops::multiply_high16(u, Ops::set16(c.factor)), c.down);
}

/// Codes of D digits from `first` of the run on.
template <int D>
[[gnu::always_inline]] inline void convert_digits(const KernelColumn& column, const Used& used,
                                                  const DigitRun& run, int first, uint16_t* merged) {
  const Conversion& conversion = column.conversion;
  Halves<D> v = sums_of<D>(column, used);
  if (column.noise != nullptr) {
    Halves<D> variance;
    set<D>(variance, 0);
    if (column.noise->tables != nullptr) {
      constexpr int64_t kSegment = 252 / (TileColumns::kMostVarianceOfFour * (Ops::kTableRows > 4 ? 2 : 1));
      variance = sums_of_bytes<D>(column.noise->tables, used, kSegment);
    }
    for (int d = 0; d < D; ++d) {
      const int k = d * kRegisters;
      add_noise(v.even + k, v.odd + k, variance.even + k, variance.odd + k, *column.noise,
                run.first + first + d);
    }
  }
  for (int d = 0; d < D; ++d) {
    Register *even = v.even + d * kRegisters, *odd = v.odd + d * kRegisters;
    if (conversion.table != nullptr) {
      alignas(64) uint16_t codes[kStrip];
      store_halves(even, odd, codes);
      for (uint16_t& c : codes) c = conversion.table[c];
      const auto* bytes = reinterpret_cast<const uint8_t*>(codes);
      for (int r = 0; r < kRegisters; ++r) {
        even[r] = Ops::load(bytes + 2 * r * kBytes);
        odd[r] = Ops::load(bytes + (2 * r + 1) * kBytes);
      }
    } else {
      for (int r = 0; r < kRegisters; ++r) {
        even[r] = convert(even[r], conversion);
        odd[r] = convert(odd[r], conversion);
      }
    }
    merge_digit(even, odd, first + d, merged);
  }
}

void converted(const KernelColumn& column, const StripInputs& inputs, DigitRun run, uint16_t* merged) {
  constexpr int kDigits = Ops::kDigits > 1 ? 2 : 1;
  int d = 0;
  for (; d + kDigits <= run.count; d += kDigits)
    convert_digits<kDigits>(column, used_of<kDigits>(inputs, run.first + d), run, d, merged);
  for (; d < run.count; ++d) convert_digits<1>(column, used_of<1>(inputs, run.first + d), run, d, merged);
}

void gather(const uint16_t* merged, int32_t coefficient, int32_t* totals) {
  for (int64_t k = 0; k < kStrip; ++k) totals[k] += coefficient * static_cast<int32_t>(merged[k]);
}
void gather_wide(const uint16_t* merged, int64_t coefficient, int64_t* totals) {
  for (int64_t k = 0; k < kStrip; ++k) totals[k] += coefficient * static_cast<int64_t>(merged[k]);
}

void turn(const int32_t* const* vectors, int64_t rows, uint32_t offset, uint32_t mask, uint8_t* low,
          uint8_t* high);

void add_square(const int32_t* totals, int64_t* const* to);

constexpr ColumnKernels kKernels = {Ops::kName, Ops::kTableRows, Ops::kTableBytes, index,      find_used,
                                    turn,       make_tables,     make_wide_tables, saturating, converted,
                                    sums,       gather,          gather_wide,      add_square, place};

}  // namespace
