// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/testing/cells.h"

#include <cmath>

namespace ohmweave::device {

CellSpec cell_of(const std::string& yaml) {
  config::Node node = config::parse_yaml(std::make_shared<const base::Source>(base::Source{"cell.yaml", yaml}));
  CellSpec spec;
  base::Diagnostics d;
  config::read(node, spec, d);
  d.stop_if_errors();
  return spec;
}

std::vector<double> programmed(const CellSpec& spec, int level, int64_t count, uint64_t seed, uint64_t place,
                               int64_t first) {
  const std::vector<int32_t> levels(static_cast<size_t>(count), level);
  std::vector<float> steps(levels.size());
  make_cell(spec)->program(levels, {seed, place, first}, steps);
  return {steps.begin(), steps.end()};
}

double Moments::error_of_mean() const { return deviation / std::sqrt(count); }
double Moments::error_of_deviation() const { return deviation / std::sqrt(2 * count); }

Moments moments(const std::vector<double>& values) {
  Moments m;
  m.count = static_cast<double>(values.size());
  for (double v : values) m.mean += v / m.count;
  double squares = 0;
  for (double v : values) squares += (v - m.mean) * (v - m.mean);
  m.deviation = std::sqrt(squares / (m.count - 1));
  return m;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const Moments ma = moments(a), mb = moments(b);
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k) sum += (a[k] - ma.mean) * (b[k] - mb.mean);
  return sum / ((ma.count - 1) * ma.deviation * mb.deviation);
}

}  // namespace ohmweave::device
