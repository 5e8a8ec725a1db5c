// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/fit.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "ohmweave/device/fit_data.h"
#include "ohmweave/device/fit_models.h"

namespace ohmweave::device {
namespace {

constexpr double kFewest = 3;                // values of a level that tell a deviation
constexpr double kLeastConductance = 1e-14;  // S
constexpr double kResolution = 1e-6;         // of the highest level: no measurement is finer
constexpr double kSameTemperature = 1;       // K
constexpr double kMissesTarget = 5;          // standard errors by which a mean must be off to count as another

/// The stages of a fit, each on what the last has found: read noise, drift, levels and errors.
class Fit {
 public:
  Fit(const Measurements& m, const FitOptions& options) : options_(options), data_(sort_measurements(m)) {
    out_.name = options.name;
    out_.source = m.name;
    out_.rows = static_cast<int64_t>(m.rows.size());
    out_.cells = static_cast<int64_t>(data_.cells.size());
    out_.on = data_.targets.back();
    out_.off = data_.targets.front();
    temperature_ = m.temperature;
    if (m.hottest > m.coldest + kSameTemperature)
      out_.remarks.push_back(
          fmt::format("what temperature does is not fitted: these are all taken for {:.0f} K, the "
                      "mean of {:.0f} K to {:.0f} K",
                      *m.temperature, m.coldest, m.hottest));
    if (out_.on < kLeastConductance)
      base::fail(m.name, "every target is 0; targets are the conductances that cells were programmed to");
    out_.levels.resize(data_.groups.back() + 1);
    std::vector<double> targets(out_.levels.size());  // in each
    for (size_t k : data_.groups) targets[k] += 1;
    for (size_t k = 0; k < data_.targets.size(); ++k)
      level(k).target += data_.targets[k] / targets[data_.groups[k]];
  }

  DeviceFit run() {
    read_noise();
    drift();
    levels_and_errors();
    residuals();
    out_.yaml =
        device_file(out_, temperature_, {&*error_, drift_ ? &*drift_ : nullptr, noise_ ? &*noise_ : nullptr});
    out_.cell = read_device_file(out_);
    return std::move(out_);
  }

 private:
  struct Value {
    size_t level;
    double siemens, variance;
  };

  /// Where a target is shown: alone, or with its neighbours.
  FitLevel& level(size_t target) { return out_.levels[data_.groups[target]]; }
  /// What cells of a target conduct on average.
  double centre(size_t target) const {
    const FitLevel& l = out_.levels[data_.groups[target]];
    return data_.targets[target] + l.fitted_mean - l.target;
  }

  double read_variance(double siemens) const {
    return noise_ ? noise_->model.at(noise_->likelihood, siemens).first : 0;
  }

  /// Reads of a cell at one time differ by noise alone; where none is repeated, by what is left of a descent.
  void read_noise() {
    std::vector<ReadSums> by_level(out_.levels.size());
    std::map<int, ReadSums>
        by_conductance;  // in bins of a tenth: noise goes by it, and cells of one target differ
    const auto add = [&](size_t target, double squares, int64_t freedom, double conductance) {
      if (conductance <= 0) return;
      const int bin = static_cast<int>(std::floor(10 * std::log(conductance / out_.on)));
      for (ReadSums* s : {&by_level[data_.groups[target]], &by_conductance[bin]}) {
        s->squares += squares;
        s->freedom += freedom;
        s->conductance += conductance * conductance * static_cast<double>(freedom);
      }
    };
    for (const CellTrack& cell : data_.cells) {
      for (const ReadGroup& r : cell.times) {
        if (r.reads > 1) add(cell.level, r.squares, r.reads - 1, r.mean);
      }
    }
    if (by_conductance.empty() && data_.times.size() > 2) {
      for (const Descent& d : descents(data_, find_start())) {
        if (d.freedom > 0) add(d.level, d.squares * d.mean * d.mean, d.freedom, d.mean);
      }
    }
    std::vector<LevelSums> sums;
    for (const auto& [bin, s] : by_conductance) {
      if (s.squares == 0) continue;
      LevelSums& l = sums.emplace_back();
      l.target = s.root_mean_square();
      l.n = static_cast<double>(s.freedom);
      l.squares = s.squares;
    }
    if (sums.empty()) {
      out_.remarks.emplace_back("read noise is not fitted: no cell is read twice at one time");
      return;
    }
    noise_ = choose(noise_models(sums, out_.on));
    out_.noises = noise_->tried;
    for (size_t k = 0; k < by_level.size(); ++k) {
      const ReadSums& s = by_level[k];
      if (s.freedom == 0) continue;
      out_.levels[k].reads = s.freedom;
      out_.levels[k].read_deviation = std::sqrt(s.squares / static_cast<double>(s.freedom));
      out_.levels[k].fitted_read_deviation = std::sqrt(read_variance(s.root_mean_square()));
    }
  }

  double find_start() {
    if (options_.drift_start) return *options_.drift_start;
    if (data_.times.size() < 3) return 1;
    if (!start_) start_ = drift_start(data_);
    return start_->value;
  }

  void drift() {
    if (data_.times.size() < 2) return;
    std::vector<LevelSums> targets(data_.targets.size()), groups(out_.levels.size());
    const double start = find_start();
    std::vector<Descent> all = descents(data_, start);
    for (const Descent& d : all) {
      for (LevelSums* l : {&targets[d.level], &groups[data_.groups[d.level]]}) {
        l->n += 1;
        l->sum += d.exponent;
        l->squares += d.exponent * d.exponent;
        l->added += d.exponent_scale * read_variance(d.mean) / (d.mean * d.mean * reads_per_time());
      }
    }
    const auto place = [&](LevelSums& l, double target) {
      l.target = target;
      l.g = target / out_.on;
      l.added = std::max(l.added / l.n, kResolution * kResolution);
    };
    std::vector<LevelSums> used, shown;
    for (size_t k = 0; k < targets.size(); ++k) {
      if (groups[data_.groups[k]].n < kFewest || targets[k].n == 0) continue;
      place(targets[k], data_.targets[k]);
      used.push_back(targets[k]);
    }
    for (size_t k = 0; k < groups.size(); ++k) {
      LevelSums& l = groups[k];
      if (l.n < kFewest) continue;
      FitLevel& level = out_.levels[k];
      place(l, level.target);
      shown.push_back(l);
      level.drifting = static_cast<int64_t>(l.n);
      level.exponent = l.sum / l.n;
      level.exponent_deviation =
          std::sqrt(std::max(0.0, (l.squares - l.n * level.exponent * level.exponent) / (l.n - 1) - l.added));
    }
    if (used.empty()) {
      out_.remarks.emplace_back(
          "drift is not fitted: it needs cells, named in a column 'cell', at several times");
      return;
    }
    if (!falls(shown)) {
      out_.remarks.emplace_back("drift is not fitted: conductances do not fall with time");
      return;
    }
    drift_ = choose(drift_models(used, shown, out_.on));
    out_.drifts = drift_->tried;
    out_.drift_start = start_.value_or(Estimate{start, 0});
    descents_ = std::move(all);
    for (FitLevel& l : out_.levels) {
      if (l.drifting > 0)
        std::tie(l.fitted_exponent, l.fitted_exponent_deviation) =
            drift_->model.at(drift_->likelihood, l.target);
    }
  }
  /// Whether cells lose conductance on average; fails where they clearly gain some, which no power law says.
  bool falls(const std::vector<LevelSums>& exponents) const {
    double n = 0, sum = 0, squares = 0;
    for (const LevelSums& l : exponents) n += l.n, sum += l.sum, squares += l.squares;
    const double mean = sum / n, error = std::sqrt(std::max(0.0, squares / n - mean * mean) / n);
    if (mean < -kMissesTarget * error)
      base::fail(out_.source,
                 fmt::format("conductances rise with time (an exponent of {:.3g} +- {:.2g}); the drift that is "
                             "fitted is a fall",
                             mean, error));
    return mean > 0;
  }
  double reads_per_time() const {
    int64_t reads = 0, groups = 0;
    for (const CellTrack& cell : data_.cells) {
      for (const ReadGroup& r : cell.times) reads += r.reads, ++groups;
    }
    return static_cast<double>(reads) / static_cast<double>(groups);
  }

  /// What each cell was programmed to, and the variance with which that is known.
  std::vector<Value> programmed() const {
    std::vector<Value> out;
    for (const Descent& d : descents_)
      out.push_back({d.level, d.start_value, d.value_scale * read_variance(d.mean) / reads_per_time()});
    for (const CellTrack& cell : data_.cells) {
      const bool descended =
          !descents_.empty() && data_.targets[cell.level] > 0 && cell.times.size() > 1 &&
          std::all_of(cell.times.begin(), cell.times.end(), [](const ReadGroup& r) { return r.mean > 0; });
      const ReadGroup& first = cell.times.front();
      if (descended || (drift_ && first.time > 0 && data_.targets[cell.level] > 0)) continue;
      out.push_back({cell.level, first.mean, read_variance(first.mean) / static_cast<double>(first.reads)});
    }
    return out;
  }

  void levels_and_errors() {
    values_ = programmed();
    std::vector<LevelSums> sums(data_.targets.size()), shown(out_.levels.size());
    for (const Value& v : values_) {
      ++level(v.level).cells;
      add(v, 0, sums[v.level]);
      add(v, level(v.level).target - data_.targets[v.level], shown[data_.groups[v.level]]);
    }
    const double finest = kResolution * out_.on;
    for (LevelSums& l : sums) l.added = std::max(l.added / std::max(l.n, 1.0), finest * finest);
    for (size_t k = 0; k < shown.size(); ++k) measure(shown[k], out_.levels[k], finest);
    choose_levels();
    std::vector<LevelSums> used;
    for (size_t k = 0; k < sums.size(); ++k) {
      if (level(k).cells < kFewest) continue;
      sums[k].target = centre(k);
      sums[k].g = sums[k].target / out_.on;
      used.push_back(sums[k]);
    }
    if (used.empty()) base::fail(out_.source, "no target has three cells; a deviation needs several");
    error_ = choose(error_models(used, out_.on));
    out_.errors = error_->tried;
    for (FitLevel& l : out_.levels)
      l.fitted_deviation = error_->model.at(error_->likelihood, l.fitted_mean).first;
  }
  /// A value moved by so much: cells are shown at one target of several.
  static void add(const Value& v, double by, LevelSums& l) {
    l.sum += v.siemens + by, l.squares += (v.siemens + by) * (v.siemens + by);
    if (v.siemens <= 0) {
      l.zeros += 1;
      return;
    }
    const double logarithm = std::log(v.siemens);
    l.n += 1, l.log_sum += logarithm, l.log_squares += logarithm * logarithm, l.added += v.variance;
  }
  static void measure(LevelSums& l, FitLevel& level, double finest) {
    if (l.n > 0) l.added = std::max(l.added / l.n, finest * finest);
    level.zeros = static_cast<int64_t>(l.zeros);
    const double n = l.n + l.zeros;
    if (n < 2) return;
    level.mean = l.sum / n;
    level.deviation = std::sqrt(std::max(0.0, (l.squares - n * level.mean * level.mean) / (n - 1) - l.added));
  }

  /// Levels are the targets, or what cells conduct on average where that is far off; bits if they fit a cell.
  void choose_levels() {
    for (int bits = 1; bits <= 8 && data_.targets.size() == out_.levels.size(); ++bits) {
      if (data_.targets.size() == size_t{1} << bits) out_.bits = bits;
    }
    for (FitLevel& l : out_.levels) {
      l.fitted_mean = l.target;
      const bool cut_off = l.target < 3 * l.deviation;
      const double error = l.deviation / std::sqrt(static_cast<double>(l.cells));
      if (l.cells >= kFewest && !cut_off && std::abs(l.mean - l.target) > kMissesTarget * error)
        out_.own_levels = true;
    }
    if (!out_.own_levels) return;
    if (!out_.bits) {
      out_.own_levels = false;
      out_.remarks.emplace_back(
          "cells miss their targets on average; a device file can only say so of 2, 4, 8 ... 256 levels");
      return;
    }
    for (FitLevel& l : out_.levels) {
      if (l.target >= 3 * l.deviation) l.fitted_mean = l.mean;
    }
    const bool rising =
        std::adjacent_find(out_.levels.begin(), out_.levels.end(), [](const FitLevel& a, const FitLevel& b) {
          return a.fitted_mean >= b.fitted_mean;
        }) == out_.levels.end();
    if (!rising) base::fail(out_.source, "the mean conductance does not rise from target to target");
    out_.on = out_.levels.back().fitted_mean;
    out_.off = out_.levels.front().fitted_mean;
  }

  /// In fitted deviations, and the distance of their distribution from the normal one.
  void residuals() {
    for (const Value& v : values_) {
      const double mean = centre(v.level), error = error_->model.at(error_->likelihood, mean).first;
      const double s = std::sqrt(error * error + v.variance);
      if (s > 0 && mean >= 3 * s) out_.residuals.push_back((v.siemens - mean) / s);
    }
    std::vector<double> sorted = out_.residuals;
    std::sort(sorted.begin(), sorted.end());
    const auto n = static_cast<double>(sorted.size());
    for (size_t k = 0; k < sorted.size(); ++k) {
      const double normal = 0.5 * std::erfc(-sorted[k] / std::sqrt(2.0));
      out_.kolmogorov = std::max(
          {out_.kolmogorov, normal - static_cast<double>(k) / n, static_cast<double>(k + 1) / n - normal});
    }
  }

  FitOptions options_;
  FitData data_;
  DeviceFit out_;
  std::optional<double> temperature_;
  std::optional<Chosen> noise_, drift_, error_;
  std::vector<Descent> descents_;
  std::vector<Value> values_;
  std::optional<Estimate> start_;  // of the drift, where it is fitted
};

}  // namespace

double FitLevel::mean_in_errors() const {
  const double error = fitted_deviation / std::sqrt(std::max(1.0, static_cast<double>(cells)));
  return error > 0 ? (mean - fitted_mean) / error : 0;
}

double FitLevel::deviation_in_errors() const {
  const double error = fitted_deviation / std::sqrt(2 * std::max(1.0, static_cast<double>(cells)));
  return error > 0 ? (deviation - fitted_deviation) / error : 0;
}

DeviceFit fit_device(const Measurements& measurements, const FitOptions& options) {
  return Fit(measurements, options).run();
}

}  // namespace ohmweave::device
