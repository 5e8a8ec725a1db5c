// SPDX-License-Identifier: Apache-2.0
#pragma once

// The text of all kernels. Included by one source file per set of instructions, between OHMWEAVE_BEGIN_TARGET
// and OHMWEAVE_END_TARGET: every function here is compiled for that set. It includes nothing. That file has
// turn(), list(), add_noise() to the sums of 16 columns, sum_digits(), code_digits(), and Ops:
//   Register, kRegisters   of a line
//   Half, kHalves          registers of half a line, 16 words
//   load, store, set16, add16, subtract16, subtract_saturated16, min16, multiply_high16, left16, right16
//                          on words without sign, of both
//   bit_and, exclusive_or, look_up (words in a table of words), count_steps (codes of words from one of the
//   panel on)
//                          of both
//   add32, multiply32, low_words, high_words (of pairs of words, as 32 bits), multiply_pairs (words with sign,
//                          their products added in pairs), of both
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

struct AddBytes {
  [[gnu::always_inline]] Register operator()(Register a, Register b) const { return Ops::add8(a, b); }
};
struct AddSaturated {
  [[gnu::always_inline]] Register operator()(Register a, Register b) const { return Ops::add_saturated8(a, b); }
};
struct AddWords {
  [[gnu::always_inline]] Register operator()(Register a, Register b) const { return Ops::add16(a, b); }
};

/// Adds up the entries of so many steps of a list: `Within` a step, whose additions do not wait for each other,
/// and steps.
template <class Within, class Add>
[[gnu::always_inline]] inline Line sum_entries(const uint8_t* tables, const uint16_t* entry, int64_t steps) {
  static_assert(kListStep == 4);
  Line sum = set_line<Line>(0);
  const auto part = [&](int64_t j, int p) __attribute__((always_inline)) {
    Register out;
    Ops::load(tables + static_cast<size_t>(entry[j]) * kEntryStep + p * static_cast<int>(sizeof(Register)),
              out);
    return out;
  };
  for (; steps > 0; --steps, entry += kListStep) {
#pragma GCC unroll 4
    for (int p = 0; p < Line::kParts; ++p) {
      const Register first = Within()(part(0, p), part(1, p)), second = Within()(part(2, p), part(3, p));
      sum.part[p] = Add()(sum.part[p], Within()(first, second));
    }
  }
  return sum;
}

/// The codes of v, whose constants stand from a word on.
template <class L>
[[gnu::always_inline]] inline L convert(const L& v, const PanelConversion& c, int64_t word) {
  if (c.steps != nullptr) {
    return make_line<L>([&](int k) {
      const int64_t first = word + k * static_cast<int64_t>(sizeof(v.part[0]) / sizeof(uint16_t));
      return Ops::count_steps(*c.steps, first, v.part[k]);
    });
  }
  if (c.table != nullptr) return make_line<L>([&](int k) { return Ops::look_up(c.table, v.part[k]); });
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

template <class L>
[[gnu::always_inline]] inline void add_digit(L& sum, const L& codes) {
  sum = add_words(add_words(sum, sum), codes);
}

/// Within: AddBytes if sums of kListStep entries fit in a byte, or AddSaturated.
template <class Within>
struct Saturating {
  using Codes = Line;
  static constexpr int kLines = 2;

  /// Sums of words are those of their low bytes and 256 times those of the high ones, which are told apart in
  /// the end: sums[0] is the one of words, modulo 2^16, and sums[1] the one of high bytes.
  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, Line* sums) {
    const Line sum = sum_entries<Within, AddSaturated>(at.panel.tables, entry, at.steps);
    const Line most = load_line<Line>(at.panel.most);
    const Line held = make_line<Line>([&](int p) { return Ops::min8(sum.part[p], most.part[p]); });
    add_digit(sums[0], held);
    add_digit(sums[1], odd_bytes(held));
  }
  [[gnu::always_inline]] static void finish(Line* sums) {
    sums[0] = make_line<Line>(
        [&](int p) { return Ops::subtract16(sums[0].part[p], Ops::left16(sums[1].part[p], 8)); });
  }
};

struct Bytes {
  using Codes = Line;
  static constexpr int kLines = 2;

  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, Line* sums) {
    const KernelPanel& panel = at.panel;
    Line even = set_line<Line>(0), odd = even;
    int64_t left = at.steps;
    for (const int64_t most = panel.segment; left > 0; left -= most, entry += most * kListStep) {
      const Line sum = sum_entries<AddBytes, AddBytes>(panel.tables, entry, left < most ? left : most);
      even = add_words(even, even_bytes(sum));
      odd = add_words(odd, odd_bytes(sum));
    }
    merge(panel, even, odd, sums);
  }
  [[gnu::always_inline]] static void merge(const KernelPanel& panel, const Line& even, const Line& odd,
                                           Line* sums) {
    const Line start = set_line<Line>(INT16_MIN);
    add_digit(sums[0], convert(add_words(move_left(even, panel.scale), start), *panel.conversion, 0));
    add_digit(sums[1], convert(add_words(move_left(odd, panel.scale), start), *panel.conversion, kLine / 2));
  }
  [[gnu::always_inline]] static void finish(Line*) {}
};

struct Words {
  using Codes = Line;
  static constexpr int kLines = 1;

  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, Line* sums) {
    merge(at.panel, sum_entries<AddWords, AddWords>(at.panel.tables, entry, at.steps), sums);
  }
  [[gnu::always_inline]] static void merge(const KernelPanel& panel, const Line& sum, Line* sums) {
    add_digit(*sums, convert(add_words(sum, set_line<Line>(INT16_MIN)), *panel.conversion, 0));
  }
  [[gnu::always_inline]] static void finish(Line*) {}
};

struct Noisy {
  using Codes = HalfLine;
  static constexpr int kLines = 1;

  [[gnu::always_inline]] static void read(const Conversions& at, const uint16_t* entry, HalfLine* merged) {
    const bool reads = at.steps > 0;
    merge(at, reads, sum_entries<AddWords, AddWords>(at.panel.tables, entry, at.steps), merged);
  }
  [[gnu::always_inline]] static void merge(const Conversions& at, bool reads, const Line& sums,
                                           HalfLine* merged) {
    HalfLine v, variances;
    Ops::part(sums.part, v.part, variances.part);
    v = add_words(v, set_line<HalfLine>(INT16_MIN));
    if (reads || at.panel.noise->without_cells)
      add_noise(v.part, variances.part, *at.panel.noise, *at.normals, at.vector, at.digit);
    add_digit(*merged, convert(v, *at.panel.conversion, 0));
  }
  [[gnu::always_inline]] static void finish(HalfLine*) {}
};

template <class Kind>
[[gnu::always_inline]] inline void codes_of(const KernelPanel& panel, const BlockReads& lists,
                                            uint16_t* merged) {
  using Codes = typename Kind::Codes;
  const DigitRun *first = panel.runs, *last = first + panel.run_count - 1;
  const int digits = last->first + last->count;
  const uint16_t *entries = lists.entries, *steps = lists.counts;
  for (int64_t v = 0; v < lists.vectors; ++v, entries += digits * lists.pitch, steps += digits) {
    for (const DigitRun* run = first; run <= last; ++run) {
      Codes sums[Kind::kLines];
      for (Codes& line : sums) line = set_line<Codes>(0);
      for (int d = run->first + run->count - 1; d >= run->first; --d)  // Horner's rule
        Kind::read({panel, lists.normals, steps[d], lists.first_vector + v, d}, entries + d * lists.pitch,
                   sums);
      Kind::finish(sums);
      for (const Codes& line : sums) {
        store_line(merged, line);
        merged += sizeof(line) / sizeof(*merged);
      }
    }
  }
}

void codes(const KernelPanel& panel, const BlockReads& lists, uint16_t* merged) {
  switch (panel.kind) {
    case PanelKind::Saturating:
      return panel.segment > 0 ? codes_of<Saturating<AddBytes>>(panel, lists, merged)
                               : codes_of<Saturating<AddSaturated>>(panel, lists, merged);
    case PanelKind::Bytes:
      return codes_of<Bytes>(panel, lists, merged);
    case PanelKind::Words:
      return codes_of<Words>(panel, lists, merged);
    case PanelKind::Noisy:
      return codes_of<Noisy>(panel, lists, merged);
  }
}

/// The words of a line, pairs of a column and of the one a unit on, and where their two units go.
template <class L>
struct PairGather {
  static constexpr int64_t kUnit = sizeof(L) / sizeof(int32_t);
  const int32_t* coefficients;
  int64_t first[2];
  bool together = true;  // one total for both, by products of words
  int16_t words[2 * kUnit];
  int32_t start[kUnit];  // what those of words less 2^15 lack

  PairGather(const PanelTotals& to, int64_t line)
      : coefficients(to.coefficients + 2 * line * kUnit), first{to.first[2 * line], to.first[2 * line + 1]} {
    for (int64_t k = 0; k < 2 * kUnit; ++k) {
      const int32_t own = coefficients[k];
      together = together && own > INT16_MIN && own <= INT16_MAX && first[0] == first[1];
      words[k % kUnit * 2 + k / kUnit] = static_cast<int16_t>(own);
    }
    for (int64_t k = 0; k < kUnit; ++k)
      start[k] = static_cast<int32_t>(
          (static_cast<uint32_t>(coefficients[k]) + static_cast<uint32_t>(coefficients[k + kUnit])) << 15);
  }

  [[gnu::always_inline]] void add(const uint16_t* merged, int32_t* totals) const {
    const L codes = load_line<L>(merged);
    if (together) {
      const L factors = load_line<L>(words), flip = set_line<L>(INT16_MIN), begin = load_line<L>(start);
      add_to(totals + first[0], make_line<L>([&](int p) {
               const auto sums =
                   Ops::multiply_pairs(Ops::exclusive_or(codes.part[p], flip.part[p]), factors.part[p]);
               return Ops::add32(sums, begin.part[p]);
             }));
      return;
    }
    const L even = load_line<L>(coefficients), odd = load_line<L>(coefficients + kUnit);
    add_to(totals + first[0],
           make_line<L>([&](int p) { return Ops::multiply32(Ops::low_words(codes.part[p]), even.part[p]); }));
    add_to(totals + first[1],
           make_line<L>([&](int p) { return Ops::multiply32(Ops::high_words(codes.part[p]), odd.part[p]); }));
  }
  [[gnu::always_inline]] static void add_to(int32_t* totals, const L& sums) {
    const L before = load_line<L>(totals);
    store_line(totals, make_line<L>([&](int p) { return Ops::add32(before.part[p], sums.part[p]); }));
  }
};

template <class L, int Lines>
void gather_lines(const uint16_t* merged, int64_t stride, int64_t vectors, const PanelTotals& to) {
  const PairGather<L> first(to, 0), second(to, Lines - 1);
  for (int64_t v = 0; v < vectors; ++v, merged += stride) {
    int32_t* totals = to.totals + v * to.stride;
    first.add(merged, totals);
    if constexpr (Lines == 2) second.add(merged + kLine / 2, totals);
  }
}

void gather(PanelKind kind, const uint16_t* merged, int64_t stride, int64_t vectors, const PanelTotals& to) {
  switch (kind) {
    case PanelKind::Saturating:
    case PanelKind::Bytes:
      return gather_lines<Line, 2>(merged, stride, vectors, to);
    case PanelKind::Words:
      return gather_lines<Line, 1>(merged, stride, vectors, to);
    case PanelKind::Noisy:
      return gather_lines<HalfLine, 1>(merged, stride, vectors, to);
  }
}

template <class Times>
[[gnu::always_inline]] inline void add_products(const int32_t* totals, int64_t stride, int64_t vectors,
                                                int64_t count, int64_t* outputs, int64_t output_stride,
                                                const Times& times) {
  constexpr int64_t kTogether = 8;  // outputs, whose loop compilers turn into registers
  for (int64_t v = 0; v < vectors; ++v, totals += stride, outputs += output_stride) {
    int64_t k = 0;
    for (; k + kTogether <= count; k += kTogether)
      for (int64_t j = k; j < k + kTogether; ++j) outputs[j] += times(totals[j]);
    for (; k < count; ++k) outputs[k] += times(totals[k]);
  }
}

void add_totals(const int32_t* totals, int64_t stride, int64_t vectors, int64_t count, int64_t step,
                int64_t* outputs, int64_t output_stride) {
  const auto add = [&](const auto& times) __attribute__((always_inline)) {
    add_products(totals, stride, vectors, count, outputs, output_stride, times);
  };
  const auto narrow = static_cast<int32_t>(step);  // products of 32 bits are instructions, of 64 are not
  if (step == 1) {
    add([&](int32_t total) __attribute__((always_inline)) { return int64_t{total}; });
  } else if (narrow == step) {
    add([&](int32_t total) __attribute__((always_inline)) { return int64_t{total} * narrow; });
  } else {
    add([&](int32_t total) __attribute__((always_inline)) { return total * step; });
  }
}

/// sums[k] += 2^shift * the sum over rows of (byte & mask) ^ last
void sum_bytes(const uint8_t* bytes, int64_t rows, int mask, int last, int shift, int32_t* sums) {
  constexpr int64_t kRows = 257;  // whose bytes add up in a word
  const Line kept = set_line<Line>(mask * 257), flip = set_line<Line>(last * 257);
  for (int64_t first = 0; first < rows; first += kRows) {
    const int64_t end = first + kRows < rows ? first + kRows : rows;
    Line even = set_line<Line>(0), odd = even;
    for (int64_t r = first; r < end; ++r) {
      const Line own = load_line<Line>(bytes + r * kStrip);
      const Line value = make_line<Line>(
          [&](int p) { return Ops::exclusive_or(Ops::bit_and(own.part[p], kept.part[p]), flip.part[p]); });
      even = add_words(even, even_bytes(value));
      odd = add_words(odd, odd_bytes(value));
    }
    alignas(kLine) uint16_t words[2][kLine / 2];
    store_line(words[0], even);
    store_line(words[1], odd);
    for (int64_t k = 0; k < kStrip; ++k) sums[k] += words[k % 2][k / 2] << shift;
  }
}

void sum_inputs(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, bool is_signed,
                int32_t* sums) {
  const int mask = (1 << planes) - 1, last = is_signed ? 1 << (planes - 1) : 0;  // x ^ last - last has the sign
  for (int64_t k = 0; k < kStrip; ++k) sums[k] = static_cast<int32_t>(-rows * last);
  sum_bytes(low, rows, mask & 255, last & 255, 0, sums);
  if (high != nullptr) sum_bytes(high, rows, mask >> 8, last >> 8, 8, sums);
}

void set_multiples(const int32_t* __restrict factors, int64_t vectors, const int32_t* __restrict coefficients,
                   int64_t rows, int32_t* __restrict totals) {
  for (int64_t v = 0; v < vectors; ++v, totals += rows)
    for (int64_t k = 0; k < rows; ++k) totals[k] = coefficients[k] * factors[v];
}

void add_multiples(const int32_t* __restrict factors, int64_t vectors, const int32_t* __restrict coefficients,
                   int64_t rows, int32_t* __restrict totals, int64_t stride) {
  for (int64_t v = 0; v < vectors; ++v, totals += stride)
    for (int64_t k = 0; k < rows; ++k) totals[k] += coefficients[k] * factors[v];
}

constexpr ColumnKernels kKernels = {Ops::kName,    turn,       list,        make_tables,
                                    codes,         gather,     sum_inputs,  set_multiples,
                                    add_multiples, sum_digits, code_digits, add_totals};

}  // namespace
