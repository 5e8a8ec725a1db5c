// SPDX-License-Identifier: Apache-2.0
#pragma once

// Codes of products of bits and cells, with AMX. Included by column_kernels_avx512.cc behind the other kernels.

namespace {

/// The conversions of a block that are not of nothing: vectors and those of their digits that drive any row.
/// Those of a few vectors stand digit by digit, so that neighbours add to different codes.
class ProductItems {
 public:
  static constexpr int64_t kDigits = 16;  // of a vector at most

  /// `always`: digits that are read even if they drive no row.
  ProductItems(const BlockReads& reads, int digits, uint32_t always) {
    constexpr int64_t kTogether = 16;  // vectors
    for (int64_t v = 0; v < reads.vectors; v += kTogether) {
      const int64_t left = reads.vectors - v;
      const auto own = static_cast<__mmask16>(left < kTogether ? (1U << left) - 1 : 0xffff);
      const __m512i driven =
          _mm512_or_si512(_mm512_maskz_cvtepu16_epi32(0xffff, _mm256_maskz_loadu_epi16(own, reads.driven + v)),
                          _mm512_set1_epi32(static_cast<int>(always)));
      const __m512i vectors = _mm512_maskz_slli_epi32(
          0xffff, _mm512_add_epi32(counts(), _mm512_set1_epi32(static_cast<int>(v))), 4);
      for (int digit = 0; digit < digits; ++digit) {
        const __mmask16 drives = _mm512_mask_test_epi32_mask(own, driven, _mm512_set1_epi32(1 << digit));
        const __m512i all = _mm512_or_si512(vectors, _mm512_set1_epi32(digit));
        _mm512_storeu_si512(items_ + count_, _mm512_maskz_compress_epi32(drives, all));
        count_ += __builtin_popcount(drives);
      }
    }
    _mm512_storeu_si512(items_ + count_, _mm512_setzero_si512());  // fill up the last product
  }
  /// All digits of a vector, then those of the next.
  void take_all(int64_t vectors, int digits) {
    count_ = 0;
    for (int64_t v = 0; v < vectors; ++v, count_ += digits)
      _mm512_storeu_si512(items_ + count_,
                          _mm512_add_epi32(counts(), _mm512_set1_epi32(static_cast<int>(v * kDigits))));
    _mm512_storeu_si512(items_ + count_, _mm512_setzero_si512());
  }
  int64_t count() const { return count_; }
  int64_t vector(int64_t k) const { return items_[k] / kDigits; }
  int digit(int64_t k) const { return static_cast<int>(items_[k] % kDigits); }

 private:
  static __m512i counts() { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

  int64_t count_ = 0;
  alignas(kLine) uint32_t items_[kMostVectors * kDigits + kProductReads];
};

/// The bits of kProductReads conversions. `Parts`: rows, so many times kProductRows; 0: any.
template <int Parts>
class ProductBits {
 public:
  ProductBits(const BlockReads& reads, int digits)
      : inputs_(reads.inputs), any_rows_(product_rows(reads.rows)), apart_((digits > 8 ? 2 : 1) * any_rows_) {
    for (int k = 0; k < 8; ++k) taken_[k] = uint64_t{1} << (kLine - 8 + k);
  }

  int64_t rows() const { return Parts == 0 ? any_rows_ : Parts * kProductRows; }
  const uint8_t* data() const { return bits_; }

  [[gnu::always_inline]] void take(const ProductItems& items, int64_t first) {
    for (int64_t k = 0; k < kProductReads; ++k) {
      const int digit = items.digit(first + k);
      const uint8_t* bytes = inputs_ + items.vector(first + k) * apart_ + digit / 8 * rows();
      const __m512i taken = _mm512_set1_epi64(static_cast<int64_t>(taken_[digit % 8]));
      for (int64_t row = 0; row < rows(); row += kProductRows)
        _mm512_store_si512(bits_ + k * rows() + row,
                           _mm512_gf2p8affine_epi64_epi8(_mm512_loadu_si512(bytes + row), taken, 0));
    }
  }

 private:
  const uint8_t* inputs_;
  int64_t any_rows_, apart_;
  uint64_t taken_[8];  // matrices that make a bit of each byte its lowest, and the others 0
  alignas(kLine) uint8_t bits_[kProductReads * kMostRows];
};

/// The sums of a line of cells for kProductReads conversions, in the first four registers.
struct Product {
  static constexpr int64_t kQuarter = kProductRows * kLine / 4;
  using OfLine = int32_t[4][kLine / 4];

  template <int Parts>
  [[gnu::always_inline]] static void start(const ProductBits<Parts>& bits, const uint8_t* cells) {
    using namespace tensor;
    clear_tile<0>(), clear_tile<1>(), clear_tile<2>(), clear_tile<3>();
    for (int64_t row = 0; row < bits.rows(); row += kProductRows, cells += 4 * kQuarter) {
      load_tile<4>(bits.data() + row, bits.rows());
      load_tile<5>(cells, kLine), load_tile<6>(cells + kQuarter, kLine);
      add_tile_product<SignedBytes::None, 0, 4, 5>(), add_tile_product<SignedBytes::None, 1, 4, 6>();
      load_tile<5>(cells + 2 * kQuarter, kLine), load_tile<6>(cells + 3 * kQuarter, kLine);
      add_tile_product<SignedBytes::None, 2, 4, 5>(), add_tile_product<SignedBytes::None, 3, 4, 6>();
    }
  }
  static void finish(OfLine* sums) {
    using namespace tensor;
    store_tile<0>((*sums)[0], sizeof(*sums)), store_tile<1>((*sums)[1], sizeof(*sums));
    store_tile<2>((*sums)[2], sizeof(*sums)), store_tile<3>((*sums)[3], sizeof(*sums));
  }
  /// Sums of the even or the odd bytes of a line.
  static Line words(const OfLine& sums, int odd) {
    return {{_mm512_packus_epi32(_mm512_loadu_si512(sums[2 * odd]), _mm512_loadu_si512(sums[2 * odd + 1]))}};
  }
};

// Conversions of each kind, from sums of a line.

struct SaturatingProducts {
  using Codes = Line;
  static constexpr int kLines = 2;
  const Line most[2];

  SaturatingProducts(const KernelPanel& panel, const BlockReads&)
      : most{even_bytes(load_line<Line>(panel.most)), odd_bytes(load_line<Line>(panel.most))} {}
  [[gnu::always_inline]] void merge(const Conversions&, const Line& even, const Line& odd, Line* codes) const {
    add_digit(codes[0], {{Ops::min16(even.part[0], most[0].part[0])}});
    add_digit(codes[1], {{Ops::min16(odd.part[0], most[1].part[0])}});
  }
};

struct BytesProducts : Bytes {
  BytesProducts(const KernelPanel&, const BlockReads&) {}
  [[gnu::always_inline]] void merge(const Conversions& at, const Line& even, const Line& odd,
                                    Line* merged) const {
    Bytes::merge(at.panel, even, odd, merged);
  }
};

/// Sums of the low bytes and 256 times those of the high ones, modulo 2^16.
[[gnu::always_inline]] inline Line join_bytes(const Line& low, const Line& high) {
  return add_words(low, move_left(high, 8));
}

struct WordsProducts : Words {
  WordsProducts(const KernelPanel&, const BlockReads&) {}
  [[gnu::always_inline]] void merge(const Conversions& at, const Line& low, const Line& high,
                                    Line* merged) const {
    Words::merge(at.panel, join_bytes(low, high), merged);
  }
};

/// Two digits at once: a line has the words of 16 columns of the first digit, then of the other.
struct NoisyProducts : Noisy {
  const PanelNoise& noise;
  PanelConversion conversion;  // of both digits
  __m512 slope[2], base[2];    // of the even and of the odd words
  __m512i keys[ReadNoise::kRounds + 1];
  __m512i tables[2];

  NoisyProducts(const KernelPanel& panel, const BlockReads& reads)
      : noise(*panel.noise), conversion(*panel.conversion) {
    for (auto* words : {conversion.below, conversion.cap, conversion.half, conversion.factor})
      __builtin_memcpy(words + kLine / 4, words, kLine / 2);
    for (int k = 0; k < 2; ++k) {
      slope[k] = _mm512_castsi512_ps(twice(_mm256_castps_si256(_mm256_load_ps(noise.slope + 8 * k))));
      base[k] = _mm512_castsi512_ps(twice(_mm256_castps_si256(_mm256_load_ps(noise.base + 8 * k))));
      tables[k] = twice(normal_tables(static_cast<size_t>(k)));
    }
    for (size_t k = 0; k <= ReadNoise::kRounds; ++k)
      keys[k] = _mm512_maskz_broadcast_i32x4(
          0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(reads.normals->keys()[k].data())));
  }

  [[gnu::always_inline]] void merge(const Conversions& at, const Line& low, const Line& high,
                                    HalfLine* merged) const {
    const Line sums = join_bytes(low, high);
    // No variance, no noise, unless that of the converter.
    const bool reads = _mm512_test_epi16_mask(sums.part[0], sums.part[0]) >> (kLine / 4) != 0;
    Noisy::merge(at, reads, sums, merged);
  }

  /// A conversion: its vector of the run, digit and sums.
  struct Read {
    int64_t vector;
    int digit;
    const Product::OfLine& sums;
  };

  /// Random bits as random_bits() has them, of two conversions.
  [[gnu::always_inline]] __m512i two_random_bits(const Read& a, const Read& b) const {
    const auto counter = [&](const Read& read, int part) {
      const ReadNoise::Words words =
          ReadNoise::counter(read.vector, read.digit, noise.place / ReadNoise::kColumns, part);
      return static_cast<int64_t>(words[1]);
    };
    __m512i bits = _mm512_set_epi64(counter(b, 1), b.vector, counter(b, 0), b.vector, counter(a, 1), a.vector,
                                    counter(a, 0), a.vector);
    bits = _mm512_xor_si512(bits, keys[0]);
#pragma GCC unroll 8
    for (int k = 1; k < ReadNoise::kRounds; ++k) bits = _mm512_aesenc_epi128(bits, keys[k]);
    return _mm512_aesenclast_epi128(bits, keys[ReadNoise::kRounds]);
  }
  /// normal_numbers() of both.
  [[gnu::always_inline]] __m512i two_normal_numbers(__m512i bits) const {
    const __m512i four = _mm512_set1_epi8(15);
    const __m512i sums =
        _mm512_add_epi8(_mm512_shuffle_epi8(tables[0], _mm512_and_si512(bits, four)),
                        _mm512_shuffle_epi8(tables[1], _mm512_and_si512(_mm512_srli_epi16(bits, 4), four)));
    alignas(kLine) static constexpr auto kPairs = [] {  // a low byte, the high byte of the same column
      std::array<uint8_t, kLine> out{};
      for (size_t k = 0; k < out.size(); ++k)
        out[k] = static_cast<uint8_t>(k / 32 * 32 + k % 2 * 16 + k % 32 / 2);
      return out;
    }();
    const __m512i pairs = _mm512_maskz_permutexvar_epi8(~0ULL, _mm512_load_si512(kPairs.data()), sums);
    const __m512i weights = _mm512_set1_epi16(static_cast<int16_t>(ReadNoise::kHigh << 8 | ReadNoise::kLow));
    return _mm512_sub_epi16(_mm512_maddubs_epi16(pairs, weights),
                            _mm512_set1_epi16(128 * (ReadNoise::kLow + ReadNoise::kHigh)));
  }
  [[gnu::always_inline]] __m512i two_deviations(__m512i variances, int odd) const {
    const __m512 square =
        _mm512_add_ps(_mm512_mul_ps(_mm512_maskz_cvtepi32_ps(0xffff, variances), slope[odd]), base[odd]);
    return _mm512_maskz_cvtps_epi32(
        0xffff, _mm512_maskz_min_ps(0xffff, _mm512_maskz_sqrt_ps(0xffff, square), _mm512_set1_ps(32767.0F)));
  }

  /// The codes of two conversions.
  [[gnu::always_inline]] Line two_codes(const Read& a, const Read& b) const {
    const __m512i first = join_bytes(Product::words(a.sums, 0), Product::words(a.sums, 1)).part[0];
    const __m512i second = join_bytes(Product::words(b.sums, 0), Product::words(b.sums, 1)).part[0];
    const __m512i read = _mm512_maskz_shuffle_i64x2(0xff, first, second, 0x44);
    const __m512i variances = _mm512_maskz_shuffle_i64x2(0xff, first, second, 0xee);
    const __m512i numbers = two_normal_numbers(two_random_bits(a, b));
    const __m512i even = two_deviations(Ops::low_words(variances), 0);
    const __m512i odd = two_deviations(Ops::high_words(variances), 1);
    const __m512i deviations = _mm512_or_si512(even, _mm512_maskz_slli_epi32(0xffff, odd, 16));
    const __m512i sum = _mm512_adds_epi16(read, _mm512_mulhrs_epi16(numbers, deviations));
    return convert(Line{{_mm512_xor_si512(sum, _mm512_set1_epi16(INT16_MIN))}}, conversion, 0);
  }
};

/// Adds the codes of conversions to the merged ones of their vectors and runs.
template <class Kind>
class ProductCodes {
 public:
  using Codes = typename Kind::Codes;
  static constexpr int64_t kWords = Kind::kLines * static_cast<int64_t>(sizeof(Codes) / sizeof(uint16_t));

  ProductCodes(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged)
      : panel_(panel), reads_(reads), merged_(merged), apart_(kWords * panel.run_count), kind_(panel, reads) {
    for (int64_t run = 0; run < panel.run_count; ++run) {
      for (int k = 0; k < panel.runs[run].count; ++k) places_[panel.runs[run].first + k] = {run * kWords, k};
    }
    __builtin_memset(merged, 0, static_cast<size_t>(reads.vectors * apart_) * sizeof(*merged));
  }

  /// Whether sums of nothing have codes other than 0, which are to be added too.
  bool has_codes_of_nothing() const {
    alignas(kLine) static constexpr Product::OfLine kNothing = {};
    if (panel_.kind == PanelKind::Noisy && panel_.noise->without_cells) return true;
    Codes codes[Kind::kLines];
    make(0, 0, kNothing, codes);
    for (const Codes& line : codes) {
      alignas(kLine) uint16_t words[sizeof(Codes) / sizeof(uint16_t)];
      store_line(words, line);
      for (uint16_t word : words)
        if (word != 0) return true;
    }
    return false;
  }

  /// The codes of whole vectors, all of whose digits follow each other.
  [[gnu::always_inline]] void set(int64_t vector, int64_t end, int digits, const Product::OfLine* sums) const {
    uint16_t* to = merged_ + vector * apart_;
    for (; vector < end; ++vector, sums += digits) {
      for (const DigitRun *run = panel_.runs, *last = run + panel_.run_count; run != last; ++run) {
        Codes codes[Kind::kLines];
        for (Codes& line : codes) line = set_line<Codes>(0);
        for (int d = run->first + run->count - 1; d >= run->first; --d)  // Horner's rule
          kind_.merge({panel_, reads_.normals, 0, reads_.first_vector + vector, d}, Product::words(sums[d], 0),
                      Product::words(sums[d], 1), codes);
        for (const Codes& line : codes) {
          store_line(to, line);
          to += sizeof(line) / sizeof(*to);
        }
      }
    }
  }

  [[gnu::always_inline]] void add(const ProductItems& items, int64_t first, int64_t count,
                                  const Product::OfLine* sums) const {
    int64_t k = 0;
    if constexpr (std::is_same_v<Kind, NoisyProducts>) {
      for (; k + 2 <= count; k += 2) {
        const auto read = [&](int64_t j) __attribute__((always_inline)) {
          return NoisyProducts::Read{reads_.first_vector + items.vector(first + j), items.digit(first + j),
                                     sums[j]};
        };
        const Line both = kind_.two_codes(read(k), read(k + 1));
        HalfLine own, next;
        Ops::part(both.part, own.part, next.part);
        add_codes(items.vector(first + k), items.digit(first + k), &own);
        add_codes(items.vector(first + k + 1), items.digit(first + k + 1), &next);
      }
    }
    for (; k < count; ++k) {
      Codes codes[Kind::kLines];
      make(items.vector(first + k), items.digit(first + k), sums[k], codes);
      add_codes(items.vector(first + k), items.digit(first + k), codes);
    }
  }

 private:
  struct Place {
    int64_t run;  // words
    int shift;
  };

  [[gnu::always_inline]] void make(int64_t vector, int digit, const Product::OfLine& sums, Codes* codes) const {
    for (int k = 0; k < Kind::kLines; ++k) codes[k] = set_line<Codes>(0);
    kind_.merge({panel_, reads_.normals, 0, reads_.first_vector + vector, digit}, Product::words(sums, 0),
                Product::words(sums, 1), codes);
  }
  [[gnu::always_inline]] void add_codes(int64_t vector, int digit, const Codes* codes) const {
    const Place& place = places_[digit];
    uint16_t* to = merged_ + vector * apart_ + place.run;
    for (int k = 0; k < Kind::kLines; ++k, to += sizeof(Codes) / sizeof(*to))
      store_line(to, add_words(load_line<Codes>(to), move_left(codes[k], place.shift)));
  }

  const KernelPanel& panel_;
  const BlockReads& reads_;
  uint16_t* merged_;
  int64_t apart_;  // words of a vector
  Kind kind_;
  Place places_[ProductItems::kDigits];
};

template <class Kind, int Parts>
void codes_of_products(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged) {
  const DigitRun& last = panel.runs[panel.run_count - 1];
  const int digits = last.first + last.count;
  const ProductCodes<Kind> codes(panel, reads, merged);
  ProductItems items(reads, digits, codes.has_codes_of_nothing() ? (1U << digits) - 1 : 0);
  // With few digits left out, codes that are merged in registers are faster.
  const bool whole = panel.kind != PanelKind::Noisy && kProductReads % digits == 0 &&
                     4 * items.count() >= 3 * reads.vectors * digits;
  if (whole) items.take_all(reads.vectors, digits);
  const tensor::TileRegisters registers;
  ProductBits<Parts> bits(reads, digits);
  alignas(kLine) Product::OfLine sums[kProductReads];
  bits.take(items, 0);
  Product::start(bits, panel.tables);
  for (int64_t first = 0; first < items.count(); first += kProductReads) {
    const int64_t next = first + kProductReads;
    if (next < items.count()) bits.take(items, next);
    Product::finish(sums);
    if (next < items.count()) Product::start(bits, panel.tables);  // while the codes of these are made
    if (whole) {
      codes.set(items.vector(first), next < items.count() ? items.vector(next) : reads.vectors, digits, sums);
    } else if (next <= items.count()) {
      codes.add(items, first, kProductReads, sums);
    } else {
      codes.add(items, first, items.count() - first, sums);
    }
  }
}

template <class Kind>
void codes_of_products(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged) {
  if (reads.rows <= kProductRows) return codes_of_products<Kind, 1>(panel, reads, merged);
  if (reads.rows <= 2 * kProductRows) return codes_of_products<Kind, 2>(panel, reads, merged);
  codes_of_products<Kind, 0>(panel, reads, merged);
}

void codes_of_products(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged) {
  switch (panel.kind) {
    case PanelKind::Saturating:
      return codes_of_products<SaturatingProducts>(panel, reads, merged);
    case PanelKind::Bytes:
      return codes_of_products<BytesProducts>(panel, reads, merged);
    case PanelKind::Words:
      return codes_of_products<WordsProducts>(panel, reads, merged);
    case PanelKind::Noisy:
      return codes_of_products<NoisyProducts>(panel, reads, merged);
  }
}

/// kProductReads sums of products of wider digits and cells of 16 bits, of which the low and the high bytes are
/// multiplied.
template <int Tiles>
void sum_wide(const uint8_t* digits, int64_t rows, const uint8_t* cells, int32_t* sums) {
  using namespace tensor;
  constexpr int64_t kQuarter = Product::kQuarter, kReads = kProductReads;
  clear_tile<0>(), clear_tile<1>(), clear_tile<2>(), clear_tile<3>();
  for (int64_t row = 0; row < rows; row += kProductRows, cells += 2 * kQuarter) {
    load_tile<4>(digits + row, rows);
    load_tile<6>(cells, kLine), load_tile<7>(cells + kQuarter, kLine);
    add_tile_product<SignedBytes::None, 0, 4, 6>(), add_tile_product<SignedBytes::Right, 1, 4, 7>();
    if constexpr (Tiles == 1) continue;
    load_tile<5>(digits + kReads * rows + row, rows);
    add_tile_product<SignedBytes::None, 2, 5, 6>(), add_tile_product<SignedBytes::Right, 3, 5, 7>();
  }
  alignas(kLine) int32_t parts[4][kReads][kWideColumns];
  store_tile<0>(parts[0], kLine), store_tile<1>(parts[1], kLine);
  store_tile<2>(parts[2], kLine), store_tile<3>(parts[3], kLine);
  for (int64_t k = 0; k < Tiles * kReads; ++k, sums += kWideColumns) {
    const auto* low = parts[k / kReads * 2][k % kReads];
    const __m512i high = _mm512_load_si512(parts[k / kReads * 2 + 1][k % kReads]);
    _mm512_storeu_si512(sums,
                        _mm512_add_epi32(_mm512_load_si512(low), _mm512_maskz_slli_epi32(0xffff, high, 8)));
  }
}

void sum_wide_products(const uint8_t* digits, int64_t reads, int64_t rows, const uint8_t* cells,
                       int32_t* sums) {
  const tensor::TileRegisters registers;
  for (int64_t k = 0; k < reads; k += 2 * kProductReads) {
    const auto sum = reads - k > kProductReads ? sum_wide<2> : sum_wide<1>;
    sum(digits + k * rows, rows, cells, sums + k * kWideColumns);
  }
}

}  // namespace
