// SPDX-License-Identifier: Apache-2.0
// Tiles of AMX: a register has 16 rows of 64 bytes, and one instruction multiplies 16 outputs by 16 vectors
// over 64 rows. A panel of inputs has the form that the instruction wants as it is. All four kinds of signs are
// there, so that wider operands are multiplied byte by byte. Written in assembler, since compilers want numbers
// of registers as tokens.
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ohmweave/tensor/integer_tiles.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kPanel = IntegerTiles::kPanel, kVectors = IntegerTiles::kVectors;
constexpr int64_t kOutputs = 16, kBlock = 16;  // steps of four bytes

/// All tiles whole; the rest of the memory that LDTILECFG reads is 0.
struct alignas(64) TileShapes {
  uint8_t palette = 1, first_row = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileShapes) == 64);

template <int Tile>
void load(const void* from, int64_t bytes_apart) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(bytes_apart), "i"(Tile) : "memory");
}
template <int Tile>
void store(void* to, int64_t bytes_apart) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(bytes_apart), "i"(Tile) : "memory");
}
template <int Tile>
void clear() {
  asm volatile("tilezero %%tmm%c0" ::"i"(Tile));
}
template <bool Signed, int Sum, int Weights, int Inputs>
void add_dot() {
  if constexpr (Signed) {
    asm volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Weights), "i"(Inputs));
  } else {
    asm volatile("tdpbuud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Weights), "i"(Inputs));
  }
}

/// Calls what.operator()<0>() ... <N - 1>().
template <int N, class What>
void each(const What& what) {
  if constexpr (N > 0) {
    each<N - 1>(what);
    what.template operator()<N - 1>();
  }
}

/// Strips x Panels sums in the first four registers, weights in the next two, inputs in the last two.
template <bool Signed, int Strips, int Panels>
void multiply_tile(const WeightStrip* strips, const uint32_t* inputs, int64_t apart, bool add, int32_t* sums) {
  constexpr int64_t kRow = kVectors * 4;
  const auto at = [&](int k) { return sums + k / Panels * kOutputs * kVectors + k % Panels * kPanel; };
  each<Strips * Panels>([&]<int K>() { add ? load<K>(at(K), kRow) : clear<K>(); });
  for (int64_t step = 0; step < strips->steps; step += kBlock) {
    each<Panels>([&]<int P>() { load<6 + P>(inputs + (P * apart + step) * kPanel, 64); });
    each<Strips>([&]<int S>() {
      load<4 + S % 2>(strips[S].weights + step * kOutputs, 64);
      each<Panels>([&]<int P>() { add_dot<Signed, S * Panels + P, 4 + S % 2, 6 + P>(); });
    });
  }
  each<Strips * Panels>([&]<int K>() { store<K>(at(K), kRow); });
}

/// As many strips as leave registers for the sums of so many panels.
template <bool Signed, int Panels>
void multiply_panels(const WeightStrips& strips, const uint32_t* inputs, int64_t apart, bool add,
                     int32_t* sums) {
  constexpr int kTogether = 4 / Panels;
  int64_t k = 0;
  const auto at = [&](int64_t strip) { return sums + strip * kOutputs * kVectors; };
  for (; k + kTogether <= strips.count; k += kTogether)
    multiply_tile<Signed, kTogether, Panels>(strips.first + k, inputs, apart, add, at(k));
  for (; k < strips.count; ++k) multiply_tile<Signed, 1, Panels>(strips.first + k, inputs, apart, add, at(k));
}

template <bool Signed>
void multiply(const WeightStrips& strips, const InputPanels& panels, bool add, int32_t* sums) {
  static constexpr TileShapes kShapes;
  asm volatile("ldtilecfg %0" ::"m"(kShapes));
  for (int64_t v = 0; v < panels.vectors; v += 2 * kPanel) {
    const uint32_t* inputs = panels.inputs + v * panels.apart;
    const auto some = panels.vectors - v > kPanel ? multiply_panels<Signed, 2> : multiply_panels<Signed, 1>;
    some(strips, inputs, panels.apart, add, sums + v);
  }
  asm volatile("tilerelease");
}

}  // namespace

/// Whether the processor has the instructions, and the system saves their registers for this process.
bool may_use_amx() {
  constexpr unsigned kTilesOfBytes = 1U << 24 | 1U << 25;
  constexpr int kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  unsigned a, b, c, d;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kTilesOfBytes) != kTilesOfBytes) return false;
#if defined(SYS_arch_prctl)
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
#else
  return false;
#endif
}

/// Packing and joining are those of the other registers. Both sets take as long for 64 x 64 or 150 x 16 weights
/// (Emerald Rapids, 8 and 16 bits); with 9 x 16 AMX takes 1.6 to 2.5 times as long, with 576 x 64 half as long.
IntegerTiles amx_tiles(const IntegerTiles& avx512) {
  IntegerTiles out = avx512;
  out.name = "amx";
  out.outputs = kOutputs;
  out.block = kBlock;
  out.least_products = 4096;
  out.multiply[static_cast<int>(StepKind::Words)] = nullptr;
  out.multiply[static_cast<int>(StepKind::Bytes)] = multiply<true>;
  out.multiply[static_cast<int>(StepKind::UnsignedBytes)] = multiply<false>;
  return out;
}

}  // namespace ohmweave::tensor
#endif
