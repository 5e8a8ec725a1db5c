// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/linearity.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::circuit {
namespace {

/// From each sum to the next, in codes of the converter, its code.
struct Pieces {
  std::vector<double> ends;  // of all but the last
  std::vector<int64_t> codes;
};

Pieces pieces_of(const Transfer& t) {
  Pieces p;
  if (t.ideal()) {
    for (int64_t k = 1; k <= t.most; ++k) p.ends.push_back(static_cast<double>(k) - 0.5);
  } else {
    for (double x : t.thresholds) p.ends.push_back((x - t.zero) / t.step);
  }
  for (size_t k = 0; k <= p.ends.size(); ++k)
    p.codes.push_back(t.codes.empty() ? static_cast<int64_t>(k) : t.codes[k]);
  return p;
}

/// Moments of sums x, all equally likely between -1/2 and most + 1/2, and their codes c.
struct Moments {
  double weight = 0, x = 0, c = 0, xx = 0, xc = 0, cc = 0;

  void add(double low, double high, double code) {
    const double w = high - low, mean = (low + high) / 2;
    weight += w;
    x += w * mean;
    c += w * code;
    xx += w * (mean * mean + w * w / 12);
    xc += w * mean * code;
    cc += w * code * code;
  }
};

Moments moments_of(const Pieces& p, int64_t most) {
  Moments m;
  const double last = static_cast<double>(most) + 0.5;
  double low = -0.5;
  for (size_t k = 0; k < p.codes.size(); ++k) {
    const double high = k < p.ends.size() ? std::clamp(p.ends[k], -0.5, last) : last;
    if (high > low) m.add(low, high, static_cast<double>(p.codes[k]));
    low = std::max(low, high);
  }
  return m;
}

}  // namespace

Linearity linearity(const Transfer& t) {
  const Pieces p = pieces_of(t);
  Linearity out;
  std::vector<double> thresholds(static_cast<size_t>(t.most), p.ends.empty() ? 0 : p.ends.back());
  std::vector<bool> has(static_cast<size_t>(t.most) + 1, false);
  int64_t reached = 0;
  for (size_t k = 0; k < p.codes.size(); ++k) {
    const int64_t code = p.codes[k];
    has[static_cast<size_t>(code)] = true;
    if (k > 0 && code < p.codes[k - 1]) out.monotonic = false;
    for (; reached < code; ++reached) thresholds[static_cast<size_t>(reached)] = k > 0 ? p.ends[k - 1] : -0.5;
  }
  for (int64_t c = 0; c <= t.most; ++c) {
    if (!has[static_cast<size_t>(c)]) out.missing.push_back(c);
  }
  const double first = thresholds.front(), last = thresholds.back();
  const double steps = static_cast<double>(t.most) - 1,
               step = steps > 0 && last > first ? (last - first) / steps : 1;
  out.offset = first - 0.5;
  out.gain = 1 / step;
  for (size_t k = 0; k < thresholds.size(); ++k) {
    out.inl.push_back((thresholds[k] - first) / step - static_cast<double>(k));
    out.most_inl = std::max(out.most_inl, std::abs(out.inl.back()));
    if (k == 0) continue;
    out.dnl.push_back((thresholds[k] - thresholds[k - 1]) / step - 1);
    out.most_dnl = std::max(out.most_dnl, std::abs(out.dnl.back()));
  }
  Moments m = moments_of(p, t.most);
  for (double* v : {&m.x, &m.c, &m.xx, &m.xc, &m.cc}) *v /= m.weight;
  const double noise = t.noise / t.step, squares = m.cc - 2 * m.xc + m.xx + noise * noise;
  out.squared_error = squares * t.step * t.step;
  // Of codes as a straight line of the sums, a + b x, told as sums again.
  const double slope = (m.xc - m.x * m.c) / (m.xx - m.x * m.x);
  const double off = (m.cc - m.c * m.c) / (slope * slope) - (m.xx - m.x * m.x) + noise * noise;
  out.effective_bits = std::log2(static_cast<double>(t.most) + 1) - 0.5 * std::log2(12 * std::max(off, 1e-300));
  return out;
}

}  // namespace ohmweave::circuit
