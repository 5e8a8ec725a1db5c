// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/fit_models.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace ohmweave::device {
namespace {

using Parameters = std::vector<double>;
constexpr double kLogTwoPi = 1.8378770664093453;
constexpr double kMicro = 1e-6;

/// Of n values with these sums about a mean, each normal.
double normal(double n, double sum, double squares, double mean, double variance) {
  const double about = squares - 2 * mean * sum + n * mean * mean;
  return -0.5 * (n * (kLogTwoPi + std::log(variance)) + about / variance);
}

double polynomial(const Parameters& c, double g) {
  double value = 0;
  for (size_t k = c.size(); k-- > 0;) value = value * g + c[k];
  return value;
}

/// Errors with a deviation by target; cells that would conduct less than nothing are counted as zeros.
double error_likelihood(const std::vector<LevelSums>& sums,
                        const std::function<double(const LevelSums&)>& deviation) {
  double total = 0;
  for (const LevelSums& l : sums) {
    const double s = deviation(l), variance = s * s + l.added;
    if (!(s >= 0) || !(variance > 0)) return -HUGE_VAL;
    total += normal(l.n, l.sum, l.squares, l.target, variance);
    if (l.zeros > 0)
      total += l.zeros * std::log(std::max(0.5 * std::erfc(l.target / std::sqrt(2 * variance)), 1e-300));
  }
  return total;
}

std::string list_of(const std::vector<Estimate>& values, double unit) {
  std::string out;
  for (const Estimate& e : values) out += fmt::format("{}{:.6g}", out.empty() ? "" : ", ", e.value / unit);
  return out;
}

/// Deviations of all levels about their targets, roughly: where searches begin.
double rough_deviation(const std::vector<LevelSums>& sums) {
  double n = 0, squares = 0;
  for (const LevelSums& l : sums) {
    n += l.n;
    squares += l.squares - 2 * l.target * l.sum + l.n * l.target * l.target;
  }
  return std::sqrt(std::max(squares / std::max(n, 1.0), 1e-30));
}

Candidate polynomial_error(const std::vector<LevelSums>& sums, double on, size_t degree) {
  Candidate c;
  const double rough = rough_deviation(sums);
  c.name =
      degree == 0 ? "normal, the same for all levels" : fmt::format("normal, polynomial of degree {}", degree);
  c.start.assign(degree + 1, 0.0);
  c.start[0] = rough;
  c.scale.assign(degree + 1, rough / 2);
  c.log_likelihood = [sums](const Parameters& p) {
    return error_likelihood(sums, [&](const LevelSums& l) { return polynomial(p, l.g); });
  };
  c.keys = [on](const Likelihood& l) {
    if (l.parameters.size() == 1)
      return fmt::format("  deviation: {:.6g} uS\n", l.parameters[0].value / kMicro);
    return fmt::format("  unit: 1 uS\n  of: {:.6g} uS\n  curve: {{polynomial: [{}]}}\n", on / kMicro,
                       list_of(l.parameters, kMicro));
  };
  c.at = [on](const Likelihood& l, double target) {
    Parameters p;
    for (const Estimate& e : l.parameters) p.push_back(e.value);
    return std::pair{std::max(0.0, polynomial(p, target / on)), 0.0};
  };
  return c;
}

Candidate proportional_error(const std::vector<LevelSums>& sums, double on) {
  Candidate c;
  c.name = "normal, in proportion to the level";
  c.start = {rough_deviation(sums) / on};
  c.scale = {c.start[0] / 2};
  c.log_likelihood = [sums](const Parameters& p) {
    return error_likelihood(sums, [&](const LevelSums& l) { return p[0] * l.target; });
  };
  c.keys = [](const Likelihood& l) { return fmt::format("  of_level: {:.6g}\n", l.parameters[0].value); };
  c.at = [](const Likelihood& l, double target) { return std::pair{l.parameters[0].value * target, 0.0}; };
  return c;
}

/// G = T exp(s xi); read noise adds its relative variance.
Candidate lognormal_error(const std::vector<LevelSums>& sums, double on) {
  Candidate c;
  c.name = "lognormal";
  c.start = {rough_deviation(sums) / on};
  c.scale = {c.start[0] / 2};
  c.log_likelihood = [sums](const Parameters& p) {
    double total = 0;
    for (const LevelSums& l : sums) {
      if (l.target <= 0) {
        if (l.n > 0) return -HUGE_VAL;  // zero stays zero
        continue;
      }
      if (l.zeros > 0 || !(p[0] > 0)) return -HUGE_VAL;
      total += normal(l.n, l.log_sum, l.log_squares, std::log(l.target),
                      p[0] * p[0] + l.added / (l.target * l.target)) -
               l.log_sum;
    }
    return total;
  };
  c.keys = [](const Likelihood& l) {
    return fmt::format("  kind: lognormal\n  log_deviation: {:.6g}\n", l.parameters[0].value);
  };
  c.at = [](const Likelihood& l, double target) {  // deviation of a lognormal variable with median `target`
    const double s2 = l.parameters[0].value * l.parameters[0].value;
    return std::pair{target * std::exp(s2 / 2) * std::sqrt(std::expm1(s2)), 0.0};
  };
  return c;
}

/// n degrees of freedom of a sum of squares, of reads with a variance.
double read_likelihood(const std::vector<LevelSums>& sums,
                       const std::function<double(const LevelSums&)>& variance) {
  double total = 0;
  for (const LevelSums& l : sums) {
    const double v = variance(l);
    if (!(v > 0)) return -HUGE_VAL;
    total -= 0.5 * (l.n * std::log(v) + l.squares / v);
  }
  return total;
}

Candidate noise_model(const std::vector<LevelSums>& sums, double on, bool additive, bool proportional) {
  Candidate c;
  double n = 0, squares = 0;
  for (const LevelSums& l : sums) n += l.n, squares += l.squares;
  const double rough = std::sqrt(std::max(squares / std::max(n, 1.0), 1e-30));
  c.name = additive && proportional ? "both"
           : additive               ? "the same for all levels"
                                    : "in proportion to the conductance";
  if (additive) c.start.push_back(rough), c.scale.push_back(rough / 2);
  if (proportional) c.start.push_back(rough / on), c.scale.push_back(rough / on / 2);
  const auto variance = [additive, proportional](const Parameters& p, double siemens) {
    const double a = additive ? p[0] : 0, r = proportional ? p.back() * siemens : 0;
    return a * a + r * r;
  };
  c.log_likelihood = [sums, variance](const Parameters& p) {
    if (*std::min_element(p.begin(), p.end()) < 0) return -HUGE_VAL;
    return read_likelihood(sums, [&](const LevelSums& l) { return variance(p, l.target); });
  };
  c.keys = [additive, proportional](const Likelihood& l) {
    std::string out;
    if (additive) out += fmt::format("  deviation: {:.6g} uS\n", l.parameters[0].value / kMicro);
    if (proportional) out += fmt::format("  of_conductance: {:.6g}\n", l.parameters.back().value);
    return out;
  };
  c.at = [variance](const Likelihood& l, double siemens) {
    Parameters p;
    for (const Estimate& e : l.parameters) p.push_back(e.value);
    return std::pair{variance(p, siemens), 0.0};
  };
  return c;
}

/// b + a ln g with a floor; how many of the three are free.
struct Bent {
  size_t from, count;

  double at(const Parameters& p, double g) const {
    const double value = p[from] + (count > 1 ? p[from + 1] * std::log(g) : 0);
    return count > 2 ? std::max(value, p[from + 2]) : value;
  }
  std::string text(const std::vector<Estimate>& p) const {
    if (count == 1) return fmt::format("{:.6g}", p[from].value);
    std::string out =
        fmt::format("{{polynomial: [{:.6g}], logarithm: {:.6g}", p[from].value, p[from + 1].value);
    if (count > 2) out += fmt::format(", within: '>{:.6g}'", std::max(0.0, p[from + 2].value));
    return out + "}";
  }
};

/// Where a search for `count` parameters begins, from values by level: through the lowest two, with the highest
/// level's as the floor.
Parameters bent_start(const std::vector<LevelSums>& sums, const std::vector<double>& values, size_t count) {
  double all = 0, n = 0;
  for (size_t k = 0; k < sums.size(); ++k) all += sums[k].n * values[k], n += sums[k].n;
  if (count == 1) return {all / n};
  const size_t far = count == 2 ? sums.size() - 1 : 1;
  const double slope = (values[far] - values[0]) / std::log(sums[far].g / sums[0].g);
  Parameters out{values[0] - slope * std::log(sums[0].g), slope};
  if (count > 2) out.push_back(std::min(values.back(), all / n));
  return out;
}

Candidate drift_model(const std::vector<LevelSums>& sums, const std::vector<LevelSums>& rough, double on,
                      std::string name, size_t of_mean, size_t of_deviation) {
  Candidate c;
  c.name = std::move(name);
  std::vector<double> means, deviations;
  for (const LevelSums& l : rough) {
    means.push_back(l.sum / l.n);
    deviations.push_back(std::sqrt(std::max(l.squares / l.n - means.back() * means.back() - l.added, 1e-12)));
  }
  const Bent mu{0, of_mean}, sigma{of_mean, of_deviation};
  c.start = bent_start(rough, means, of_mean);
  const Parameters start_of_deviation = bent_start(rough, deviations, of_deviation);
  c.start.insert(c.start.end(), start_of_deviation.begin(), start_of_deviation.end());
  c.scale.assign(c.start.size(), *std::max_element(deviations.begin(), deviations.end()) / 4);
  c.log_likelihood = [sums, mu, sigma](const Parameters& p) {
    double total = 0;
    for (const LevelSums& l : sums) {
      const double s = sigma.at(p, l.g);
      if (!(s >= 0) || !(s * s + l.added > 0)) return -HUGE_VAL;
      total += normal(l.n, l.sum, l.squares, mu.at(p, l.g), s * s + l.added);
    }
    return total;
  };
  c.keys = [mu, sigma, on](const Likelihood& l) {
    return fmt::format("  of: {:.6g} uS\n  exponent: {}\n  exponent_deviation: {}\n", on / kMicro,
                       mu.text(l.parameters), sigma.text(l.parameters));
  };
  c.at = [mu, sigma, on](const Likelihood& l, double target) {
    Parameters p;
    for (const Estimate& e : l.parameters) p.push_back(e.value);
    const double g = std::max(target / on, 1e-7);
    return std::pair{mu.at(p, g), sigma.at(p, g)};
  };
  return c;
}

}  // namespace

std::vector<Candidate> error_models(const std::vector<LevelSums>& sums, double on) {
  std::vector<Candidate> out;
  for (size_t degree = 0; degree <= 4 && degree < sums.size(); ++degree)
    out.push_back(polynomial_error(sums, on, degree));
  out.push_back(proportional_error(sums, on));
  out.push_back(lognormal_error(sums, on));
  return out;
}

std::vector<Candidate> noise_models(const std::vector<LevelSums>& sums, double on) {
  std::vector<Candidate> out{noise_model(sums, on, true, false), noise_model(sums, on, false, true)};
  if (sums.size() > 1) out.push_back(noise_model(sums, on, true, true));
  return out;
}

std::vector<Candidate> drift_models(const std::vector<LevelSums>& sums, const std::vector<LevelSums>& rough,
                                    double on) {
  constexpr std::string_view kForms[] = {"constant", "by the logarithm", "by the logarithm with a floor"};
  std::vector<Candidate> out;
  for (size_t mean = 1; mean <= 3 && mean <= rough.size(); ++mean) {
    for (size_t deviation = 1; deviation <= 3 && deviation <= rough.size(); ++deviation)
      out.push_back(drift_model(sums, rough, on,
                                fmt::format("mean {}, deviation {}", kForms[mean - 1], kForms[deviation - 1]),
                                mean, deviation));
  }
  return out;
}

Chosen choose(const std::vector<Candidate>& candidates) {
  std::vector<Chosen> all;
  for (const Candidate& c : candidates) all.push_back({c, most_likely(c.log_likelihood, c.start, c.scale), {}});
  std::stable_sort(all.begin(), all.end(), [](const Chosen& a, const Chosen& b) {
    return a.likelihood.criterion() < b.likelihood.criterion();
  });
  Chosen best = all.front();
  if (!std::isfinite(best.likelihood.logarithm)) base::fail("measurements", "no model is able to make them");
  for (const Chosen& c : all) {
    if (std::isfinite(c.likelihood.logarithm))
      best.tried.push_back(
          {c.model.name, c.likelihood, c.likelihood.criterion() - best.likelihood.criterion()});
  }
  return best;
}

}  // namespace ohmweave::device
