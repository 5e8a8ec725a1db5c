// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "ohmweave/circuit/component.h"
#include "ohmweave/program/program.h"

namespace ohmweave::program {

/// Values of measures from a functional execution, by MeasureId: one per trip of the measure's outer loops
/// together. An empty list: that measure was not taken.
using Measured = std::vector<std::vector<int64_t>>;

/// The values of a program's measures in one run: as measured, else as known, else `most`.
class MeasureValues {
 public:
  explicit MeasureValues(const Program& program, const Measured* measured = nullptr);
  /// For one firing of the measure's stage.
  int64_t at(MeasureId id, int64_t firing) const {
    const Series& s = series_[id.index];
    return s.values.empty() ? s.most : s.values[static_cast<size_t>(firing / s.firings_per_value)];
  }
  /// Summed over the first `firings` firings of its stage.
  int64_t total(MeasureId id, int64_t firings) const;
  /// The largest in this run.
  int64_t largest(MeasureId id) const { return series_[id.index].most; }
  /// Whether it is the same for all firings.
  bool constant(MeasureId id) const { return series_[id.index].values.empty(); }

 private:
  struct Series {
    std::vector<int64_t> values;  // empty: `most` throughout
    int64_t most = 0;
    int64_t firings_per_value = 1;
  };
  std::vector<Series> series_;
};

/// Actions by (resource, verb), exact, without simulating. A step counts per firing, per
/// element or per element of the outermost loop (Serves), so a last firing whose lanes are not all used counts what it serves.
struct Counts {
  std::map<std::pair<uint32_t, circuit::Verb>, int64_t> actions;
  int64_t at(ResourceId on, circuit::Verb verb) const {
    auto it = actions.find({on.index, verb});
    return it == actions.end() ? 0 : it->second;
  }
};
Counts count_actions(const Program& program, const Measured* measured = nullptr);

}  // namespace ohmweave::program
