// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/cell_random.h"

#include <algorithm>

#include "ohmweave/base/random.h"
#include "ohmweave/device/cell_math.h"

namespace ohmweave::device {
namespace {

constexpr int kLanes = CellRandom::kBatch / 4;  // each block of four words serves four cells
using Block = std::array<std::array<uint32_t, kLanes>, 4>;
struct Counter {
  uint32_t low, high, draw;
};

Counter counter_of(int64_t batch, Draw draw, uint32_t attempt) {
  const uint64_t block = static_cast<uint64_t>(batch) * kLanes;
  return {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
          static_cast<uint32_t>(draw) | attempt << 8};
}

/// base::philox() of 64 counters that follow each other, lane by lane: a loop that compilers turn into vectors.
OHMWEAVE_INLINE void blocks_body(Counter counter, const std::array<uint32_t, 2>& key, Block& out) {
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    uint32_t c0 = counter.low + lane, c1 = counter.high, c2 = counter.draw, c3 = 0;
    uint32_t k0 = key[0], k1 = key[1];
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const uint64_t a = uint64_t{0xD2511F53} * c0, b = uint64_t{0xCD9E8D57} * c2;
      c0 = static_cast<uint32_t>(b >> 32) ^ c1 ^ k0;
      c1 = static_cast<uint32_t>(b);
      c2 = static_cast<uint32_t>(a >> 32) ^ c3 ^ k1;
      c3 = static_cast<uint32_t>(a);
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
    out[0][lane] = c0;
    out[1][lane] = c1;
    out[2][lane] = c2;
    out[3][lane] = c3;
  }
}

OHMWEAVE_INLINE void normals_body(const Block& words, float* out) {
  for (int half = 0; half < 2; ++half) {
    const uint32_t *a = words[static_cast<size_t>(half) * 2].data(),
                   *b = words[static_cast<size_t>(half) * 2 + 1].data();
    float *x = out + half * 2 * kLanes, *y = x + kLanes;
    for (int lane = 0; lane < kLanes; ++lane) two_normals(a[lane], b[lane], x[lane], y[lane]);
  }
}

void portable(Counter counter, const std::array<uint32_t, 2>& key, Block& words, float* normals) {
  blocks_body(counter, key, words);
  if (normals != nullptr) normals_body(words, normals);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void avx2(Counter counter, const std::array<uint32_t, 2>& key, Block& words,
                                          float* normals) {
  blocks_body(counter, key, words);
  if (normals != nullptr) normals_body(words, normals);
}
__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl"))) void avx512(Counter counter,
                                                                          const std::array<uint32_t, 2>& key,
                                                                          Block& words, float* normals) {
  blocks_body(counter, key, words);
  if (normals != nullptr) normals_body(words, normals);
}
auto choose() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return avx512;
  return __builtin_cpu_supports("avx2") ? avx2 : portable;
}
#else
auto choose() { return portable; }
#endif

void generate(Counter counter, const std::array<uint32_t, 2>& key, Block& words, float* normals) {
  static const auto chosen = choose();
  chosen(counter, key, words, normals);
}

}  // namespace

CellRandom::CellRandom(uint64_t seed, uint64_t place) {
  base::RandomStream stream(seed, place, base::key_of("cell"));
  key_ = {stream.next32(), stream.next32()};
}

void CellRandom::normals(int64_t batch, Draw draw, uint32_t attempt, Normals& out) const {
  Block words;
  generate(counter_of(batch, draw, attempt), key_, words, out.data());
}

void CellRandom::words(int64_t batch, Draw draw, uint32_t attempt, Words& out) const {
  Block words;
  generate(counter_of(batch, draw, attempt), key_, words, nullptr);
  for (size_t w = 0; w < words.size(); ++w)
    std::copy(words[w].begin(), words[w].end(), out.begin() + static_cast<int64_t>(w) * kLanes);
}

void CellRandom::plain_normals(int64_t batch, Draw draw, uint32_t attempt, Normals& out) const {
  const Counter counter = counter_of(batch, draw, attempt);
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    const auto w = base::philox({counter.low + lane, counter.high, counter.draw, 0}, key_);
    two_normals(w[0], w[1], out[lane], out[kLanes + lane]);
    two_normals(w[2], w[3], out[2 * kLanes + lane], out[3 * kLanes + lane]);
  }
}

}  // namespace ohmweave::device
