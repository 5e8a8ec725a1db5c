// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ohmweave/array/column_kernels.h"
#include "ohmweave/circuit/transfer.h"

namespace ohmweave::array {

/// What a converter makes of every sum on a grid that 16 bits hold: the code changes at whole numbers.
struct GridTransfer {
  std::vector<int32_t> from;    // ascending: from sum from[k] on it is codes[k + 1]
  std::vector<uint16_t> codes;  // codes[0] before
  uint16_t most = 0;            // largest code

  /// `bits`: the sum s stands for s * 2^-bits steps. None if codes are too many for 16 bits.
  static std::optional<GridTransfer> make(const circuit::Transfer& transfer, int bits);
  /// The same in whole arithmetic, if there is some that is right for every sum.
  static std::optional<Conversion> arithmetic(const circuit::Transfer& transfer, int bits,
                                              const GridTransfer& exact);
  /// Writes the code of every sum from -32768 to 32767.
  void fill(uint16_t* table) const;
};

/// The tables of a panel whose columns have converters of their own.
class PanelSteps {
 public:
  /// `by_word`: null where the panel has no column.
  void set(std::span<const GridTransfer* const> by_word);
  const StepTables& tables() const { return tables_; }

 private:
  std::vector<uint16_t> starts_, limits_, codes_;
  StepTables tables_;
};

}  // namespace ohmweave::array
