// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "ohmweave/array/logic_rows.h"
#include "ohmweave/logic/compiled.h"

namespace ohmweave::array {

/// An operation of two numbers in many rows, gate by gate.
class RowOperation {
 public:
  RowOperation(const logic::LogicMethod& method, logic::Arithmetic operation, logic::LogicFormat format);
  /// The first result of every row; `a` and `b` are words of the format, a row each.
  std::vector<uint64_t> run(std::span<const uint64_t> a, std::span<const uint64_t> b) const;

 private:
  logic::CompiledLogic program_;
};

/// Floating-point weights in rows whose products and sums are made gate by gate, with the programs of the
/// method that knows all numbers (ohmweave): what RealRows computes with the processor's arithmetic. Slow.
class RealGateRows : public RealContents {
 public:
  RealGateRows(std::shared_ptr<const LogicRowsPlan> plan, std::span<const float> weights,
               std::span<const float> start, Tally per_vector);
  void multiply(std::span<const float> inputs, int64_t vectors, std::span<float> sums,
                Tally& tally) const override;

 private:
  std::vector<uint64_t> sums_of(std::span<const uint64_t> inputs, int64_t vectors, int64_t first,
                                int64_t end) const;

  std::shared_ptr<const LogicRowsPlan> plan_;
  logic::LogicFormat format_;
  RowOperation product_, sum_;
  std::vector<uint64_t> weights_, start_;  // patterns
  Tally per_vector_;
};

/// The same of whole numbers, with the programs of the rows' own method.
class WholeGateRows : public Contents {
 public:
  WholeGateRows(const LogicRows& rows, std::shared_ptr<const LogicRowsPlan> plan,
                std::span<const int32_t> weights, Tally per_vector);
  using Contents::multiply;
  void multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                Tally& tally) const override;

 private:
  std::shared_ptr<const LogicRowsPlan> plan_;
  RowOperation product_, sum_;
  int64_t input_offset_ = 0, weight_offset_ = 0;  // that make numbers positive
  std::vector<uint64_t> weights_;                 // with their offset
  std::vector<int64_t> known_;                    // of each sum: what does not depend on inputs
  Tally per_vector_;
};

}  // namespace ohmweave::array
