// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// Partitions of a row, in the order in which bits stand in them.
using Lanes = std::vector<int>;
/// lanes[first], lanes[first + step], ... before `last`; negative bounds count from the end.
Lanes every(const Lanes& lanes, int first, int last, int step = 1);
Lanes from(const Lanes& lanes, int first);

/// A row of equal partitions with numbers across it: bit i of each stands in partition i, all at the same place
/// of their partitions. One operation works on a place of many partitions at once and costs a cycle.
class StripedRow {
 public:
  StripedRow(std::string name, int partitions);
  Lanes all() const;

  /// The lowest place that is free in all of these partitions, and its return.
  int take(const Lanes& lanes);
  void give(int place, const Lanes& lanes);

  void set(bool value, int place, const Lanes& lanes);
  void invert(int input, int output, const Lanes& lanes) { invert(input, output, lanes, lanes); }
  void invert(int input, int output, const Lanes& sources, const Lanes& targets);
  void nor(int a, int b, int output, const Lanes& lanes) { nor(a, b, output, lanes, lanes); }
  void nor(int a, int b, int output, const Lanes& sources, const Lanes& targets);
  /// The gate after its output was set: two cycles.
  void fresh_invert(int input, int output, const Lanes& lanes);
  void fresh_invert(int input, int output, const Lanes& sources, const Lanes& targets);
  void fresh_nor(int a, int b, int output, const Lanes& lanes);
  /// To the lane `distance` further (before, if negative), in |distance| + 1 cycles.
  void shift_inverted(int input, int output, const Lanes& lanes, int distance);
  void shift_nor(int a, int b, int output, const Lanes& lanes, int distance);

  void input(std::string name, int place, const Lanes& lanes) { note(inputs_, std::move(name), place, lanes); }
  void output(std::string name, int place, const Lanes& lanes) {
    note(outputs_, std::move(name), place, lanes);
  }
  /// The program: partitions as wide as the highest place written. The row is used up.
  LogicProgram finish();

 private:
  struct Cell {
    int place, partition;
  };
  struct Step {
    Gate gate;
    bool joins;
    Cell output;
    std::vector<Cell> inputs;
  };
  struct Number {
    std::string name;
    std::vector<Cell> cells;
  };

  void note(std::vector<Number>& numbers, std::string name, int place, const Lanes& lanes);
  void step(Gate gate, std::initializer_list<int> inputs, int output, const Lanes& sources,
            const Lanes& targets);

  std::string name_;
  int partitions_;
  std::vector<std::vector<bool>> taken_;  // [place][partition]
  std::vector<Step> steps_;
  std::vector<Number> inputs_, outputs_;
  int highest_ = 0;  // place written
};

/// A place of some partitions while it is needed.
class Stripe {
 public:
  Stripe(StripedRow& row, const Lanes& lanes) : row_(&row), lanes_(lanes), place_(row.take(lanes)) {}
  Stripe(const Stripe&) = delete;
  Stripe& operator=(const Stripe&) = delete;
  ~Stripe() { release(); }
  /// Gives it back before its end.
  void release();
  operator int() const { return place_; }

 private:
  StripedRow* row_;
  Lanes lanes_;
  int place_;
};

}  // namespace ohmweave::logic
