// SPDX-License-Identifier: Apache-2.0
#pragma once

// Codes of products of bits and cells, with AMX. Included by column_kernels_avx512.cc behind the other kernels.

namespace {

void turn_inputs(const uint8_t* low, const uint8_t* high, int64_t rows, int64_t lanes, uint8_t* inputs) {
  const int64_t whole = product_rows(rows), apart = (high != nullptr ? 2 : 1) * whole;
  for (const uint8_t* bytes : {low, high}) {
    for (int64_t row = 0; row < rows && bytes != nullptr; row += kProductRows) {
      uint8_t* to = inputs + row;
      const auto take = [&](int64_t vector, __m512i own) __attribute__((always_inline)) {
        if (vector < lanes) _mm512_storeu_si512(to + vector * apart, own);
      };
      turn_part<false>(bytes + row * kStrip, padded_rows(rows) - row, take);
    }
    inputs += whole;
  }
}

/// The bits of kProductReads conversions.
class ProductBits {
 public:
  ProductBits(const BlockReads& reads, int digits)
      : inputs_(reads.inputs), rows_(product_rows(reads.rows)), digits_(digits) {
    for (int k = 0; k < 8; ++k)
      taken_[k] = _mm512_set1_epi64(static_cast<int64_t>(uint64_t{1} << (kLine - 8 + k)));
  }
  int64_t rows() const { return rows_; }
  const uint8_t* data() const { return bits_; }

  void spread(int64_t vector, int64_t end) {
    const int64_t apart = product_digits(digits_) * rows_;
    uint8_t* to = bits_;
    for (const uint8_t* bytes = inputs_ + vector * (digits_ > 8 ? 2 : 1) * rows_; vector < end; ++vector) {
      for (int first = 0; first < digits_; first += 8, bytes += rows_) {
        for (int64_t row = 0; row < rows_; row += kProductRows) {
          const __m512i own = _mm512_loadu_si512(bytes + row);
          uint8_t* at = to + first * rows_ + row;
#pragma GCC unroll 8
          for (int k = 0; k < 8; ++k, at += rows_)
            if (first + k < digits_) _mm512_store_si512(at, _mm512_gf2p8affine_epi64_epi8(own, taken_[k], 0));
        }
      }
      to += apart;
    }
  }

 private:
  const uint8_t* inputs_;
  int64_t rows_;
  int digits_;
  __m512i taken_[8];  // makes a bit of a byte its lowest, and the others 0
  alignas(kLine) uint8_t bits_[kProductReads * kMostRows];
};

/// The sums of a line of cells for kProductReads conversions, in the first four registers.
struct Product {
  static constexpr int64_t kQuarter = kProductRows * kLine / 4;
  using OfLine = int32_t[4][kLine / 4];

  static void start(const ProductBits& bits, const uint8_t* cells) {
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

  explicit SaturatingProducts(const KernelPanel& panel)
      : most{even_bytes(load_line<Line>(panel.most)), odd_bytes(load_line<Line>(panel.most))} {}
  [[gnu::always_inline]] void merge(const Conversions&, const Line& even, const Line& odd, Line* merged) const {
    add_digit(merged[0], {{Ops::min16(even.part[0], most[0].part[0])}});
    add_digit(merged[1], {{Ops::min16(odd.part[0], most[1].part[0])}});
  }
};

struct BytesProducts : Bytes {
  explicit BytesProducts(const KernelPanel&) {}
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
  explicit WordsProducts(const KernelPanel&) {}
  [[gnu::always_inline]] void merge(const Conversions& at, const Line& low, const Line& high,
                                    Line* merged) const {
    Words::merge(at.panel, join_bytes(low, high), merged);
  }
};

struct NoisyProducts : Noisy {
  explicit NoisyProducts(const KernelPanel&) {}
  [[gnu::always_inline]] void merge(const Conversions& at, const Line& low, const Line& high,
                                    HalfLine* merged) const {
    const Line sums = join_bytes(low, high);
    // No variance, no noise, unless that of the converter.
    const bool reads = _mm512_test_epi16_mask(sums.part[0], sums.part[0]) >> (kLine / 4) != 0;
    Noisy::merge(at, reads, sums, merged);
  }
};

/// The codes of a vector, merged run by run. Returns where those of the next go.
template <class Kind>
[[gnu::always_inline]] inline uint16_t* merge_codes(const Kind& kind, const KernelPanel& panel,
                                                    const BlockReads& reads, int64_t vector,
                                                    const Product::OfLine* sums, uint16_t* merged) {
  for (const DigitRun *run = panel.runs, *end = run + panel.run_count; run != end; ++run) {
    typename Kind::Codes codes[Kind::kLines];
    for (auto& line : codes) line = set_line<typename Kind::Codes>(0);
    for (int d = run->first + run->count - 1; d >= run->first; --d)  // Horner's rule
      kind.merge({panel, reads.normals, 0, reads.first_vector + vector, d}, Product::words(sums[d], 0),
                 Product::words(sums[d], 1), codes);
    for (const auto& line : codes) {
      store_line(merged, line);
      merged += sizeof(line) / sizeof(*merged);
    }
  }
  return merged;
}

template <class Kind>
void codes_of_products(const KernelPanel& panel, const BlockReads& reads, uint16_t* merged) {
  const DigitRun& last = panel.runs[panel.run_count - 1];
  const int digits = last.first + last.count;
  const int64_t apart = product_digits(digits), together = kProductReads / apart;  // vectors
  const Kind kind(panel);
  const tensor::TileRegisters registers;
  ProductBits bits(reads, digits);
  alignas(kLine) Product::OfLine sums[kProductReads];
  const auto end_of = [&](int64_t first) {
    return first + together < reads.vectors ? first + together : reads.vectors;
  };
  bits.spread(0, end_of(0));
  Product::start(bits, panel.tables);
  for (int64_t vector = 0; vector < reads.vectors;) {
    const int64_t first = vector, end = end_of(first);
    if (end < reads.vectors) bits.spread(end, end_of(end));
    Product::finish(sums);
    if (end < reads.vectors) Product::start(bits, panel.tables);  // while the codes of these are made
    for (; vector < end; ++vector)
      merged = merge_codes(kind, panel, reads, vector, sums + (vector - first) * apart, merged);
  }
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
