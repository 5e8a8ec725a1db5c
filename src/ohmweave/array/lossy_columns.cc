// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/lossy_columns.h"

#include <algorithm>
#include <bit>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kLane = LossyColumns::kLane;
constexpr int64_t kWord = 64;
constexpr int64_t kMostTable = int64_t{1} << 20;  // sums that a table of losses is made for

/// The sums of a lane of columns for digit k.
[[gnu::always_inline]] inline void sums_body(const LossyColumns::Planes& p, const uint64_t* cells, int k,
                                             int64_t* sums) {
  std::fill_n(sums, kLane, int64_t{0});
  for (int i = 0; i < p.digit_width; ++i) {
    const uint64_t* input = p.inputs + (k * p.digit_width + i) * p.words;
    for (int j = 0; j < p.cell_bits; ++j) {
      int64_t ones[kLane] = {};
      for (int64_t w = 0; w < p.words; ++w) {
        const uint64_t* at = cells + (j * p.words + w) * kLane;
        const uint64_t rows = input[w];
        for (int64_t c = 0; c < kLane; ++c) ones[c] += std::popcount(at[c] & rows);
      }
      for (int64_t c = 0; c < kLane; ++c) sums[c] += ones[c] << (i + j);
    }
  }
}

using Sums = void (*)(const LossyColumns::Planes&, const uint64_t* cells, int k, int64_t* sums);
void sums_plain(const LossyColumns::Planes& p, const uint64_t* cells, int k, int64_t* s) {
  sums_body(p, cells, k, s);
}
#if defined(__x86_64__)
[[gnu::target("popcnt")]] void sums_popcnt(const LossyColumns::Planes& p, const uint64_t* cells, int k,
                                           int64_t* s) {
  sums_body(p, cells, k, s);
}
// The same with two registers of eight columns; written out because compilers shuffle what they should count.
[[gnu::target("avx512f,avx512vpopcntdq")]] void sums_avx512(const LossyColumns::Planes& p,
                                                            const uint64_t* cells, int k, int64_t* sums) {
  static_assert(kLane == 16);
  constexpr __mmask8 kAll = 0xff;  // the unmasked intrinsics warn of uninitialised values (GCC bug 105593)
  __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
  for (int i = 0; i < p.digit_width; ++i) {
    const uint64_t* input = p.inputs + (k * p.digit_width + i) * p.words;
    for (int j = 0; j < p.cell_bits; ++j) {
      __m512i ones_low = _mm512_setzero_si512(), ones_high = _mm512_setzero_si512();
      for (int64_t w = 0; w < p.words; ++w) {
        const uint64_t* at = cells + (j * p.words + w) * kLane;
        const __m512i rows = _mm512_set1_epi64(static_cast<int64_t>(input[w]));
        const __m512i first = _mm512_and_si512(_mm512_loadu_si512(at), rows);
        const __m512i second = _mm512_and_si512(_mm512_loadu_si512(at + 8), rows);
        ones_low = _mm512_add_epi64(ones_low, _mm512_popcnt_epi64(first));
        ones_high = _mm512_add_epi64(ones_high, _mm512_popcnt_epi64(second));
      }
      const __m128i shift = _mm_cvtsi32_si128(i + j);
      low = _mm512_add_epi64(low, _mm512_maskz_sll_epi64(kAll, ones_low, shift));
      high = _mm512_add_epi64(high, _mm512_maskz_sll_epi64(kAll, ones_high, shift));
    }
  }
  _mm512_storeu_si512(sums, low);
  _mm512_storeu_si512(sums + 8, high);
}
#endif

Sums choose_sums() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq")) return sums_avx512;
  if (__builtin_cpu_supports("popcnt")) return sums_popcnt;
#endif
  return sums_plain;
}

/// What each column loses, summed over the digits of one input with their weights.
void losses(const LossyColumns::Planes& p, Sums sums_of_lane, int64_t* out) {
  const int64_t most = p.adc->most_code(), step = p.cell_bits * p.words * kLane;
  const bool clips = p.adc->range() == circuit::AdcRange::Clip;
  for (int64_t lane = 0; lane < p.lanes; ++lane, out += kLane) {
    std::fill_n(out, kLane, int64_t{0});
    for (int k = 0; k < p.digits; ++k) {
      int64_t sums[kLane];
      sums_of_lane(p, p.cells + lane * step, k, sums);
      const int64_t weight = p.weights[k];
      for (int64_t c = 0; c < kLane; ++c) {
        const int64_t loss = clips                 ? std::min<int64_t>(most - sums[c], 0)
                             : p.losses != nullptr ? p.losses[sums[c]]
                                                   : p.adc->convert(sums[c], p.largest) - sums[c];
        out[c] += weight * loss;
      }
    }
  }
}

/// An 8 x 8 square of bits, row k in byte k, turned so that column k is in byte k.
uint64_t transpose(uint64_t x) {
  uint64_t swap = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAULL;
  x ^= swap ^ (swap << 7);
  swap = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCULL;
  x ^= swap ^ (swap << 14);
  swap = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ULL;
  return x ^ swap ^ (swap << 28);
}

}  // namespace

LossyColumns::LossyColumns(const InputDigits& digits, int cell_bits, int64_t rows,
                           std::shared_ptr<const circuit::Adc> adc, int64_t largest)
    : digits_(digits),
      cell_bits_(cell_bits),
      rows_(rows),
      words_((rows + kWord - 1) / kWord),
      largest_(largest),
      adc_(std::move(adc)) {
  for (int k = 0; k < digits.count; ++k) weights_.push_back(digits.weight(k));
  if (adc_->range() == circuit::AdcRange::Clip || adc_->exact_up_to(largest) || largest > kMostTable) return;
  for (int64_t sum = 0; sum <= largest; ++sum) {
    losses_.push_back(static_cast<int32_t>(adc_->convert(sum, largest) - sum));
  }
}

bool LossyColumns::can_lose(std::span<const int32_t> levels) const {
  if (adc_->exact_up_to(largest_)) return false;
  int64_t sum = 0;
  for (int32_t level : levels) sum += level;
  const int64_t at_most = sum * digits_.largest();
  if (adc_->range() == circuit::AdcRange::Clip) return !adc_->exact_up_to(at_most);
  if (losses_.empty()) return at_most > 0;
  return std::any_of(losses_.begin(), losses_.begin() + at_most + 1, [](int32_t loss) { return loss != 0; });
}

int64_t LossyColumns::add_column(std::span<const int32_t> levels) {
  OHMWEAVE_CHECK(static_cast<int64_t>(levels.size()) == rows_, "a column with another number of rows");
  const int64_t column = columns_++, lane = column / kLane, step = cell_bits_ * words_ * kLane;
  cells_.resize(static_cast<size_t>((lane + 1) * step));
  uint64_t* cells = cells_.data() + lane * step + column % kLane;
  for (int64_t r = 0; r < rows_; ++r) {
    for (int j = 0; j < cell_bits_; ++j) {
      const auto bit = static_cast<uint64_t>(levels[static_cast<size_t>(r)] >> j & 1);
      cells[(j * words_ + r / kWord) * kLane] |= bit << (r % kWord);
    }
  }
  return column;
}

void LossyColumns::add_target(int64_t column, int64_t output, int64_t coefficient) {
  targets_.push_back({column, output, coefficient});
}

void LossyColumns::cut(const int32_t* inputs, uint64_t* planes) const {
  const int bits = digits_.count * digits_.width;
  std::fill_n(planes, bits * words_, uint64_t{0});
  for (int64_t first = 0; first < rows_; first += 8) {  // squares of 8 rows by 8 bits
    const int64_t n = std::min<int64_t>(8, rows_ - first);
    uint64_t squares[2] = {};
    for (int64_t r = 0; r < n; ++r) {
      const uint64_t driven = digits_.driven(inputs[first + r]);
      squares[0] |= (driven & 255) << (8 * r);
      squares[1] |= driven >> 8 << (8 * r);
    }
    uint64_t* to = planes + first / kWord;
    const int64_t place = first % kWord;
    for (int b = 0; b < std::min(bits, 16); ++b) {
      if (b % 8 == 0) squares[b / 8] = transpose(squares[b / 8]);
      to[b * words_] |= (squares[b / 8] >> (b % 8 * 8) & 255) << place;
    }
  }
}

void LossyColumns::add_losses(const int32_t* inputs, int64_t* sums, Scratch& scratch) const {
  static const Sums sums_of_lane = choose_sums();
  const int64_t lanes = (columns_ + kLane - 1) / kLane;
  scratch.inputs.resize(static_cast<size_t>(digits_.count * digits_.width * words_));
  scratch.losses.resize(static_cast<size_t>(lanes * kLane));
  cut(inputs, scratch.inputs.data());
  losses({cells_.data(), scratch.inputs.data(), weights_.data(), losses_.empty() ? nullptr : losses_.data(),
          adc_.get(), largest_, lanes, words_, cell_bits_, digits_.count, digits_.width},
         sums_of_lane, scratch.losses.data());
  for (const Target& t : targets_)
    sums[t.output] += t.coefficient * scratch.losses[static_cast<size_t>(t.column)];
}

}  // namespace ohmweave::array
