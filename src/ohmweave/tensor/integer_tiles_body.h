// SPDX-License-Identifier: Apache-2.0
// The products of integer_tiles.h over registers of one instruction set. Included by files that are compiled
// for it: no function of the standard library is used here, which might be linked into code for other
// processors.
#pragma once

#include "ohmweave/tensor/integer_tiles.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kStripOutputs = 6;

/// Sums of a tile of Outputs x Registers stay in registers, twice where there are too few to keep instructions
/// at work that wait for each other.
template <class Ops, StepKind Kind, int Outputs, int Registers>
void multiply_tile(const WeightStrip& strip, const uint32_t* inputs, int64_t apart, bool add, int32_t* sums) {
  using Register = typename Ops::Register;
  constexpr int64_t kPanel = IntegerTiles::kPanel;
  constexpr int kSums = Outputs * Registers, kApart = kSums < Ops::kWaiting ? 2 : 1;
  Register sum[kApart][kSums] = {};
  const auto each = [&](auto what) __attribute__((always_inline)) {
#pragma GCC unroll 32
    for (int k = 0; k < kSums; ++k)
      what(k, sums + k / Registers * IntegerTiles::kVectors + k % Registers * Ops::kLanes);
  };
  each([&](int k, const int32_t* from) { sum[0][k] = add ? Ops::load(from) : Register{}; });
  const uint32_t* weights = strip.weights;
  const auto take = [&](int64_t step, Register(&to)[kSums]) __attribute__((always_inline)) {
    const uint32_t* from = inputs + (strip.first + step) * kPanel;
    Register input[Registers];
#pragma GCC unroll 4
    for (int r = 0; r < Registers; ++r)
      input[r] = Ops::load(from + r * Ops::kLanes / kPanel * apart * kPanel + r * Ops::kLanes % kPanel);
#pragma GCC unroll 6
    for (int o = 0; o < Outputs; ++o) {
      const Register weight = Ops::broadcast(weights[o]);
#pragma GCC unroll 4
      for (int r = 0; r < Registers; ++r) Ops::template add_dot<Kind>(to[o * Registers + r], input[r], weight);
    }
    weights += Outputs;
  };
  int64_t step = 0;
  if constexpr (kApart == 2) {
    for (; step + 1 < strip.steps; step += 2) take(step, sum[0]), take(step + 1, sum[1]);
  }
  for (; step < strip.steps; ++step) take(step, sum[0]);
  for (int64_t k = 0; k < strip.extras; ++k) take(strip.extra[k], sum[0]);
  each([&](int k, int32_t* to) {
    if constexpr (kApart == 2) Ops::add(sum[0][k], sum[1][k]);
    Ops::store(to, sum[0][k]);
  });
}

/// One vector: the outputs of a strip side by side, what is behind them being thrown away.
template <class Ops, StepKind Kind>
void multiply_vector(const WeightStrip& strip, const uint32_t* inputs, bool add, int32_t* sums) {
  using Register = typename Ops::Register;
  constexpr int kRegisters = Ops::kLanes < 8 ? 8 / Ops::kLanes : 1,
                kApart = 4;  // sums that wait for each other
  Register sum[kApart][kRegisters] = {};
  const uint32_t* weights = strip.weights;
  const auto take = [&](int64_t step, Register(&to)[kRegisters]) __attribute__((always_inline)) {
    const Register input = Ops::broadcast(inputs[(strip.first + step) * IntegerTiles::kPanel]);
#pragma GCC unroll 2
    for (int r = 0; r < kRegisters; ++r)
      Ops::template add_dot<Kind>(to[r], input, Ops::load(weights + r * Ops::kLanes));
    weights += strip.outputs;
  };
  int64_t step = 0;
  for (; step + kApart <= strip.steps; step += kApart) {
#pragma GCC unroll 4
    for (int k = 0; k < kApart; ++k) take(step + k, sum[k]);
  }
  for (; step < strip.steps; ++step) take(step, sum[0]);
  for (int64_t k = 0; k < strip.extras; ++k) take(strip.extra[k], sum[1]);
  int32_t all[kRegisters * Ops::kLanes];
  for (int r = 0; r < kRegisters; ++r) {
    for (int k = 1; k < kApart; ++k) Ops::add(sum[0][r], sum[k][r]);
    Ops::store(all + r * Ops::kLanes, sum[0][r]);
  }
  for (int64_t o = 0; o < strip.outputs; ++o) {
    int32_t& to = sums[o * IntegerTiles::kVectors];
    to = add ? to + all[o] : all[o];
  }
}

/// The first vectors of those that are left, as many as fit into registers of a tile.
template <class Ops, StepKind Kind, int Registers>
void multiply_some(const WeightStrip& strip, const uint32_t* inputs, int64_t apart, int64_t left, bool add,
                   int32_t* sums) {
  if constexpr (Registers > 1) {
    if (left <= (Registers - 1) * Ops::kLanes)
      return multiply_some<Ops, Kind, Registers - 1>(strip, inputs, apart, left, add, sums);
  }
  using Tile = void (*)(const WeightStrip&, const uint32_t*, int64_t, bool, int32_t*);
  static constexpr Tile kTiles[kStripOutputs] = {
      multiply_tile<Ops, Kind, 1, Registers>, multiply_tile<Ops, Kind, 2, Registers>,
      multiply_tile<Ops, Kind, 3, Registers>, multiply_tile<Ops, Kind, 4, Registers>,
      multiply_tile<Ops, Kind, 5, Registers>, multiply_tile<Ops, Kind, 6, Registers>};
  kTiles[strip.outputs - 1](strip, inputs, apart, add, sums);
}

template <class Ops, StepKind Kind>
void multiply(const WeightStrips& strips, const InputPanels& panels, bool add, int32_t* sums) {
  constexpr int64_t kFew = 3;  // vectors that are faster one by one
  constexpr int64_t kTogether = Ops::kRegisters * Ops::kLanes, kPanel = IntegerTiles::kPanel;
  for (int64_t k = 0; k < strips.count; ++k) {
    const WeightStrip& strip = strips.first[k];
    for (int64_t first = 0; first < panels.vectors; first += kTogether) {
      const uint32_t* inputs = panels.inputs + first * panels.apart;
      const int64_t left = panels.vectors - first;
      if (left > kFew || strip.outputs == 1) {
        multiply_some<Ops, Kind, Ops::kRegisters>(strip, inputs, panels.apart, left, add, sums + first);
      } else {
        for (int64_t v = 0; v < left; ++v) multiply_vector<Ops, Kind>(strip, inputs + v, add, sums + first + v);
      }
    }
    sums += strip.outputs * IntegerTiles::kVectors;
  }
  static_assert(kTogether % kPanel == 0);
}

template <class Ops>
constexpr IntegerTiles make_tiles() {
  return {Ops::kName,
          kStripOutputs,
          1,
          Ops::kMostPair,
          0,
          {multiply<Ops, StepKind::Words>, multiply<Ops, StepKind::Bytes>, nullptr},
          {Ops::template pack<StepKind::Words>, Ops::template pack<StepKind::Bytes>},
          {Ops::template pack_lanes<StepKind::Words>, Ops::template pack_lanes<StepKind::Bytes>},
          Ops::join};
}

}  // namespace
}  // namespace ohmweave::tensor
