// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/cell.h"

#include <algorithm>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::device {
namespace {

class IdealCell : public Cell {
 public:
  bool ideal() const override { return true; }
  void program(std::span<const int32_t> levels, const CellsAt&, std::span<float> steps) const override {
    std::copy(levels.begin(), levels.end(), steps.begin());
  }
  double siemens(double) const override {
    base::fail("cell", "an ideal cell has no conductance; give on_resistance and off_resistance");
  }
};

}  // namespace

void Cell::read_variance(std::span<const float>, std::span<float> variance) const {
  std::fill(variance.begin(), variance.end(), 0.0F);
}

std::unique_ptr<Cell> ideal_cell() { return std::make_unique<IdealCell>(); }

}  // namespace ohmweave::device
