// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/encoding.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/circuit/transfer.h"

namespace ohmweave::array {

/// Which conversions: their noise depends on nothing else.
struct ReadsAt {
  uint64_t seed = 0, place = 0;
  int64_t first_vector = 0;  // of the whole run, whatever batches and threads
};

/// The input vectors of a tile: codes of its rows, vectors `stride` apart, or the lanes of its rows from a
/// vector on (InputVectors::lanes).
struct TileInputs {
  const int32_t* codes = nullptr;
  int64_t stride = 0;
  using Lanes = base::FunctionRef<void(int64_t first, uint8_t* low, uint8_t* high)>;
  const Lanes* lanes = nullptr;
};

/// Sets of instructions that kernels are made for; all compute the same bits.
enum class Instructions { Best, Portable, Avx2, Avx512, Amx };

/// Columns over the same rows, read digit by digit by converters whose codes are merged into outputs:
///   output += coefficient * sum over digits k of weight(k) * value(code(sum over rows of digit_k(input) *
///   conductance + noise))
/// Every conversion is made. Columns are added, then prepare() lays them out for the fastest kernel that
/// computes the same bits as the definition.
class ColumnTile {
 public:
  /// `fraction_bits` of the outputs; 0 demands transfers whose zero and step are whole.
  ColumnTile(const InputDigits& digits, int64_t rows, int fraction_bits);
  ColumnTile(ColumnTile&&) noexcept;
  ColumnTile& operator=(ColumnTile&&) noexcept;
  ~ColumnTile();

  /// Adds a converter, or finds the same; columns name it by the number returned.
  int64_t add_transfer(circuit::Transfer transfer);
  /// Adds a column of cells, one per row, that conduct whole steps, and returns its number.
  int64_t add_column(std::span<const int32_t> steps, int64_t transfer);
  /// The same of cells that conduct any number of steps, also below 0, with the variance of one read of each
  /// (empty: none).
  int64_t add_column(std::span<const float> steps, std::span<const float> variance, int64_t transfer);
  /// What the column's merged codes count in an output; a column may have several.
  void add_target(int64_t column, int64_t output, int64_t coefficient);
  bool empty() const;

  /// Chooses kernels and lays the columns out for them. Call once, before add(). Instructions that this
  /// processor lacks are replaced by the best it has.
  void prepare(Instructions instructions = Instructions::Best);
  /// Whether lanes are enough for add(); only then may codes be missing.
  bool takes_lanes() const;
  /// Adds to the outputs of `vectors` input vectors (outputs `output_stride` apart). Any number of threads may
  /// call it at once.
  void add(const TileInputs& inputs, int64_t vectors, int64_t* outputs, int64_t output_stride,
           const ReadsAt& at) const;
  void add(const int32_t* inputs, int64_t input_stride, int64_t vectors, int64_t* outputs,
           int64_t output_stride, const ReadsAt& at) const {
    add({inputs, input_stride, nullptr}, vectors, outputs, output_stride, at);
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ohmweave::array
