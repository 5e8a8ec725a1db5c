// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/array.h"

#include <cmath>
#include <numeric>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {

void Tally::add(const Tally& more, int64_t times) {
  for (const auto& [what, n] : more) (*this)[what] += n * times;
  cell_attojoules += more.cell_attojoules * times;
}

void SeenSums::add(const SeenSums& more) {
  for (size_t n = 0; n <= kMostBits; ++n) {
    magnitudes[n] += more.magnitudes[n];
    errors[n] += more.errors[n];
  }
  squares += more.squares;
  columns.add(more.columns);
}

int SeenSums::bits_of(double percent) const {
  const auto all = static_cast<double>(std::accumulate(magnitudes.begin(), magnitudes.end(), int64_t{0}));
  int64_t held = 0;
  for (size_t n = 0; n < kMostBits; ++n) {
    held += magnitudes[n];
    if (static_cast<double>(held) >= all * percent / 100) return static_cast<int>(n);
  }
  return kMostBits;
}

double SeenSums::error_of(int bits) const {
  return squares > 0 ? std::sqrt(errors[static_cast<size_t>(bits)] / squares) : 0;
}

void Contents::multiply(InputVectors& inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                        Tally& tally) const {
  multiply(inputs.codes(), vectors, first, sums, tally);
}

void Contents::observe(std::span<const int32_t>, int64_t, std::span<int64_t>, SeenSums&) const {
  OHMWEAVE_CHECK(false, "sums of an array that does not want them known were asked for");
}

std::unique_ptr<RealContents> Array::program_reals(std::shared_ptr<const Plan>, std::span<const float>,
                                                   std::span<const float>) const {
  base::broken_invariant(__FILE__, __LINE__, "program_reals",
                         "arrays of whole numbers were given floating-point numbers");
}

}  // namespace ohmweave::array
