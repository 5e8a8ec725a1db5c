// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/real_cell.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/base/check.h"
#include "ohmweave/device/cell_math.h"

namespace ohmweave::device {
namespace {

constexpr int64_t kBatch = CellRandom::kBatch;

}  // namespace

/// Cells `skip` to `skip` + `count` of a batch.
struct RealCell::Run {
  const CellRandom* random;
  int64_t batch, skip, count;
  const int32_t* level;
  float* steps;

  const float* normals(Draw draw, uint32_t attempt, CellRandom::Normals& into) const {
    random->normals(batch, draw, attempt, into);
    return into.data() + skip;
  }
  const uint32_t* words(Draw draw, CellRandom::Words& into) const {
    random->words(batch, draw, 0, into);
    return into.data() + skip;
  }
};

void RealCell::Move::operator()(float* g, int64_t n) const {
  for (int64_t k = 0; k < n; ++k) g[k] = to + (g[k] - to) * keep;
}

void RealCell::program(std::span<const int32_t> levels, const CellsAt& at, std::span<float> steps) const {
  OHMWEAVE_CHECK(levels.size() == steps.size(), "as many conductances as levels");
  if (still_) {
    const auto kept = static_cast<float>(scale_.off - scale_.base);
    std::transform(levels.begin(), levels.end(), steps.begin(),
                   [&](int32_t level) { return static_cast<float>(level) + kept; });
    return;
  }
  const auto [least, most] = std::minmax_element(levels.begin(), levels.end());
  OHMWEAVE_CHECK(levels.empty() || (*least >= 0 && *most <= scale_.highest), "a level that cells do not have");
  const CellRandom random(at.seed, at.place);
  const auto cells = static_cast<int64_t>(levels.size());
  for (int64_t done = 0; done < cells;) {
    const int64_t cell = at.first + done, batch = cell / kBatch, skip = cell % kBatch;
    const int64_t count = std::min(cells - done, kBatch - skip);
    program_run({&random, batch, skip, count, levels.data() + done, steps.data() + done});
    done += count;
  }
}

void RealCell::program_run(const Run& run) const {
  std::array<float, kBatch> g, factor;
  factor.fill(1.0F);
  if (variation_ != VariationKind::None && device_to_device_ > 0) {
    CellRandom::Normals z;
    const float* normal = run.normals(Draw::DeviceToDevice, 0, z);
    for (int64_t k = 0; k < run.count; ++k) {
      const float x = device_to_device_ * normal[k];
      factor[static_cast<size_t>(k)] =
          variation_ == VariationKind::LogNormal ? exponential(x) : std::max(0.0F, 1.0F + x);
    }
  }
  attempt(run, 0, factor.data(), g.data());
  if (iterations_ > 1) verify(run, factor.data(), g.data());
  drift(run, g.data());
  if (!disturb_.none()) disturb_(g.data(), run.count);
  fail(run, g.data());
  const auto base = static_cast<float>(scale_.base);
  for (int64_t k = 0; k < run.count; ++k) run.steps[k] = g[static_cast<size_t>(k)] - base;
}

/// One programming of every cell.
void RealCell::attempt(const Run& run, uint32_t attempt, const float* factor, float* g) const {
  CellRandom::Normals z;
  for (int64_t k = 0; k < run.count; ++k) g[k] = target_[static_cast<size_t>(run.level[k])] * factor[k];
  if (!deviation_.empty()) {
    const float* normal = run.normals(Draw::Programming, attempt, z);
    for (int64_t k = 0; k < run.count; ++k) g[k] += deviation_[static_cast<size_t>(run.level[k])] * normal[k];
  }
  if (log_deviation_ > 0) {
    const float* normal = run.normals(Draw::Programming, attempt, z);
    for (int64_t k = 0; k < run.count; ++k) g[k] *= exponential(log_deviation_ * normal[k]);
  }
  if (cycle_to_cycle_ > 0) {
    const float* normal = run.normals(Draw::CycleToCycle, attempt, z);
    for (int64_t k = 0; k < run.count; ++k) g[k] += cycle_to_cycle_ * normal[k];
  }
  for (int64_t k = 0; k < run.count; ++k) g[k] = g[k] > 0.0F ? g[k] : 0.0F;
}

/// Programs cells that miss their target anew, until none does or the iterations are spent.
void RealCell::verify(const Run& run, const float* factor, float* g) const {
  std::array<float, kBatch> again;
  for (uint32_t iteration = 1; iteration < iterations_; ++iteration) {
    bool all = true;
    for (int64_t k = 0; k < run.count; ++k)
      all &= std::abs(g[k] - target_[static_cast<size_t>(run.level[k])]) <= tolerance_;
    if (all) return;
    attempt(run, iteration, factor, again.data());
    for (int64_t k = 0; k < run.count; ++k) {
      const bool good = std::abs(g[k] - target_[static_cast<size_t>(run.level[k])]) <= tolerance_;
      g[k] = good ? g[k] : again[static_cast<size_t>(k)];
    }
  }
}

void RealCell::drift(const Run& run, float* g) const {
  CellRandom::Normals z;
  if (!moved_.empty()) {
    for (int64_t k = 0; k < run.count; ++k)
      g[k] = std::max(0.0F, g[k] + moved_[static_cast<size_t>(run.level[k])]);
  }
  if (log_time_ > 0) {
    const float* normal = run.normals(Draw::DriftExponent, 0, z);
    for (int64_t k = 0; k < run.count; ++k) {
      const auto level = static_cast<size_t>(run.level[k]);
      g[k] *= exponential(-log_time_ * std::abs(exponent_[level] + exponent_deviation_[level] * normal[k]));
    }
  }
  if (shift_ != 0 || spread_ > 0) {
    const float* normal = run.normals(Draw::Relaxation, 0, z);
    for (int64_t k = 0; k < run.count; ++k) {
      const float moved = g[k] + shift_ + spread_ * normal[k];
      g[k] = moved > 0.0F ? moved : 0.0F;
    }
  }
  if (!retention_.none()) retention_(g, run.count);
}

/// Worn and stuck cells: a word of 32 bits below a threshold, so that rates are exact to 2^-32.
void RealCell::fail(const Run& run, float* g) const {
  CellRandom::Words words, places;
  if (worn_ > 0) {
    const uint32_t* word = run.words(Draw::Wear, words);
    for (int64_t k = 0; k < run.count; ++k) g[k] = word[k] < worn_ ? worn_at_ : g[k];
  }
  if (stuck_on_ + stuck_off_ == 0) return;
  const uint32_t* word = run.words(Draw::Fault, words);
  const uint32_t* place = run.words(Draw::FaultLevel, places);
  for (int64_t k = 0; k < run.count; ++k) {
    const float u = static_cast<float>(static_cast<int32_t>(place[k] >> 8)) * 0x1p-24F;
    const float off = word[k] < stuck_on_ + stuck_off_ ? off_low_ + off_range_ * u : g[k];
    g[k] = word[k] < stuck_on_ ? on_low_ + on_range_ * u : off;
  }
}

void RealCell::read_variance(std::span<const float> steps, std::span<float> variance) const {
  noise_.variance(steps, static_cast<float>(scale_.base), variance);
}

double RealCell::siemens(double steps) const {
  if (!scale_.siemens_per_step)
    base::fail("cell", "nothing says what its levels conduct; give levels or on_resistance and off_resistance");
  return (steps + scale_.base) * *scale_.siemens_per_step;
}

}  // namespace ohmweave::device
