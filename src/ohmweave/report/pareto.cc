// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/pareto.h"

#include <algorithm>
#include <numeric>

namespace ohmweave::report {
namespace {

bool is_better(const std::vector<double>& q, const std::vector<double>& p) {
  bool smaller = false;
  for (size_t k = 0; k < p.size(); ++k) {
    if (q[k] > p[k]) return false;
    smaller |= q[k] < p[k];
  }
  return smaller;
}

}  // namespace

std::vector<bool> pareto_front(const std::vector<std::vector<double>>& points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return points[a] < points[b]; });
  std::vector<bool> out(points.size(), false);
  std::vector<size_t> front;
  // Whoever is better than a point stands before it in this order; and among those somebody of the front is
  // better than it too, since being better is transitive.
  for (size_t p : order) {
    if (std::any_of(front.begin(), front.end(), [&](size_t q) { return is_better(points[q], points[p]); }))
      continue;
    front.push_back(p);
    out[p] = true;
  }
  return out;
}

}  // namespace ohmweave::report
