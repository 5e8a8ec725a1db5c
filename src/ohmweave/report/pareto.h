// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace ohmweave::report {

/// Which of some points no other is better than: q is better than p where it is not larger in any coordinate
/// and smaller in one. All points have as many coordinates, all finite; less is better in each.
std::vector<bool> pareto_front(const std::vector<std::vector<double>>& points);

}  // namespace ohmweave::report
