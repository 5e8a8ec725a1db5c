// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// What a program leaves in the cells of a row, as a graph of two-input ANDs and XORs whose edges may invert.
/// Initialisations, overwritten results and common subexpressions are gone.
class LogicGraph {
 public:
  /// A value: twice the node, plus 1 if inverted. Node 0 is the constant 0.
  using Literal = uint32_t;
  static constexpr Literal kZero = 0, kOne = 1;
  static Literal inverted(Literal x) { return x ^ 1; }

  struct Node {
    enum class Kind : uint8_t { Constant, Cell, And, Xor } kind = Kind::Constant;
    Bitline cell = 0;  // Cell: what it holds before
    Literal a = 0, b = 0;
  };
  struct Result {
    Bitline cell;
    Literal value;
  };

  /// Of a program without searches: what is selected is no value of a cell.
  explicit LogicGraph(const LogicProgram& program);

  const std::vector<Node>& nodes() const { return nodes_; }  // operands before those that use them
  /// What cells hold afterwards, of those that may have changed.
  const std::vector<Result>& results() const { return results_; }

 private:
  Literal node_of(Node node);
  Literal both(Literal a, Literal b);
  Literal either(Literal a, Literal b) { return inverted(both(inverted(a), inverted(b))); }
  Literal different(Literal a, Literal b);
  Literal choose(Literal condition, Literal yes, Literal no);
  const Node* and_of(Literal x) const;  // the node, if x is an AND that is not inverted
  Literal gate(const LogicOperation& operation);

  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, Literal> known_;
  std::vector<Literal> cells_;
  std::vector<bool> touched_;
  std::vector<Result> results_;
};

}  // namespace ohmweave::logic
