// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/likelihood.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ohmweave::device {
namespace {

using Point = std::vector<double>;
using Function = std::function<double(const Point&)>;
constexpr int kSteps = 4000;
constexpr double kChange = 1e-3;  // of the logarithm, by which differences are taken
constexpr int kRestarts = 4;      // a simplex may collapse before it is there

struct Vertex {
  Point at;
  double value;  // to be made small
};

Point between(const Point& a, const Point& b, double t) {  // a + t (b - a)
  Point out(a.size());
  for (size_t k = 0; k < a.size(); ++k) out[k] = a[k] + t * (b[k] - a[k]);
  return out;
}

class Simplex {
 public:
  Simplex(const Function& f, const Point& start, const Point& scale) : f_(f) {
    add(start);
    for (size_t k = 0; k < start.size(); ++k) {
      Point p = start;
      p[k] += scale[k];
      add(p);
    }
  }

  Point least() {
    for (int step = 0; step < kSteps; ++step) {
      std::sort(v_.begin(), v_.end(), [](const Vertex& a, const Vertex& b) { return a.value < b.value; });
      if (v_.back().value - v_.front().value < 1e-10 * (1 + std::abs(v_.front().value))) break;
      move();
    }
    return std::min_element(v_.begin(), v_.end(),
                            [](const Vertex& a, const Vertex& b) { return a.value < b.value; })
        ->at;
  }

 private:
  void add(const Point& p) { v_.push_back({p, value(p)}); }
  double value(const Point& p) const {
    const double x = -f_(p);
    return std::isnan(x) ? HUGE_VAL : x;
  }

  void move() {
    Point middle(v_.front().at.size());
    for (size_t k = 0; k + 1 < v_.size(); ++k) {
      for (size_t d = 0; d < middle.size(); ++d) middle[d] += v_[k].at[d] / static_cast<double>(v_.size() - 1);
    }
    Vertex& worst = v_.back();
    const auto tried = [&](double t) {
      Point p = between(middle, worst.at, t);
      const double y = value(p);
      return Vertex{std::move(p), y};
    };
    Vertex reflected = tried(-1);
    if (reflected.value < v_.front().value) {
      Vertex further = tried(-2);
      worst = further.value < reflected.value ? std::move(further) : std::move(reflected);
    } else if (reflected.value < v_[v_.size() - 2].value) {
      worst = std::move(reflected);
    } else if (Vertex inside = tried(reflected.value < worst.value ? -0.5 : 0.5);
               inside.value < std::min(worst.value, reflected.value)) {
      worst = std::move(inside);
    } else {
      for (size_t k = 1; k < v_.size(); ++k) {
        v_[k].at = between(v_.front().at, v_[k].at, 0.5);
        v_[k].value = value(v_[k].at);
      }
    }
  }

  const Function& f_;
  std::vector<Vertex> v_;
};

/// Second derivatives of -f by central differences.
std::vector<Point> information(const Function& f, const Point& at, const Point& step) {
  const size_t n = at.size();
  std::vector<Point> out(n, Point(n));
  const auto moved = [&](size_t i, double a, size_t j, double b) {
    Point p = at;
    p[i] += a * step[i];
    p[j] += b * step[j];
    return -f(p);
  };
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      const double d =
          i == j ? moved(i, 1, i, 0) - 2 * moved(i, 0, i, 0) + moved(i, -1, i, 0)
                 : (moved(i, 1, j, 1) - moved(i, 1, j, -1) - moved(i, -1, j, 1) + moved(i, -1, j, -1)) / 4;
      out[i][j] = out[j][i] = d / (step[i] * step[j]);
    }
  }
  return out;
}

/// The inverse, by Gauss and Jordan with pivots; empty where the matrix has none.
std::vector<Point> inverse(std::vector<Point> a) {
  const size_t n = a.size();
  for (size_t k = 0; k < n; ++k) {
    a[k].resize(2 * n);
    a[k][n + k] = 1;
  }
  for (size_t k = 0; k < n; ++k) {
    const auto pivot =
        std::max_element(a.begin() + static_cast<std::ptrdiff_t>(k), a.end(),
                         [&](const Point& x, const Point& y) { return std::abs(x[k]) < std::abs(y[k]); });
    std::swap(a[k], *pivot);
    if (a[k][k] == 0 || !std::isfinite(a[k][k])) return {};
    const double scale = a[k][k];
    for (double& x : a[k]) x /= scale;
    for (size_t row = 0; row < n; ++row) {
      if (row == k) continue;
      const double factor = a[row][k];
      for (size_t c = 0; c < 2 * n; ++c) a[row][c] -= factor * a[k][c];
    }
  }
  for (Point& row : a) row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(n));
  return a;
}

/// A step of each parameter that changes f by about kChange, where differences are neither noise nor beyond the
/// parabola; 0 for a parameter that f does not depend on.
Point steps_of(const Function& f, const Point& at, const Point& scale) {
  Point out(at.size());
  const double best = f(at);
  for (size_t k = 0; k < at.size(); ++k) {
    const auto change = [&](double step) {
      double most = 0;
      for (const double sign : {-1.0, 1.0}) {
        Point p = at;
        p[k] += sign * step;
        const double y = f(p);
        most = std::max(most, std::isfinite(y) ? std::abs(best - y) : HUGE_VAL);
      }
      return most;
    };
    double step = std::abs(scale[k]);
    for (int halving = 0; halving < 80 && change(step) > kChange; ++halving) step /= 2;
    for (int doubling = 0; doubling < 20 && change(2 * step) < kChange; ++doubling) step *= 2;
    out[k] = change(step) > 1e-7 ? step : 0;
  }
  return out;
}

/// The parameters that f depends on.
struct Active {
  std::vector<size_t> which;
  Function f;  // of them alone
  Point at, step;

  Active(const Function& whole, const Point& best, const Point& scale) {
    const Point steps = steps_of(whole, best, scale);
    for (size_t k = 0; k < best.size(); ++k) {
      if (steps[k] == 0) continue;
      which.push_back(k);
      at.push_back(best[k]);
      step.push_back(steps[k]);
    }
    f = [whole, best, this](const Point& p) {
      Point all = best;
      for (size_t k = 0; k < which.size(); ++k) all[which[k]] = p[k];
      return whole(all);
    };
  }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;

  /// Newton's steps, as long as they lead up: a simplex ends near the top, not on it.
  void climb() {
    for (int round = 0; round < 8; ++round) {
      const std::vector<Point> covariance = inverse(information(f, at, step));
      if (covariance.empty()) return;
      Point next = at;
      for (size_t j = 0; j < at.size(); ++j) {
        Point up = at, down = at;
        up[j] += step[j];
        down[j] -= step[j];
        const double slope = (f(up) - f(down)) / (2 * step[j]);
        for (size_t k = 0; k < at.size(); ++k) next[k] += covariance[k][j] * slope;
      }
      if (!(f(next) > f(at))) return;
      at = next;
    }
  }
};

}  // namespace

Likelihood most_likely(const Function& log_likelihood, const Point& start, const Point& scale) {
  Point best = start, size = scale;
  for (int restart = 0; restart < kRestarts; ++restart) {
    best = Simplex(log_likelihood, best, size).least();
    for (double& s : size) s /= 3;
  }
  Active active(log_likelihood, best, scale);
  active.climb();
  Likelihood out;
  for (double value : best) out.parameters.push_back({value, HUGE_VAL});
  const std::vector<Point> covariance = inverse(information(active.f, active.at, active.step));
  for (size_t k = 0; k < active.at.size(); ++k) {
    Estimate& e = out.parameters[active.which[k]];
    e.value = best[active.which[k]] = active.at[k];
    if (!covariance.empty() && covariance[k][k] > 0) e.error = std::sqrt(covariance[k][k]);
  }
  out.logarithm = log_likelihood(best);
  if (std::isnan(out.logarithm)) out.logarithm = -HUGE_VAL;
  return out;
}

}  // namespace ohmweave::device
