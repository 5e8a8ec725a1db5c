// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/composed_crossbar.h"
#include "ohmweave/array/composed_plan.h"

namespace ohmweave::array {

/// Weights in pairs of ideal cells, read part by part.
class ComposedContents : public Contents {
 public:
  ComposedContents(const ComposedCrossbar& crossbar, std::shared_ptr<const ComposedPlan> plan,
                   std::span<const int32_t> weights);
  void multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
                Tally& tally) const override;

 private:
  void count(const ComposedCrossbar& crossbar);

  std::shared_ptr<const ComposedPlan> plan_;
  std::vector<int32_t> weights_;
  std::vector<int64_t> constants_;  // per output: what takes off the offset of driven inputs
  Tally per_vector_;
};

}  // namespace ohmweave::array
