// SPDX-License-Identifier: Apache-2.0
// The products of integer_tiles.h over registers of one instruction set. Included by files that are compiled
// for it: no function of the standard library is used here, which might be linked into code for other
// processors.
#pragma once

#include "ohmweave/tensor/integer_tiles.h"

namespace ohmweave::tensor {
namespace {

/// Sums of a tile of Outputs x Vectors stay in registers.
template <class Ops, StepKind Kind, int Outputs, int Vectors>
void multiply_tile(const WeightStrip& strip, const uint32_t* panel, bool add, int32_t* sums) {
  using Register = typename Ops::Register;
  constexpr int kRegisters = Vectors / Ops::kLanes;
  Register sum[Outputs][kRegisters];
  const auto each = [&](auto what) __attribute__((always_inline)) {
#pragma GCC unroll 32
    for (int k = 0; k < Outputs * kRegisters; ++k)
      what(sum[k / kRegisters][k % kRegisters],
           sums + k / kRegisters * IntegerTiles::kVectors + k % kRegisters * Ops::kLanes);
  };
  each([&](Register& x, const int32_t* from) { x = add ? Ops::load(from) : Register{}; });
  const uint32_t* weights = strip.weights;
  const auto take = [&](const uint32_t* inputs) __attribute__((always_inline)) {
    Register input[kRegisters];
#pragma GCC unroll 4
    for (int r = 0; r < kRegisters; ++r) input[r] = Ops::load(inputs + r * Ops::kLanes);
#pragma GCC unroll 6
    for (int o = 0; o < Outputs; ++o) {
      const Register weight = Ops::broadcast(weights[o]);
#pragma GCC unroll 4
      for (int r = 0; r < kRegisters; ++r) Ops::add(sum[o][r], Ops::template dot<Kind>(input[r], weight));
    }
    weights += Outputs;
  };
  for (int64_t step = 0; step < strip.steps; ++step) take(panel + step * IntegerTiles::kPanel);
  for (int64_t k = 0; k < strip.extras; ++k) take(panel + strip.extra[k] * IntegerTiles::kPanel);
  each([&](Register& x, int32_t* to) { Ops::store(to, x); });
}

/// One vector: the outputs of a strip side by side, what is behind them being thrown away.
template <class Ops, StepKind Kind>
void multiply_vector(const WeightStrip& strip, const uint32_t* panel, bool add, int32_t* sums) {
  using Register = typename Ops::Register;
  constexpr int kRegisters = 8 / Ops::kLanes, kApart = 4;  // sums that wait for each other
  Register sum[kApart][kRegisters] = {};
  const uint32_t* weights = strip.weights;
  const auto take = [&](int64_t step, Register(&to)[kRegisters]) __attribute__((always_inline)) {
    const Register input = Ops::broadcast(panel[step * IntegerTiles::kPanel]);
#pragma GCC unroll 2
    for (int r = 0; r < kRegisters; ++r)
      Ops::add(to[r], Ops::template dot<Kind>(input, Ops::load(weights + r * Ops::kLanes)));
    weights += strip.outputs;
  };
  int64_t step = 0;
  for (; step + kApart <= strip.steps; step += kApart) {
#pragma GCC unroll 4
    for (int k = 0; k < kApart; ++k) take(step + k, sum[k]);
  }
  for (; step < strip.steps; ++step) take(step, sum[0]);
  for (int64_t k = 0; k < strip.extras; ++k) take(strip.extra[k], sum[1]);
  int32_t all[8];
  for (int r = 0; r < kRegisters; ++r) {
    for (int k = 1; k < kApart; ++k) Ops::add(sum[0][r], sum[k][r]);
    Ops::store(all + r * Ops::kLanes, sum[0][r]);
  }
  for (int64_t o = 0; o < strip.outputs; ++o) {
    int32_t& to = sums[o * IntegerTiles::kVectors];
    to = add ? to + all[o] : all[o];
  }
}

template <class Ops, StepKind Kind>
void multiply(const WeightStrip& strip, const uint32_t* panel, int64_t vectors, bool add, int32_t* sums) {
  using Tile = void (*)(const WeightStrip&, const uint32_t*, bool, int32_t*);
  static constexpr Tile kTiles[2][IntegerTiles::kOutputs] = {
      {multiply_tile<Ops, Kind, 1, 8>, multiply_tile<Ops, Kind, 2, 8>, multiply_tile<Ops, Kind, 3, 8>,
       multiply_tile<Ops, Kind, 4, 8>, multiply_tile<Ops, Kind, 5, 8>, multiply_tile<Ops, Kind, 6, 8>},
      {multiply_tile<Ops, Kind, 1, 16>, multiply_tile<Ops, Kind, 2, 16>, multiply_tile<Ops, Kind, 3, 16>,
       multiply_tile<Ops, Kind, 4, 16>, multiply_tile<Ops, Kind, 5, 16>, multiply_tile<Ops, Kind, 6, 16>}};
  constexpr int64_t kFew = 3;  // vectors that are faster one by one
  if (vectors > kFew || strip.outputs == 1)
    return kTiles[vectors > 8 ? 1 : 0][strip.outputs - 1](strip, panel, add, sums);
  for (int64_t v = 0; v < vectors; ++v) multiply_vector<Ops, Kind>(strip, panel + v, add, sums + v);
}

template <class Ops>
constexpr IntegerTiles make_tiles() {
  return {Ops::kName,
          {multiply<Ops, StepKind::Words>, multiply<Ops, StepKind::Bytes>},
          {Ops::template pack<StepKind::Words>, Ops::template pack<StepKind::Bytes>},
          {Ops::template pack_lanes<StepKind::Words>, Ops::template pack_lanes<StepKind::Bytes>},
          Ops::join};
}

}  // namespace
}  // namespace ohmweave::tensor
