// SPDX-License-Identifier: Apache-2.0
#pragma once

// The text of all kernels. Included by one source file per set of instructions, between OHMWEAVE_BEGIN_TARGET
// and OHMWEAVE_END_TARGET: every function here is compiled for that set. It includes nothing, and Ops is:
//   Register         64 / kRegisters bytes: lanes of 8 or 16 bits
//   kRegisters       registers of a strip
//   kTableRows, kTableBytes
//   load, store, table (a table for all lanes), look (entries by index)
//   add8, add_saturated8 (unsigned), min8, set8
//   add16, subtract_saturated16 (unsigned), min16 (unsigned), multiply_high16 (unsigned), set16, left16,
//   right16, even (the even bytes as 16 bits), odd add_noise: v with noise, see noise below.

namespace {

using Register = Ops::Register;
constexpr int kRegisters = Ops::kRegisters;

/// Lanes of 16 bits, the even and the odd ones of each register of a strip.
struct Halves {
  Register even[kRegisters], odd[kRegisters];
};

[[gnu::always_inline]] inline void store_halves(const Halves& h, uint16_t* to) {
  constexpr int64_t kLanes = kStrip / kRegisters / 2;
  for (int r = 0; r < kRegisters; ++r) {
    Ops::store(reinterpret_cast<uint8_t*>(to + 2 * r * kLanes), h.even[r]);
    Ops::store(reinterpret_cast<uint8_t*>(to + (2 * r + 1) * kLanes), h.odd[r]);
  }
}
[[gnu::always_inline]] inline Halves load_halves(const uint16_t* from) {
  constexpr int64_t kLanes = kStrip / kRegisters / 2;
  Halves h;
  for (int r = 0; r < kRegisters; ++r) {
    h.even[r] = Ops::load(reinterpret_cast<const uint8_t*>(from + 2 * r * kLanes));
    h.odd[r] = Ops::load(reinterpret_cast<const uint8_t*>(from + (2 * r + 1) * kLanes));
  }
  return h;
}

int64_t place(int64_t vector) {
  constexpr int64_t kLanes = kStrip / kRegisters;  // bytes of a register
  const int64_t within = vector % kLanes;
  return vector / kLanes * kLanes + within % 2 * (kLanes / 2) + within / 2;
}

void saturating(const uint8_t* const* tables, const uint8_t* indices, int64_t count, DigitRun run, int most,
                uint16_t* merged) {
  constexpr int kColumns = 4;
  const Register limit = Ops::set8(most);
  for (int d = 0; d < run.count; ++d) {
    const uint8_t* index = indices + (run.first + d) * count * kStrip;
    const uint8_t *t0 = tables[0], *t1 = tables[1], *t2 = tables[2], *t3 = tables[3];
    Register sums[kColumns][kRegisters];
    for (auto& of_column : sums)
      for (Register& s : of_column) s = Ops::set8(0);
#pragma GCC unroll 2
    for (int64_t g = 0; g < count; ++g) {
      Register at[kRegisters];
      for (int r = 0; r < kRegisters; ++r)
        at[r] = Ops::kept(Ops::load(index + g * kStrip + r * (kStrip / kRegisters)));
      auto add = [&](Register* sum, const uint8_t* of_column) {
        const Ops::Table table = Ops::table(of_column + g * Ops::kTableBytes);
        for (int r = 0; r < kRegisters; ++r) sum[r] = Ops::add_saturated8(sum[r], Ops::look(table, at[r]));
      };
      add(sums[0], t0);
      add(sums[1], t1);
      add(sums[2], t2);
      add(sums[3], t3);
    }
    for (int c = 0; c < kColumns; ++c) {
      Halves all;
      if (d > 0) all = load_halves(merged + c * kStrip);
      for (int r = 0; r < kRegisters; ++r) {
        const Register code = Ops::min8(sums[c][r], limit);
        const Register even = Ops::left16(Ops::even(code), d), odd = Ops::left16(Ops::odd(code), d);
        all.even[r] = d == 0 ? even : Ops::add16(all.even[r], even);
        all.odd[r] = d == 0 ? odd : Ops::add16(all.odd[r], odd);
      }
      store_halves(all, merged + c * kStrip);
    }
  }
}

[[gnu::always_inline]] inline void widen(const Register* sums, Halves& to) {
  for (int r = 0; r < kRegisters; ++r) {
    to.even[r] = Ops::add16(to.even[r], Ops::even(sums[r]));
    to.odd[r] = Ops::add16(to.odd[r], Ops::odd(sums[r]));
  }
}
[[gnu::always_inline]] inline void set(Halves& h, int value) {
  for (int r = 0; r < kRegisters; ++r) h.even[r] = h.odd[r] = Ops::set16(value);
}

/// Adds the entries of the tables [first, last), which fit in bytes together.
[[gnu::always_inline]] inline void add_bytes(const uint8_t* tables, const uint8_t* index, int64_t first,
                                             int64_t last, Halves& to) {
  Register sums[kRegisters];
  for (Register& s : sums) s = Ops::set8(0);
#pragma GCC unroll 4
  for (int64_t g = first; g < last; ++g) {
    const Ops::Table table = Ops::table(tables + g * Ops::kTableBytes);
    for (int r = 0; r < kRegisters; ++r) {
      const Register at = Ops::load(index + g * kStrip + r * (kStrip / kRegisters));
      sums[r] = Ops::add8(sums[r], Ops::look(table, at));
    }
  }
  widen(sums, to);
}
/// The same of tables of pairs.
[[gnu::always_inline]] inline void add_pairs(const uint8_t* tables, const uint8_t* index, int64_t first,
                                             int64_t last, Halves& low, Halves& high) {
  Register lows[kRegisters], highs[kRegisters];
  for (int r = 0; r < kRegisters; ++r) lows[r] = highs[r] = Ops::set8(0);
#pragma GCC unroll 4
  for (int64_t g = first; g < last; ++g) {
    const Ops::Table table = Ops::table(tables + 2 * g * Ops::kTableBytes);
    const Ops::Table above = Ops::table(tables + (2 * g + 1) * Ops::kTableBytes);
    for (int r = 0; r < kRegisters; ++r) {
      const Register at = Ops::kept(Ops::load(index + g * kStrip + r * (kStrip / kRegisters)));
      lows[r] = Ops::add8(lows[r], Ops::look(table, at));
      highs[r] = Ops::add8(highs[r], Ops::look(above, at));
    }
  }
  widen(lows, low);
  widen(highs, high);
}

[[gnu::always_inline]] inline Halves sums_of_bytes(const uint8_t* tables, const uint8_t* index, int64_t count,
                                                   int64_t segment) {
  Halves out;
  set(out, 0);
  int64_t first = 0;
  for (; first + segment <= count; first += segment) add_bytes(tables, index, first, first + segment, out);
  if (first < count) add_bytes(tables, index, first, count, out);
  return out;
}

/// Tables of pairs that are added in bytes: five low bits, and the high bits of kMostOfFour per four rows.
constexpr int64_t kPairSegment = Ops::kTableRows > 4 ? 4 : 8;
/// Sums low + 32 high.
[[gnu::always_inline]] inline Halves sums_of_pairs(const uint8_t* tables, const uint8_t* index, int64_t count) {
  Halves low, high;
  set(low, 0);
  set(high, 0);
  int64_t first = 0;
  for (; first + kPairSegment <= count; first += kPairSegment)
    add_pairs(tables, index, first, first + kPairSegment, low, high);
  if (first < count) add_pairs(tables, index, first, count, low, high);
  for (int r = 0; r < kRegisters; ++r) {
    low.even[r] = Ops::add16(low.even[r], Ops::left16(high.even[r], 5));
    low.odd[r] = Ops::add16(low.odd[r], Ops::left16(high.odd[r], 5));
  }
  return low;
}

[[gnu::always_inline]] inline Halves sums_of(const KernelColumn& column, const uint8_t* index, int64_t count) {
  Halves v = column.parts == 2 ? sums_of_pairs(column.tables, index, count)
                               : sums_of_bytes(column.tables, index, count, column.segment);
  const Register start = Ops::set16(column.start);
  for (int r = 0; r < kRegisters; ++r) {
    if (column.scale > 0) {
      v.even[r] = Ops::left16(v.even[r], column.scale);
      v.odd[r] = Ops::left16(v.odd[r], column.scale);
    }
    v.even[r] = Ops::add16(v.even[r], start);
    v.odd[r] = Ops::add16(v.odd[r], start);
  }
  return v;
}

void sums(const KernelColumn& column, const uint8_t* indices, int64_t count, uint16_t* to) {
  store_halves(sums_of(column, indices, count), to);
}

[[gnu::always_inline]] inline Register convert(Register v, const Conversion& c) {
  Register u = Ops::min16(Ops::subtract_saturated16(v, Ops::set16(c.below)), Ops::set16(c.cap));
  if (c.factor == 0) return Ops::right16(u, c.down);
  u = Ops::add16(Ops::left16(u, c.shift), Ops::set16(c.half));
  return Ops::right16(Ops::multiply_high16(u, Ops::set16(c.factor)), c.down);
}

void converted(const KernelColumn& column, const uint8_t* indices, int64_t count, DigitRun run,
               uint16_t* merged) {
  const Conversion& conversion = column.conversion;
  for (int d = 0; d < run.count; ++d) {
    const int digit = run.first + d;
    const uint8_t* index = indices + digit * count * kStrip;
    Halves v = sums_of(column, index, count);
    if (column.noise != nullptr) {
      Halves variance;
      set(variance, 0);
      if (column.noise->tables != nullptr) {
        constexpr int64_t kSegment = 252 / (TileColumns::kMostVarianceOfFour * (Ops::kTableRows > 4 ? 2 : 1));
        variance = sums_of_bytes(column.noise->tables, index, count, kSegment);
      }
      add_noise(v, variance, *column.noise, digit);
    }
    if (conversion.table != nullptr) {
      alignas(64) uint16_t codes[kStrip];
      store_halves(v, codes);
      for (uint16_t& c : codes) c = conversion.table[c];
      v = load_halves(codes);
    } else {
      for (int r = 0; r < kRegisters; ++r) {
        v.even[r] = convert(v.even[r], conversion);
        v.odd[r] = convert(v.odd[r], conversion);
      }
    }
    Halves all;
    if (d > 0) all = load_halves(merged);
    for (int r = 0; r < kRegisters; ++r) {
      const Register even = Ops::left16(v.even[r], d), odd = Ops::left16(v.odd[r], d);
      all.even[r] = d == 0 ? even : Ops::add16(all.even[r], even);
      all.odd[r] = d == 0 ? odd : Ops::add16(all.odd[r], odd);
    }
    store_halves(all, merged);
  }
}

void gather(const uint16_t* merged, int32_t coefficient, int32_t* totals) {
  for (int64_t k = 0; k < kStrip; ++k) totals[k] += coefficient * static_cast<int32_t>(merged[k]);
}
void gather_wide(const uint16_t* merged, int64_t coefficient, int64_t* totals) {
  for (int64_t k = 0; k < kStrip; ++k) totals[k] += coefficient * static_cast<int64_t>(merged[k]);
}

void turn(const int32_t* const* vectors, int64_t rows, uint32_t offset, uint32_t mask, uint8_t* low,
          uint8_t* high);

constexpr ColumnKernels kKernels = {Ops::kName,
                                    Ops::kTableRows,
                                    Ops::kTableBytes,
                                    index,
                                    turn,
                                    make_tables,
                                    make_wide_tables,
                                    saturating,
                                    converted,
                                    sums,
                                    gather,
                                    gather_wide,
                                    place};

}  // namespace
