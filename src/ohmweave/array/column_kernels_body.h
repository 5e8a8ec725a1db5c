// SPDX-License-Identifier: Apache-2.0
#pragma once

// The text of all kernels. Included by one source file per set of instructions, between OHMWEAVE_BEGIN_TARGET
// and OHMWEAVE_END_TARGET: every function here is compiled for that set. It includes nothing. That file has
// turn(), list(), add_noise() to the sums of 16 columns, sum_digits(), code_digits(), and Ops:
//   Register, kRegisters   of a line
//   Half, kHalves          registers of half a line, 16 words
//   load, store, set16, add16, subtract_saturated16, min16, multiply_high16, left16, right16
//                          on words without sign, of both
//   add32, multiply32, low_words, high_words (of pairs of words, as 32 bits), of both
//   add8, add_saturated8, min8, even (the even bytes as words), odd
//                          on bytes without sign, of Register
//   part                   a line in its halves

namespace {

using Register = Ops::Register;

/// An entry of a table, or 32 words.
struct Line {
  Register part[Ops::kRegisters];
  static constexpr int kParts = Ops::kRegisters;
};
/// 16 words.
struct HalfLine {
  Ops::Half part[Ops::kHalves];
  static constexpr int kParts = Ops::kHalves;
};

template <class L, class F>
[[gnu::always_inline]] inline L make_line(F f) {
  L out;
#pragma GCC unroll 4
  for (int k = 0; k < L::kParts; ++k) out.part[k] = f(k);
  return out;
}
template <class L>
[[gnu::always_inline]] inline L load_line(const void* from) {
  L out;
#pragma GCC unroll 4
  for (int k = 0; k < L::kParts; ++k)
    Ops::load(static_cast<const uint8_t*>(from) + k * static_cast<int>(sizeof(out.part[0])), out.part[k]);
  return out;
}
template <class L>
[[gnu::always_inline]] inline void store_line(void* to, const L& line) {
#pragma GCC unroll 4
  for (int k = 0; k < L::kParts; ++k)
    Ops::store(static_cast<uint8_t*>(to) + k * static_cast<int>(sizeof(line.part[0])), line.part[k]);
}
template <class L>
[[gnu::always_inline]] inline L set_line(int word) {
  L out;
#pragma GCC unroll 4
  for (int k = 0; k < L::kParts; ++k) Ops::set16(word, out.part[k]);
  return out;
}
template <class L>
[[gnu::always_inline]] inline L add_words(const L& a, const L& b) {
  return make_line<L>([&](int k) { return Ops::add16(a.part[k], b.part[k]); });
}
template <class L>
[[gnu::always_inline]] inline L move_left(const L& a, int n) {
  return make_line<L>([&](int k) { return Ops::left16(a.part[k], n); });
}
[[gnu::always_inline]] inline Line even_bytes(const Line& a) {
  return make_line<Line>([&](int k) { return Ops::even(a.part[k]); });
}
[[gnu::always_inline]] inline Line odd_bytes(const Line& a) {
  return make_line<Line>([&](int k) { return Ops::odd(a.part[k]); });
}

void make_tables(const uint8_t* cells, int64_t rows, bool words, uint8_t* tables) {
  for (int64_t r = 0; r < rows; r += kTableRows, tables += kEntries * kLine) {
    store_line(tables, set_line<Line>(0));
    for (int64_t j = 0; j < kTableRows; ++j) {
      const Line own = load_line<Line>(cells + (r + j) * kLine);
      for (int64_t k = 0; k < int64_t{1} << j; ++k) {
        const Line others = load_line<Line>(tables + k * kLine);
        const Line sum = words ? add_words(others, own)
                               : make_line<Line>([&](int p) { return Ops::add8(others.part[p], own.part[p]); });
        store_line(tables + ((int64_t{1} << j) + k) * kLine, sum);
      }
    }
  }
}

/// Adds up the entries of the next steps of a list.
template <class Add>
[[gnu::always_inline]] inline Line sum_entries(const uint8_t* tables, const uint16_t* entry, int64_t steps,
                                               Add add) {
  constexpr int kSums = Line::kParts == 1 ? 2 : 1;  // an addition does not wait for the one before
  Line sum[kSums];
  for (Line& own : sum) own = set_line<Line>(0);
  const auto take = [&](Line& to, const Line& own) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int p = 0; p < Line::kParts; ++p) to.part[p] = add(to.part[p], own.part[p]);
  };
  for (; steps > 0; --steps, entry += kListStep) {
#pragma GCC unroll 8
    for (int64_t j = 0; j < kListStep; ++j)
      take(sum[j % kSums], load_line<Line>(tables + static_cast<size_t>(entry[j]) * kEntryStep));
  }
  for (int k = 1; k < kSums; ++k) take(sum[0], sum[k]);
  return sum[0];
}
struct AddSaturated {
  [[gnu::always_inline]] Register operator()(Register a, Register b) const { return Ops::add_saturated8(a, b); }
};
struct AddBytes {
  [[gnu::always_inline]] Register operator()(Register a, Register b) const { return Ops::add8(a, b); }
};
struct AddWords {
  [[gnu::always_inline]] Register operator()(Register a, Register b) const { return Ops::add16(a, b); }
};

/// The codes of v, whose constants stand from a word on.
template <class L>
[[gnu::always_inline]] inline L convert(const L& v, const PanelConversion& c, int64_t word) {
  if (c.table != nullptr) {
    alignas(kLine) uint16_t codes[kLine / 2];
    store_line(codes, v);
    for (size_t k = 0; k < sizeof(L) / 2; ++k) codes[k] = c.table[codes[k]];
    return load_line<L>(codes);
  }
  const L below = load_line<L>(c.below + word), cap = load_line<L>(c.cap + word);
  L u = make_line<L>(
      [&](int k) { return Ops::min16(Ops::subtract_saturated16(v.part[k], below.part[k]), cap.part[k]); });
  if (c.multiplies) {
    const L half = load_line<L>(c.half + word), factor = load_line<L>(c.factor + word);
    u = add_words(move_left(u, c.shift), half);
    u = make_line<L>([&](int k) { return Ops::multiply_high16(u.part[k], factor.part[k]); });
  }
  return make_line<L>([&](int k) { return Ops::right16(u.part[k], c.down); });
}

// The codes of one conversion of the columns of a panel of each kind.

/// Which conversion: the entries that are read and, for noise, the vector of the run and the digit.
struct Conversions {
  const KernelPanel& panel;
  const ReadNoise* normals;
  int64_t steps, vector;
  int digit;
};

/// What fits in bytes together.
template <class Add>
[[gnu::always_inline]] inline void each_segment(const Conversions& at, const uint16_t* entry, Add add) {
  const int64_t most = at.panel.segment;
  int64_t left = at.steps;
  for (; left > most; left -= most, entry += most * kListStep)
    add(sum_entries(at.panel.tables, entry, most, AddBytes()));
  add(sum_entries(at.panel.tables, entry, left, AddBytes()));
}

/// Fits: sums of kListStep entries fit in a byte.
template <bool Fits>
struct Saturating {
  using Codes = Line;
  static constexpr int kLines = 2;

  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, Line* codes) {
    Line sum;
    if constexpr (Fits) {
      sum = set_line<Line>(0);
      each_segment(at, entry, [&](const Line& own) __attribute__((always_inline)) {
        sum = make_line<Line>([&](int p) { return Ops::add_saturated8(sum.part[p], own.part[p]); });
      });
    } else {
      sum = sum_entries(at.panel.tables, entry, at.steps, AddSaturated());
    }
    const Line most = load_line<Line>(at.panel.most);
    const Line held = make_line<Line>([&](int p) { return Ops::min8(sum.part[p], most.part[p]); });
    codes[0] = even_bytes(held), codes[1] = odd_bytes(held);
  }
};

struct Bytes {
  using Codes = Line;
  static constexpr int kLines = 2;

  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, Line* codes) {
    const KernelPanel& panel = at.panel;
    Line even = set_line<Line>(0), odd = even;
    each_segment(at, entry, [&](const Line& sum) __attribute__((always_inline)) {
      even = add_words(even, even_bytes(sum));
      odd = add_words(odd, odd_bytes(sum));
    });
    const Line start = set_line<Line>(INT16_MIN);
    codes[0] = convert(add_words(move_left(even, panel.scale), start), *panel.conversion, 0);
    codes[1] = convert(add_words(move_left(odd, panel.scale), start), *panel.conversion, kLine / 2);
  }
};

struct Words {
  using Codes = Line;
  static constexpr int kLines = 1;

  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, Line* codes) {
    const Line sum = sum_entries(at.panel.tables, entry, at.steps, AddWords());
    *codes = convert(add_words(sum, set_line<Line>(INT16_MIN)), *at.panel.conversion, 0);
  }
};

struct Noisy {
  using Codes = HalfLine;
  static constexpr int kLines = 1;

  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, HalfLine* codes) {
    const Line sums = sum_entries(at.panel.tables, entry, at.steps, AddWords());
    HalfLine v, variances;
    Ops::part(sums.part, v.part, variances.part);
    v = add_words(v, set_line<HalfLine>(INT16_MIN));
    if (at.steps > 0 || at.panel.noise->without_cells)
      add_noise(v.part, variances.part, *at.panel.noise, *at.normals, at.vector, at.digit);
    *codes = convert(v, *at.panel.conversion, 0);
  }
};

template <class Kind>
[[gnu::always_inline]] inline void codes_of(const KernelPanel& panel, const ReadLists& lists,
                                            uint16_t* merged) {
  using Codes = typename Kind::Codes;
  const uint16_t *entry = lists.entries, *steps = lists.counts;
  for (int64_t v = 0; v < lists.vectors; ++v) {
    for (const DigitRun* run = panel.runs; run != panel.runs + panel.run_count; ++run) {
      Codes sum[Kind::kLines];
      for (Codes& line : sum) line = set_line<Codes>(0);
      for (int d = 0; d < run->count; ++d, entry += lists.pitch) {
        Codes codes[Kind::kLines];
        Kind::read({panel, lists.normals, *steps++, lists.first_vector + v, run->first + d}, entry, codes);
        for (int l = 0; l < Kind::kLines; ++l) sum[l] = add_words(sum[l], move_left(codes[l], d));
      }
      for (const Codes& line : sum) {
        store_line(merged, line);
        merged += sizeof(line) / sizeof(*merged);
      }
    }
  }
}

void codes(const KernelPanel& panel, const ReadLists& lists, uint16_t* merged) {
  switch (panel.kind) {
    case PanelKind::Saturating:
      return panel.segment > 0 ? codes_of<Saturating<true>>(panel, lists, merged)
                               : codes_of<Saturating<false>>(panel, lists, merged);
    case PanelKind::Bytes:
      return codes_of<Bytes>(panel, lists, merged);
    case PanelKind::Words:
      return codes_of<Words>(panel, lists, merged);
    case PanelKind::Noisy:
      return codes_of<Noisy>(panel, lists, merged);
  }
}

/// Adds to the totals of the columns whose codes are the even or the odd words of a line.
template <class L>
[[gnu::always_inline]] inline void gather_words(const L& words, bool odd, const int32_t* coefficients,
                                                int32_t* totals) {
  const L factors = load_line<L>(coefficients), before = load_line<L>(totals);
  store_line(totals, make_line<L>([&](int p) {
               const auto codes = odd ? Ops::high_words(words.part[p]) : Ops::low_words(words.part[p]);
               return Ops::add32(before.part[p], Ops::multiply32(codes, factors.part[p]));
             }));
}
/// Words stand in pairs, of a column and of the one a unit on.
template <class L>
[[gnu::always_inline]] inline void gather_line(const uint16_t* merged, const PanelTotals& to, size_t unit,
                                               int32_t* totals) {
  constexpr size_t kUnit = sizeof(L) / sizeof(int32_t);
  const L words = load_line<L>(merged);
  gather_words(words, false, to.coefficients + unit * kUnit, totals + to.first[unit]);
  gather_words(words, true, to.coefficients + (unit + 1) * kUnit, totals + to.first[unit + 1]);
}

void gather(PanelKind kind, const uint16_t* merged, int64_t stride, int64_t vectors, const PanelTotals& to) {
  for (int64_t v = 0; v < vectors; ++v, merged += stride) {
    int32_t* totals = to.totals + v * to.stride;
    if (kind == PanelKind::Noisy) {
      gather_line<HalfLine>(merged, to, 0, totals);
      continue;
    }
    gather_line<Line>(merged, to, 0, totals);
    if (kind != PanelKind::Words) gather_line<Line>(merged + kLine / 2, to, 2, totals);
  }
}

void add_totals(const int32_t* totals, int64_t count, int64_t step, int64_t* outputs) {
  for (int64_t k = 0; k < count; ++k) outputs[k] += step * totals[k];
}

void sum_inputs(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, bool is_signed,
                int32_t* sums) {
  const int32_t mask = (1 << planes) - 1, last = is_signed ? 1 << (planes - 1) : 0;
  for (int64_t k = 0; k < kStrip; ++k) sums[k] = 0;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = 0; k < kStrip && high == nullptr; ++k)
      sums[k] += ((low[r * kStrip + k] & mask) ^ last) - last;
    for (int64_t k = 0; k < kStrip && high != nullptr; ++k)
      sums[k] += (((low[r * kStrip + k] | high[r * kStrip + k] << 8) & mask) ^ last) - last;
  }
}

void add_sums(const int32_t* __restrict sums, int64_t vectors, const int32_t* __restrict coefficients,
              int64_t rows, int32_t* __restrict totals) {
  for (int64_t v = 0; v < vectors; ++v, totals += rows)
    for (int64_t k = 0; k < rows; ++k) totals[k] += coefficients[k] * sums[v];
}

constexpr ColumnKernels kKernels = {Ops::kName, turn,     list,       make_tables, codes,     gather,
                                    sum_inputs, add_sums, sum_digits, code_digits, add_totals};

}  // namespace
