// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace ohmweave::tensor {

/// What a step multiplies: two signed words of inputs and of weights, or four unsigned bytes of inputs with
/// four signed (or unsigned) ones of weights.
enum class StepKind { Words, Bytes, UnsignedBytes };

/// Of the caches: tiles load whole ones.
struct alignas(64) CacheLine {
  uint32_t elements[16];
};

/// The weights of a few outputs.
struct WeightStrip {
  int64_t outputs;
  const uint32_t* weights;  // [block of steps][output][step], then [extra][output]; 16 behind may be read
  int64_t first, steps;     // of the inputs; the others have weights of 0. Blocks have all
  const int32_t* extra;     // steps whose inputs are multiplied a second time, from the first on
  int64_t extras;
};
struct WeightStrips {
  const WeightStrip* first;
  int64_t count;
};

/// Inputs of up to 64 vectors as [panel of 16 vectors][step][vector].
struct InputPanels {
  const uint32_t* inputs;
  int64_t apart;  // steps from a panel to the next
  int64_t vectors;
};

/// The inner loops of exact products, for one set of instructions. All give the same sums. A step is a few
/// neighbouring rows packed into an element of 32 bits. Sums are in 32 bits and exact as long as they fit.
struct IntegerTiles {
  static constexpr int64_t kPanel = 16, kVectors = 64, kJoined = 16;
  static constexpr int64_t kPadding = 16;  // steps from a panel to the next are a multiple

  const char* name;
  int64_t outputs;         // of a strip; of the last one fewer
  int64_t block;           // steps of an output that stand together; a strip has whole blocks of `outputs`
  int32_t most_pair;       // what two neighbouring products of bytes may add up to
  int64_t least_products;  // of a vector: with fewer, the next set is as fast

  /// sums[o * kVectors + v] = (or += if `add`) sum over steps of inputs . weights, for all outputs of the
  /// strips. Sums of vectors and outputs that fill up a panel and a strip may be written too.
  void (*multiply[3])(const WeightStrips& strips, const InputPanels& panels, bool add, int32_t* sums);
  /// Packs codes[v * stride + r] - offset, as words or as so many planes of bytes, kVectors * apart from each
  /// other. Rows are padded with anything, vectors to a panel with anything.
  void (*pack[2])(const int32_t* codes, int64_t stride, int64_t vectors, int64_t rows, int32_t offset,
                  int planes, int64_t apart, uint32_t* panels);
  /// Packs ((low | high << 8) ^ flip) - subtracted of 64 vectors, bytes as [row][vector]; `high` may be null.
  /// Up to three rows behind the last are read.
  void (*pack_lanes[2])(const uint8_t* low, const uint8_t* high, int64_t rows, int32_t flip, int32_t subtracted,
                        int64_t apart, uint32_t* panels);
  /// sums[v * stride + o] = start[o] + (products[o * kVectors + v] << shift). Without `start`, += them.
  /// Products of kPanel vectors and kJoined outputs are read at a time.
  void (*join)(const int32_t* products, int shift, int64_t vectors, int64_t outputs, int64_t stride,
               const int64_t* start, int64_t* sums);

  /// Whether wide operands are cut into bytes, which takes products of unsigned weights.
  bool cuts_words() const { return multiply[static_cast<int>(StepKind::UnsignedBytes)] != nullptr; }
};

/// Those that this processor has, the best first.
std::span<const IntegerTiles* const> integer_tiles();

}  // namespace ohmweave::tensor
