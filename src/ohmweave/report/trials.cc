// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/trials.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/report/aspects.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {
namespace {

void describe(TrialFigure& f, bool more_is_better, const std::vector<uint64_t>& seeds) {
  const TrialSpread spread = spread_of(f.values);
  f.mean = spread.mean;
  f.deviation = spread.deviation;
  f.low = spread.low;
  f.high = spread.high;
  const auto [least, most] = std::minmax_element(f.values.begin(), f.values.end());
  f.least = *least;
  f.most = *most;
  const auto worst = more_is_better ? least : most;
  f.worst = *worst;
  f.worst_seed = seeds[static_cast<size_t>(worst - f.values.begin())];
}

}  // namespace

TrialSpread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  TrialSpread out;
  out.mean = out.low = out.high = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return out;
  double squares = 0;
  for (const double v : values) squares += (v - out.mean) * (v - out.mean);
  out.deviation = std::sqrt(squares / (n - 1));
  const double half = students_t(static_cast<int64_t>(n) - 1) * out.deviation / std::sqrt(n);
  out.low -= half;
  out.high += half;
  return out;
}

double students_t(int64_t degrees) {
  constexpr double kNormal = 1.959963984540054;  // 0.975 of the normal distribution lie below
  const auto n = static_cast<double>(degrees);
  if (degrees == 1) return 12.706204736174698;
  if (degrees == 2) return 4.302652729749464;
  const double x = kNormal, x2 = x * x;
  const double g1 = (x2 + 1) * x / 4, g2 = ((5 * x2 + 16) * x2 + 3) * x / 96,
               g3 = (((3 * x2 + 19) * x2 + 17) * x2 - 15) * x / 384,
               g4 = ((((79 * x2 + 776) * x2 + 1482) * x2 - 1920) * x2 - 945) * x / 92160;
  return x + g1 / n + g2 / (n * n) + g3 / (n * n * n) + g4 / (n * n * n * n);
}

Trials summarize(const std::vector<const Report*>& reports) {
  Trials out;
  for (const Report* r : reports) out.seeds.push_back(r->values->seed);
  for (const Aspect& a : value_aspects(*reports.front()->values)) {
    TrialFigure f{a.key, a.unit, a.name, {}};
    for (const Report* r : reports) {
      if (const std::optional<double> v = a.value(*r)) f.values.push_back(*v);
    }
    if (f.values.size() != reports.size() || a.better == Aspect::Better::Neither) continue;
    describe(f, a.better == Aspect::Better::More, out.seeds);
    f.low = std::max(f.low, 0.0);  // no figure that is compared is less than nothing
    const Figure* own = reports.front()->values->find(f.key);
    if (f.key == "agreement" || (own != nullptr && own->kind == Figure::Kind::Fraction))
      f.high = std::min(f.high, 1.0);
    out.figures.push_back(std::move(f));
  }
  return out;
}

std::string trials_text(const Trials& trials, const Report& report, bool colour) {
  Table t({{"", Align::Left}, {"mean"}, {"95 % confidence"}, {"deviation"}, {"worst"}, {"seed of worst"}});
  for (const Aspect& a : value_aspects(*report.values)) {
    for (const TrialFigure& f : trials.figures) {
      if (f.key != a.key) continue;
      t.add({f.name, a.print(f.mean), fmt::format("{} to {}", a.print(f.low), a.print(f.high)),
             a.print(f.deviation), a.print(f.worst), std::to_string(f.worst_seed)});
    }
  }
  return t.text({colour});
}

nlohmann::ordered_json trials_json(const Trials& trials) {
  nlohmann::ordered_json out{{"seeds", trials.seeds}, {"figures", nlohmann::ordered_json::object()}};
  for (const TrialFigure& f : trials.figures) {
    out["figures"][f.key] = {{"mean", f.mean},   {"deviation", f.deviation},   {"low", f.low},
                             {"high", f.high},   {"least", f.least},           {"most", f.most},
                             {"worst", f.worst}, {"worst_seed", f.worst_seed}, {"values", f.values}};
  }
  return out;
}

}  // namespace ohmweave::report
