// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace ohmweave::tensor {

/// What a step multiplies: two signed words of inputs and of weights, or four unsigned bytes of inputs with
/// four signed ones of weights, whose first two products (and last two) add up to 16 bits at most.
enum class StepKind { Words, Bytes };

/// The weights of up to 6 outputs.
struct WeightStrip {
  int64_t outputs;
  const uint32_t*
      weights;  // [step][output], behind them [extra][output]; 8 elements behind the last may be read
  int64_t steps;
  const int32_t* extra;  // steps whose inputs are multiplied a second time
  int64_t extras;
};

/// The inner loops of exact products, for one set of instructions. All give the same sums. A step is a few
/// neighbouring rows packed into an element of 32 bits. Inputs of up to 64 vectors stand as [panel of 16
/// vectors][step][vector]; sums are in 32 bits and exact as long as they fit.
struct IntegerTiles {
  static constexpr int64_t kOutputs = 6, kPanel = 16, kVectors = 64;
  static constexpr int64_t kPadding = 8;  // steps of a panel, `apart` below, are a multiple

  const char* name;
  /// sums[o * kVectors + v] = (or += if `add`) sum over steps of inputs . weights, of the first `vectors` of a
  /// panel.
  void (*multiply[2])(const WeightStrip& strip, const uint32_t* panel, int64_t vectors, bool add,
                      int32_t* sums);
  /// Packs codes[v * stride + r] - offset. Rows are padded with anything, vectors to eight with anything.
  void (*pack[2])(const int32_t* codes, int64_t stride, int64_t vectors, int64_t rows, int32_t offset,
                  int64_t apart, uint32_t* panels);
  /// Packs ((low | high << 8) ^ flip) - subtracted of 64 vectors, bytes as [row][vector]; `high` may be null.
  /// Up to three rows behind the last are read.
  void (*pack_lanes[2])(const uint8_t* low, const uint8_t* high, int64_t rows, int32_t flip, int32_t subtracted,
                        int64_t apart, uint32_t* panels);
  /// sums[v * stride + o] = start[o] + low[o * kVectors + v] + 256 high[o * kVectors + v]. Without `start`, +=
  /// them; without `high`, that is 0.
  void (*join)(const int32_t* low, const int32_t* high, int64_t vectors, int64_t outputs, int64_t stride,
               const int64_t* start, int64_t* sums);
};

/// Those that this processor has, the best first.
std::span<const IntegerTiles* const> integer_tiles();

}  // namespace ohmweave::tensor
