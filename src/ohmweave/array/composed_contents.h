// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/composed_cells.h"
#include "ohmweave/array/composed_crossbar.h"
#include "ohmweave/array/composed_plan.h"
#include "ohmweave/array/part_sums.h"

namespace ohmweave::array {

/// Weights in pairs of cells, read part by part: every conversion is made.
class ComposedContents : public Contents {
 public:
  ComposedContents(const ComposedCrossbar& crossbar, std::shared_ptr<const ComposedPlan> plan,
                   std::span<const int32_t> weights, uint64_t seed, uint64_t place);
  using Contents::multiply;
  void multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                Tally& tally) const override;
  void observe(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
               SeenSums& seen) const override;

 private:
  /// Rows [first_row, ...) of all outputs of a group: arrays side by side.
  struct Tile {
    int64_t group = 0, first_row = 0, rows = 0;
    std::vector<PartSums> sums;        // one, if they fit it
    std::vector<ComposedCells> cells;  // one, if anything of the array errs
  };
  /// Windows that might be chosen, and the parts that each keeps.
  struct Candidate {
    int window = 0, place = 0;
    std::vector<SumPart> parts;
  };

  void count(const ComposedCrossbar& crossbar);
  void add_tiles(std::span<const int32_t> weights);
  void add_cells(const ComposedCrossbar& crossbar, std::span<const int32_t> weights, uint64_t seed,
                 uint64_t place);
  void set_constants(std::span<const int32_t> weights);
  void add_fast(const Tile& tile, const int32_t* inputs, int64_t vectors, int64_t* sums) const;
  void add_plain(const Tile& tile, const int32_t* inputs, int64_t vectors, int64_t* sums) const;
  template <class Body>
  void for_each_sum(const Tile& tile, const int32_t* inputs, int64_t vectors, Body body) const;
  /// Adds the sum of the parts to `sum` and tells `seen` of it; `tries` windows on it.
  void see(std::span<const int64_t> parts, bool tries, int64_t& sum, SeenSums& seen) const;
  /// The sum of a part that one vector and output make in a tile.
  int64_t part_sum(const Tile& tile, const SumPart& part, const int32_t* inputs, int64_t output) const;

  std::shared_ptr<const ComposedPlan> plan_;
  std::vector<int32_t> weights_;
  std::vector<Tile> tiles_;
  std::vector<int64_t> constants_;  // per output: what takes off the offset of driven inputs
  std::vector<Candidate> candidates_;
  Tally per_vector_;
};

}  // namespace ohmweave::array
