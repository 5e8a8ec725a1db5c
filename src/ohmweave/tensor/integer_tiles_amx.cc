// SPDX-License-Identifier: Apache-2.0
// Tiles of AMX: a register has 16 rows of 64 bytes, and one instruction multiplies 16 outputs by 16 vectors
// over 64 rows. A panel of inputs has the form that the instruction wants as it is. All four kinds of signs are
// there, so that wider operands are multiplied byte by byte.
#if defined(__x86_64__)
#include "ohmweave/tensor/integer_tiles.h"
#include "ohmweave/tensor/tile_registers.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kPanel = IntegerTiles::kPanel, kVectors = IntegerTiles::kVectors;
constexpr int64_t kOutputs = 16, kBlock = 16;  // steps of four bytes

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
  each<Strips * Panels>([&]<int K>() { add ? load_tile<K>(at(K), kRow) : clear_tile<K>(); });
  for (int64_t step = 0; step < strips->steps; step += kBlock) {
    each<Panels>([&]<int P>() { load_tile<6 + P>(inputs + (P * apart + step) * kPanel, 64); });
    each<Strips>([&]<int S>() {
      load_tile<4 + S % 2>(strips[S].weights + step * kOutputs, 64);
      each<Panels>([&]<int P>() {
        add_tile_product<Signed ? SignedBytes::Left : SignedBytes::None, S * Panels + P, 4 + S % 2, 6 + P>();
      });
    });
  }
  each<Strips * Panels>([&]<int K>() { store_tile<K>(at(K), kRow); });
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
  const TileRegisters registers;
  for (int64_t v = 0; v < panels.vectors; v += 2 * kPanel) {
    const uint32_t* inputs = panels.inputs + v * panels.apart;
    const auto some = panels.vectors - v > kPanel ? multiply_panels<Signed, 2> : multiply_panels<Signed, 1>;
    some(strips, inputs, panels.apart, add, sums + v);
  }
}

}  // namespace

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
