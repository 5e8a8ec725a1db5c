// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>

#include "ohmweave/logic/cycle_builder.h"

namespace ohmweave::logic {

/// What the three multipliers share: the walk through 2 N stages. Partition 0 has the operands and only makes
/// products; the others add what they get to their product and pass the sum on.
class MultPimStages {
 public:
  MultPimStages(const char* name, int bits) : row_(name), bits_(bits) {}
  virtual ~MultPimStages() = default;
  LogicProgram build();

 protected:
  /// Whether partition p gets the bits of b inverted: one NOT for each step of the way there.
  static bool inverted(int p) { return std::popcount(static_cast<unsigned>(p)) % 2 == 1; }

  /// Takes the cells of partition p.
  virtual void lay_out(int p) = 0;
  /// The cells to set and to clear before anything else.
  virtual Word first_ones() const = 0;
  virtual Word first_zeros() const = 0;
  /// Where partition p keeps its bit of a, inverted; where it gets a bit of b; and where its product stands, or
  /// the zero in the stages without products.
  virtual Bitline a_inverted(int p) const = 0;
  virtual Bitline arrival(int p) const = 0;
  virtual Bitline product(int p, int stage) const = 0;
  /// The product of an inverted bit of b and the inverted bit of a, in partition p.
  virtual void multiply_inverted(int p) = 0;
  /// Cycles after the products were made.
  virtual void after_products() {}
  /// Adds in partitions 1 .. N - 1 up to the last gate, which makes the sum: send() does it over the border.
  virtual void add(int stage) = 0;
  virtual void send(int p, int stage, Bitline output) = 0;
  virtual void send_product(Bitline output) = 0;
  /// Where partition p awaits a sum for the next stage.
  virtual Bitline awaited(int p, int stage) const = 0;
  /// The cells to set for the next stage.
  virtual Word refreshed(int stage) const = 0;

  /// One cycle of the same gate in partitions 1 .. N - 1.
  template <typename Body>
  void everywhere(Body body) {
    row_.cycle();
    for (int p = 1; p < bits_; ++p) body(p);
  }

  CycleBuilder row_;
  int bits_;

 private:
  void broadcast(int stage);
  void multiply(int stage);
  void pass_on(int stage);

  Word a_, b_, result_;
};

}  // namespace ohmweave::logic
