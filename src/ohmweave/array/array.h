// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/sum_histogram.h"
#include "ohmweave/tensor/fixed_point.h"
#include "ohmweave/tensor/floating_point.h"
#include "ohmweave/tensor/integer_product.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::array {

struct Writing;
class InputVectors;
using units::Picoseconds;

/// A product to be held: `groups` independent matrices of `outputs` x `rows` (per group). One input vector has
/// groups * rows codes, one output vector groups * outputs sums.
using ProductShape = tensor::ProductShape;
/// What is multiplied: whole numbers, or, if `floating` is set, floating-point numbers on both sides.
struct ProductFormats {
  tensor::FixedPoint input, weight;
  std::optional<tensor::FloatingPoint> floating = {};

  /// Widths of the numbers, of either kind.
  int input_bits() const { return floating ? floating->bits() : input.bits; }
  int weight_bits() const { return floating ? floating->bits() : weight.bits; }
};

/// How large the sums of a product are on calibration data, and how far off the results of an array made for
/// sums of n bits would be.
struct SeenSums {
  static constexpr size_t kMostBits = 48;
  std::array<int64_t, kMostBits + 1> magnitudes{};  // [n]: sums of one array whose magnitude has n bits
  // Of some of these sums, and of some n:
  double squares = 0;                          // the sum of their squares
  std::array<double, kMostBits + 1> errors{};  // [n]: of the squared errors of the results
  circuit::SumHistogram columns;               // of some reads of columns that hold weights, in steps of a cell

  void add(const SeenSums& more);
  /// Least bits that hold the magnitudes of so many percent of the sums.
  int bits_of(double percent) const;
  /// Root of the mean squared error of results for sums of n bits, as a share of the sums'; 0 if nothing is
  /// known.
  double error_of(int bits) const;
};

/// One use of a component while an array works on one input vector: what a step of a program is made from.
struct Use {
  const circuit::Component* on = nullptr;
  circuit::Verb verb = circuit::Verb::Read;
  Picoseconds at = 0, lasts = 0;  // from the start of the product
  int64_t count = 0;              // actions per input vector, over all arrays of one copy
  bool of_array = false;          // one action serves all copies that stand in an array: it is read as a whole
};

/// How often each component really did what; equals the plan's counts times vectors (a test demands it).
struct Tally : std::map<std::pair<const circuit::Component*, circuit::Verb>, int64_t> {
  /// What flowed through cells by their conductances and the inputs they really had, in 1e-18 J; 0 where an
  /// array does not know it (Array::knows_cell_energy).
  int64_t cell_attojoules = 0;
  void add(const Tally& more, int64_t times = 1);
};

/// How a product is cut into arrays, and what that costs: the one place where both executions learn it. Made by
/// Array::plan; subclasses carry what their kernel needs.
struct Plan {
  virtual ~Plan() = default;
  ProductShape shape;
  ProductFormats formats;
  int64_t arrays = 0;            // of one copy
  int64_t row_tiles = 0;         // arrays one above the other, whose sums are added
  int64_t column_tiles = 0;      // arrays side by side
  int64_t groups_per_array = 1;  // matrices of different groups that share an array
  int64_t copies_per_array =
      1;                     // whole products, block-diagonally, that fit into one array; 1 if it takes more
  int sum_bits = 0;          // of what an array gives for a sum; 0: as many as operands and rows demand
  int weight_slices = 1;     // cells of one weight
  int input_cycles = 1;      // parts an input is fed in
  int64_t rows_used = 0;     // of the fullest array
  int64_t columns_used = 0;  // the same, of its columns that can hold data (Array::columns)
  int64_t cells_used = 0;    // of one copy, over all its arrays; of a full array all of Array::cells
  Picoseconds interval = 0;  // until the arrays take the next vector
  Picoseconds latency = 0;   // until all sums of a vector are complete
  bool sums_inputs = false;  // the arrays make the sum of their inputs, to take off what encoding added
  bool lossless = true;      // every sum provably exact
  std::string loss;          // why not, for people
  // Times that cells switch for an input vector, where arrays compute by switching them: the cell that does
  // most often, and all cells of a row together.
  double hottest_switches = 0, row_switches = 0;
  int64_t row_cells = 0;  // of such a row
  std::vector<Use> uses;
  std::vector<std::string> warnings;  // traps: a converter too narrow, an array nearly empty
};

/// A weight matrix programmed into arrays.
class Contents {
 public:
  virtual ~Contents() = default;
  /// Multiplies `vectors` input vectors (codes, vectors x groups*rows) into sums (vectors x groups*outputs)
  /// with the arithmetic of the arrays, and adds what that took to `tally`. `first` is the number of the first
  /// vector in the whole run: noise depends on it, not on how vectors are handed over. Any number of threads
  /// may call it at once.
  virtual void multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first,
                        std::span<int64_t> sums, Tally& tally) const = 0;
  void multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums, Tally& tally) const {
    multiply(inputs, vectors, 0, sums, tally);
  }
  /// Whether lanes (InputVectors::lanes) are all that is asked of input vectors that have them.
  virtual bool takes_lanes() const { return false; }
  /// The same of vectors that are made in the form the arrays ask for.
  virtual void multiply(InputVectors& inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                        Tally& tally) const;
  /// Sums count 2^-n: converters whose step is not whole leave fractions.
  virtual int fraction_bits() const { return 0; }
  /// Exact sums, and what they are like: for calibration, by arrays that want it (Array::wants_sums).
  virtual void observe(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
                       SeenSums& seen) const;
};

/// A matrix of floating-point numbers programmed into arrays that compute with such (ProductFormats::floating).
class RealContents {
 public:
  virtual ~RealContents() = default;
  /// Multiplies `vectors` input vectors (vectors x groups*rows, numbers of the format) into sums (vectors x
  /// groups*outputs) with the arithmetic of the arrays, and adds what that took to `tally`. Any number of
  /// threads may call it at once.
  virtual void multiply(std::span<const float> inputs, int64_t vectors, std::span<float> sums,
                        Tally& tally) const = 0;
};

/// A kind of array with its peripherals: plans products and computes them. One of the five interfaces of a
/// design.
class Array {
 public:
  virtual ~Array() = default;
  virtual int64_t rows() const = 0;
  virtual int64_t columns() const = 0;  // that hold data
  virtual int64_t cells() const = 0;    // of one array, all columns
  /// Peak rate: multiply-accumulates of full-width operands per second of one array.
  virtual double peak_multiply_accumulates(const ProductFormats& formats) const = 0;
  /// Bits of weights one array stores.
  virtual units::Data capacity() const = 0;
  /// Whether plans are better for what calibration data show of their sums.
  virtual bool wants_sums() const { return false; }
  /// `seen`: of the sums of this product; null if nothing is known.
  virtual std::shared_ptr<const Plan> plan(const ProductShape& shape, const ProductFormats& formats,
                                           const SeenSums* seen) const = 0;
  std::shared_ptr<const Plan> plan(const ProductShape& shape, const ProductFormats& formats) const {
    return plan(shape, formats, nullptr);
  }
  /// Programs weight codes (groups * outputs x rows) by a plan of this array. `place` keys random streams.
  virtual std::unique_ptr<Contents> program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                            uint64_t seed, uint64_t place) const = 0;
  /// The same for floating-point numbers: `weights` (groups * outputs x rows) of the format, and `start`, what
  /// each of the groups * outputs sums starts with (a bias, of the format), or nothing: zeros. Only of arrays
  /// whose kind computes with such numbers.
  virtual std::unique_ptr<RealContents> program_reals(std::shared_ptr<const Plan> plan,
                                                      std::span<const float> weights,
                                                      std::span<const float> start) const;
  /// Whether multiply() tallies the energy of cells by data.
  virtual bool knows_cell_energy() const { return false; }
  /// How its cells are programmed; null for arrays that say nothing about it.
  virtual const Writing* writing() const { return nullptr; }
};

}  // namespace ohmweave::array
