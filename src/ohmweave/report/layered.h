// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/report/svg.h"

namespace ohmweave::report {

/// A graph without cycles, drawn from top to bottom in layers (Sugiyama, Tagawa, Toda 1981): sources above,
/// every edge points down, few edges cross, and what belongs together stands below each other. Deterministic.
struct Layered {
  struct Box {
    Point size;
    Point centre;      // found by layout()
    size_t layer = 0;  // found by layout()
  };
  struct Edge {
    size_t from = 0, to = 0;
    std::vector<Point>
        points;  // found by layout(): from the lower side of one box to the upper side of the other
  };
  std::vector<Box> boxes;
  std::vector<Edge> edges;  // from < to
  Point size;               // found by layout()

  double between_boxes = 28, between_layers = 34;
  void layout();
};

}  // namespace ohmweave::report
