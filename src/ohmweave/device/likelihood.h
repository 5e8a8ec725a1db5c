// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

namespace ohmweave::device {

struct Estimate {
  double value = 0, error = 0;  // one standard error
};

/// What a model of few parameters says about data at its best.
struct Likelihood {
  std::vector<Estimate> parameters;
  double logarithm = 0;

  /// Akaike's criterion: the model with the least is the one to take.
  double criterion() const { return 2 * static_cast<double>(parameters.size()) - 2 * logarithm; }
};

/// The parameters that make `log_likelihood` greatest, by the simplex of Nelder and Mead (1965) from `start`
/// with steps of `scale`; errors from the curvature there (inverse of the observed information). It may return
/// -infinity where parameters make no sense.
Likelihood most_likely(const std::function<double(const std::vector<double>&)>& log_likelihood,
                       const std::vector<double>& start, const std::vector<double>& scale);

}  // namespace ohmweave::device
