// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/conversion.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::array {
namespace {

constexpr int32_t kLeast = -32768, kMost = 32767;

/// The least sum from which on an ideal converter gives `code`, or kMost + 1.
int32_t first_sum(const circuit::Transfer& t, int bits, int64_t code) {
  const double seen = t.zero + (static_cast<double>(code) - 0.5) * t.step;
  const double near = std::ldexp(seen / t.gain - t.offset, bits);
  if (!(near < kMost + 2.0)) return kMost + 1;
  auto sum = static_cast<int32_t>(std::max(std::ceil(near), kLeast - 1.0));
  auto reaches = [&](int32_t s) { return t.code(std::ldexp(static_cast<double>(s), -bits)) >= code; };
  while (sum <= kMost && !reaches(sum)) ++sum;  // rounding: a step at most
  while (sum > kLeast && reaches(sum - 1)) --sum;
  return std::clamp(sum, kLeast, kMost + 1);
}

/// Sums from start + code * step on have at least that code.
struct Line {
  double start, step;
};
/// Of an ideal converter, and what one would be whose thresholds were as far apart on average.
std::optional<Line> line_of(const circuit::Transfer& t) {
  if (t.ideal()) return Line{(t.zero - t.step / 2) / t.gain - t.offset, t.step / t.gain};
  if (!t.codes.empty() || t.thresholds.size() < 2) return {};
  const double step =
      (t.thresholds.back() - t.thresholds.front()) / static_cast<double>(t.thresholds.size() - 1);
  return Line{t.thresholds.front() - step, step};
}

/// Whether the arithmetic gives the right code on both sides of every change.
bool right(const Conversion& c, const GridTransfer& exact) {
  auto is_right = [&](int32_t sum) {
    if (sum < kLeast || sum > kMost) return true;
    const auto passed = std::upper_bound(exact.from.begin(), exact.from.end(), sum) - exact.from.begin();
    return c.code(static_cast<uint32_t>(sum - kLeast)) == exact.codes[static_cast<size_t>(passed)];
  };
  return is_right(kLeast) && is_right(kMost) &&
         std::all_of(exact.from.begin(), exact.from.end(),
                     [&](int32_t s) { return is_right(s) && is_right(s - 1); });
}

}  // namespace

std::optional<GridTransfer> GridTransfer::make(const circuit::Transfer& t, int bits) {
  GridTransfer out;
  constexpr int64_t kMostCodes = 65535;
  if (t.ideal()) {
    if (t.most > kMostCodes) return {};
    out.codes.push_back(static_cast<uint16_t>(t.code(std::ldexp(static_cast<double>(kLeast), -bits))));
    for (int64_t code = int64_t{out.codes[0]} + 1; code <= t.most; ++code) {
      const int32_t sum = first_sum(t, bits, code);
      if (sum > kMost) break;
      out.from.push_back(sum);
      out.codes.push_back(static_cast<uint16_t>(code));
    }
    out.most = static_cast<uint16_t>(t.most);
    return out;
  }
  for (size_t k = 0; k <= t.thresholds.size(); ++k) {
    const int64_t code = t.codes.empty() ? static_cast<int64_t>(k) : t.codes[k];
    if (code < 0 || code > kMostCodes) return {};
    out.codes.push_back(static_cast<uint16_t>(code));
    out.most = std::max(out.most, out.codes.back());
    if (k == t.thresholds.size()) break;
    const double sum = std::ceil(std::ldexp(t.thresholds[k], bits));
    out.from.push_back(static_cast<int32_t>(std::clamp(sum, double{kLeast}, kMost + 1.0)));
  }
  return out;
}

std::optional<Conversion> GridTransfer::arithmetic(const circuit::Transfer& t, int bits,
                                                   const GridTransfer& exact) {
  if (exact.from.empty()) return {};
  const std::optional<Line> line = line_of(t);
  if (!line) return {};
  const double step = std::ldexp(line->step, bits), zero = std::ldexp(line->start, bits) - kLeast;
  const double below = std::ceil(zero);  // from here on the code grows
  if (!(below >= 0 && below <= 65535) || !(step > 0)) return {};
  Conversion c;
  c.below = static_cast<uint16_t>(below);
  const int32_t cap = exact.from.back() - kLeast - c.below;  // the largest code that sums of 16 bits have
  if (cap < 0 || cap > 65535) return {};
  c.cap = static_cast<uint16_t>(cap);
  for (c.down = 0; c.down < 16; ++c.down)  // a step that is a power of two
    if (right(c, exact)) return c;
  for (c.shift = 7; c.shift > 0 && (int64_t{c.cap} + 1) << c.shift > 65535;) --c.shift;
  const double scaled = std::ldexp(step, c.shift);
  const double half = std::ldexp(below - zero, c.shift);
  const double inverse = 65536 / scaled;
  for (c.down = 0; c.down < 15 && std::ldexp(inverse, c.down + 1) < 65535;) ++c.down;
  for (int h = 0; h < 3; ++h) {
    for (int f = 0; f < 3; ++f) {
      const double factor = std::floor(std::ldexp(inverse, c.down)) + f;
      const double added = std::floor(half) + h - 1;
      if (factor > 65535 || added < 0 || added >= 1 << c.shift) continue;
      c.factor = static_cast<uint16_t>(factor);
      c.half = static_cast<uint16_t>(added);
      if (right(c, exact)) return c;
    }
  }
  return {};
}

void GridTransfer::fill(uint16_t* table) const {
  int32_t at = 0;
  for (size_t k = 0; k < codes.size(); ++k) {
    const int32_t end = k < from.size() ? from[k] - kLeast : 65536;
    if (end > at) std::fill(table + at, table + end, codes[k]);
    at = std::max(at, end);
  }
}

void PanelSteps::set(std::span<const GridTransfer* const> by_word) {
  constexpr uint16_t kNever = 65535;
  constexpr size_t kSlack = 1;  // kernels read pairs of words
  int32_t least = kMost, most = kLeast;
  size_t thresholds = 0;
  for (const GridTransfer* t : by_word) {
    if (t == nullptr || t->from.empty()) continue;
    least = std::min(least, t->from.front());
    most = std::max(most, std::min(t->from.back(), kMost));
    thresholds = std::max(thresholds, t->from.size());
  }
  StepTables& t = tables_;
  t = {};
  t.words = static_cast<int64_t>(by_word.size());
  t.low = static_cast<uint16_t>(std::max(least - kLeast - 1, 0));
  while ((most - kLeast - t.low) >> t.shift >= StepTables::kBuckets) ++t.shift;
  t.pitch = static_cast<int64_t>(thresholds) + 1;
  const size_t lists = by_word.size() * (thresholds + 1) + kSlack;
  starts_.assign(by_word.size() * StepTables::kBuckets + kSlack, 0);
  limits_.assign(lists, kNever);
  codes_.assign(lists, 0);
  for (size_t w = 0; w < by_word.size(); ++w) {
    if (by_word[w] == nullptr) continue;
    const GridTransfer& own = *by_word[w];
    const size_t list = w * (thresholds + 1);
    std::copy(own.codes.begin(), own.codes.end(), codes_.begin() + static_cast<std::ptrdiff_t>(list));
    for (size_t k = 0; k < own.from.size(); ++k)
      limits_[list + k] = static_cast<uint16_t>(std::max(own.from[k] - kLeast - 1, 0));
    uint16_t* starts = starts_.data() + w * StepTables::kBuckets;
    int64_t counted = 0, bucket = -1;  // buckets whose starts are known, and the one before with what is inside
    int inside = 0;
    size_t passed = 0;
    for (; passed < own.from.size() && own.from[passed] <= kMost; ++passed) {
      const int32_t v = own.from[passed] - kLeast;
      const int64_t at = t.bucket(static_cast<uint32_t>(v));
      const bool begins = v == (at == 0 ? 0 : t.low + (at << t.shift));
      inside = begins ? 0 : at == bucket ? inside + 1 : 1;
      bucket = at;
      t.inside = std::max(t.inside, inside);
      const int64_t first = begins ? at : at + 1;  // whose start has passed it
      std::fill(starts + std::min(counted, first), starts + first, static_cast<uint16_t>(passed));
      counted = first;
    }
    std::fill(starts + counted, starts + StepTables::kBuckets, static_cast<uint16_t>(passed));
  }
  t.starts = starts_.data(), t.limits = limits_.data(), t.codes = codes_.data();
}

}  // namespace ohmweave::array
