// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/counts.h"

#include <algorithm>

#include "ohmweave/base/check.h"

namespace ohmweave::program {
namespace {

int64_t outer_trips(const Stage& stage, int outer_loops) {
  int64_t n = 1;
  for (int k = 0; k < outer_loops; ++k) n *= stage.loops[static_cast<size_t>(k)].trips();
  return n;
}

/// Calls body(firing, elements) for the first firing of each trip of the outer loops together, with the
/// elements that trip serves over all its inner firings, and the elements of the outermost loop over all of
/// them.
template <class Body>
void for_each_outer_trip(const Stage& stage, int outer_loops, Body body) {
  const auto outer = static_cast<size_t>(outer_loops);
  int64_t inner_firings = 1, inner_elements = 1;
  for (size_t k = outer; k < stage.loops.size(); ++k) {
    inner_firings *= stage.loops[k].trips();
    inner_elements *= stage.loops[k].extent;
  }
  std::vector<int64_t> trip(outer, 0);
  const int64_t total = outer_trips(stage, outer_loops);
  for (int64_t n = 0; n < total; ++n) {
    int64_t elements = inner_elements;
    for (size_t k = 0; k < outer; ++k) elements *= stage.loops[k].elements(trip[k]);
    const bool is_outer = outer > 0;
    const int64_t outermost = stage.loops.empty() ? 1
                              : is_outer          ? stage.loops[0].elements(trip[0]) * inner_firings
                                         : stage.loops[0].extent * (inner_firings / stage.loops[0].trips());
    body(n * inner_firings, elements, outermost);
    for (size_t k = outer; k-- > 0;) {
      if (++trip[k] < stage.loops[k].trips()) break;
      trip[k] = 0;
    }
  }
}

}  // namespace

MeasureValues::MeasureValues(const Program& program, const Measured* measured) {
  for (size_t k = 0; k < program.measures.size(); ++k) {
    const Measure& m = program.measures[k];
    const Stage& stage = program[m.stage];
    const int64_t trips = outer_trips(stage, m.outer_loops);
    Series s{m.known, m.most, stage.firings() / trips};
    if (measured && k < measured->size() && !(*measured)[k].empty()) s.values = (*measured)[k];
    OHMWEAVE_CHECK(s.values.empty() || static_cast<int64_t>(s.values.size()) == trips,
                   "measure '" + m.name + "' has a number of values that does not suit its loops");
    if (!s.values.empty()) {
      const auto [least, most] = std::minmax_element(s.values.begin(), s.values.end());
      OHMWEAVE_CHECK(*least >= 0 && *most <= m.most,
                     "measure '" + m.name + "' has a value outside 0.." + std::to_string(m.most));
      s.most = *most;
      if (*least == *most) s.values.clear();
    }
    series_.push_back(std::move(s));
  }
}

int64_t MeasureValues::total(MeasureId id, int64_t firings) const {
  const Series& s = series_[id.index];
  if (s.values.empty()) return s.most * firings;
  int64_t sum = 0;
  for (int64_t left = firings, k = 0; left > 0; left -= s.firings_per_value, ++k) {
    sum += s.values[static_cast<size_t>(k)] * std::min(left, s.firings_per_value);
  }
  return sum;
}

Counts count_actions(const Program& program, const Measured* measured) {
  const MeasureValues values(program, measured);
  Counts out;
  for (const Stage& stage : program.stages) {
    for (const Step& step : stage.steps) {
      const int outer = !step.repeat || values.constant(*step.repeat) ? 0 : program[*step.repeat].outer_loops;
      const int64_t firings_each = stage.firings() / outer_trips(stage, outer);
      int64_t times = 0;
      for_each_outer_trip(stage, outer, [&](int64_t firing, int64_t elements, int64_t outermost) {
        const int64_t served = step.serves == Serves::Firing  ? firings_each
                               : step.serves == Serves::Outer ? outermost
                                                              : elements;
        times += served * (step.repeat ? values.at(*step.repeat, firing) : 1);
      });
      out.actions[{step.on.index, step.verb}] += step.count * times;
    }
  }
  return out;
}

}  // namespace ohmweave::program
