// SPDX-License-Identifier: Apache-2.0
#pragma once

// Codes of products of bits and cells, with AMX. Included by column_kernels_avx512.cc behind the other kernels.

namespace {

/// The bits of up to kProductReads conversions: of the next vectors, those of their digits that drive any row.
/// `Parts`: so many times kProductRows; 0: any.
template <int Parts>
class ProductBits {
 public:
  /// `always`: digits that are read even if they drive no row.
  ProductBits(const BlockReads& reads, int digits, uint32_t always)
      : reads_(reads),
        any_rows_(product_rows(reads.rows)),
        apart_((digits > 8 ? 2 : 1) * any_rows_),
        always_(always) {
    for (int k = 0; k < 8; ++k) taken_[k] = uint64_t{1} << (kLine - 8 + k);
  }

  int64_t rows() const { return Parts == 0 ? any_rows_ : Parts * kProductRows; }
  const uint8_t* data() const { return bits_; }
  uint32_t driven(int64_t vector) const { return reads_.driven[vector] | always_; }

  /// Takes whole vectors from `vector` on. Returns the one behind them.
  int64_t take(int64_t vector) {
    uint8_t* to = bits_;
    for (int count = 0; vector < reads_.vectors; ++vector) {
      uint32_t left = driven(vector);
      count += __builtin_popcount(left);
      if (count > kProductReads) break;
      const uint8_t* own = reads_.inputs + vector * apart_;
      for (; left != 0; left &= left - 1, to += rows()) {
        const int digit = __builtin_ctz(left);
        const uint8_t* bytes = own + digit / 8 * rows();
        const __m512i taken = _mm512_set1_epi64(static_cast<int64_t>(taken_[digit % 8]));
        for (int64_t row = 0; row < rows(); row += kProductRows)
          _mm512_store_si512(to + row,
                             _mm512_gf2p8affine_epi64_epi8(_mm512_loadu_si512(bytes + row), taken, 0));
      }
    }
    return vector;
  }

 private:
  const BlockReads& reads_;
  int64_t any_rows_, apart_;
  uint32_t always_;
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
      add_tile_product<false, 0, 4, 5>(), add_tile_product<false, 1, 4, 6>();
      load_tile<5>(cells + 2 * kQuarter, kLine), load_tile<6>(cells + 3 * kQuarter, kLine);
      add_tile_product<false, 2, 4, 5>(), add_tile_product<false, 3, 4, 6>();
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
  [[gnu::always_inline]] void merge(const Conversions&, const Line& even, const Line& odd, Line* merged) const {
    add_digit(merged[0], {{Ops::min16(even.part[0], most[0].part[0])}});
    add_digit(merged[1], {{Ops::min16(odd.part[0], most[1].part[0])}});
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

[[gnu::always_inline]] inline __m512i twice(__m256i half) { return _mm512_maskz_broadcast_i64x4(0xff, half); }

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

  /// Random bits as random_bits() has them, of this digit and the one below it.
  [[gnu::always_inline]] __m512i two_random_bits(int64_t vector, int digit) const {
    const auto counter = [&](int d, int part) {
      return static_cast<int64_t>(ReadNoise::counter(vector, d, noise.place / ReadNoise::kColumns, part)[1]);
    };
    __m512i bits = _mm512_set_epi64(counter(digit - 1, 1), vector, counter(digit - 1, 0), vector,
                                    counter(digit, 1), vector, counter(digit, 0), vector);
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

  /// The codes of this digit and the one below it.
  [[gnu::always_inline]] Line two_codes(int64_t vector, int digit, const Product::OfLine& sums,
                                        const Product::OfLine& below) const {
    const __m512i first = join_bytes(Product::words(sums, 0), Product::words(sums, 1)).part[0];
    const __m512i second = join_bytes(Product::words(below, 0), Product::words(below, 1)).part[0];
    const __m512i read = _mm512_maskz_shuffle_i64x2(0xff, first, second, 0x44);
    const __m512i variances = _mm512_maskz_shuffle_i64x2(0xff, first, second, 0xee);
    const __m512i numbers = two_normal_numbers(two_random_bits(vector, digit));
    const __m512i even = two_deviations(Ops::low_words(variances), 0);
    const __m512i odd = two_deviations(Ops::high_words(variances), 1);
    const __m512i deviations = _mm512_or_si512(even, _mm512_maskz_slli_epi32(0xffff, odd, 16));
    const __m512i sum = _mm512_adds_epi16(read, _mm512_mulhrs_epi16(numbers, deviations));
    return convert(Line{{_mm512_xor_si512(sum, _mm512_set1_epi16(INT16_MIN))}}, conversion, 0);
  }

  /// Pairs of digits below `digit`, all of which are driven, `sums` being behind the highest. Returns how many
  /// are left.
  [[gnu::always_inline]] int merge_pairs(int64_t vector, int first, int count, const Product::OfLine*& sums,
                                         HalfLine* merged) const {
    Line both = set_line<Line>(0);
    for (; count >= 2; count -= 2, sums -= 2)
      both = add_words(move_left(both, 2), two_codes(vector, first + count - 1, sums[-1], sums[-2]));
    HalfLine upper, lower;
    Ops::part(both.part, upper.part, lower.part);
    *merged = add_words(add_words(upper, upper), lower);
    return count;
  }
};

/// The codes of the vectors of a block.
template <class Kind>
class ProductCodes {
 public:
  using Codes = typename Kind::Codes;

  ProductCodes(const KernelPanel& panel, const BlockReads& reads, bool always)
      : panel_(panel), reads_(reads), kind_(panel, reads) {
    const Line nothing = set_line<Line>(0);
    Codes codes[Kind::kLines];
    for (Codes& line : codes) line = set_line<Codes>(0);
    if (!always) kind_.merge({panel, reads.normals, 0, 0, 0}, nothing, nothing, codes);
    for (const Codes& line : codes) {
      alignas(kLine) uint16_t words[sizeof(Codes) / sizeof(uint16_t)];
      store_line(words, line);
      for (uint16_t word : words) skips_ = skips_ && word == 0;
    }
  }

  /// Merged run by run; `sums` of the driven digits. Returns where the codes of the next vector go.
  [[gnu::always_inline]] inline uint16_t* make(int64_t vector, uint32_t driven, const Product::OfLine* sums,
                                               uint16_t* merged) const {
    for (const DigitRun *run = panel_.runs, *end = run + panel_.run_count; run != end; ++run) {
      const uint32_t own = driven >> run->first & ((1U << run->count) - 1);
      int left = skips_ ? 32 - (own != 0 ? __builtin_clz(own) : 32) : run->count;
      Codes codes[Kind::kLines];
      for (Codes& line : codes) line = set_line<Codes>(0);
      const Product::OfLine* next = sums += __builtin_popcount(own);
      if constexpr (requires { kind_.merge_pairs(0, 0, 0, next, codes); }) {
        if (own + 1 == 1U << left)
          left = kind_.merge_pairs(reads_.first_vector + vector, run->first, left, next, codes);
      }
      for (int d = left - 1; d >= 0; --d) {  // Horner's rule
        const auto driven_too = static_cast<int64_t>(own >> d & 1);
        next -= driven_too;
        const Product::OfLine& read = driven_too != 0 ? *next : kNothing;
        kind_.merge({panel_, reads_.normals, 0, reads_.first_vector + vector, run->first + d},
                    Product::words(read, 0), Product::words(read, 1), codes);
      }
      for (const Codes& line : codes) {
        store_line(merged, line);
        merged += sizeof(line) / sizeof(*merged);
      }
    }
    return merged;
  }

 private:
  const KernelPanel& panel_;
  const BlockReads& reads_;
  Kind kind_;
  bool skips_ = true;  // digits above those that are driven: their codes are 0
  alignas(kLine) static constexpr Product::OfLine kNothing = {};
};

template <class Kind, int Parts>
void codes_of_products(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged) {
  const DigitRun& last = panel.runs[panel.run_count - 1];
  const int digits = last.first + last.count;
  const bool always = panel.kind == PanelKind::Noisy && panel.noise->without_cells;
  const ProductCodes<Kind> codes(panel, reads, always);
  const tensor::TileRegisters registers;
  ProductBits<Parts> bits(reads, digits, always ? (1U << digits) - 1 : 0);
  alignas(kLine) Product::OfLine sums[kProductReads];
  int64_t end = bits.take(0);
  Product::start(bits, panel.tables);
  for (int64_t vector = 0; vector < reads.vectors;) {
    const int64_t own_end = end;
    end = bits.take(own_end);
    Product::finish(sums);
    if (own_end < reads.vectors) Product::start(bits, panel.tables);  // while the codes of these are made
    for (const Product::OfLine* own = sums; vector < own_end; ++vector) {
      const uint32_t driven = bits.driven(vector);
      merged = codes.make(vector, driven, own, merged);
      own += __builtin_popcount(driven);
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

}  // namespace
