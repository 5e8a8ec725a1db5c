// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/calibrated.h"

#include <algorithm>
#include <vector>

#include "ohmweave/execution/functional/functional.h"

namespace ohmweave::report {
namespace {

using tensor::Tensor;

execution::Functional::Seen seen_by(const mapping::Mapping& mapping, const machine::Machine& machine,
                                    const Tensor* calibration, uint64_t seed) {
  constexpr int64_t kTogether = 16;  // samples
  execution::Functional functional(mapping.program, mapping.network, machine, seed);
  execution::Functional::Seen seen;
  const network::Graph& graph = mapping.network;
  const std::span<const Tensor> inputs(calibration, graph.inputs.size());
  const int64_t samples = inputs.empty() || inputs[0].shape().empty() ? 0 : inputs[0].dim(0);
  const int64_t own = std::max<int64_t>(graph.batch(), 1);
  const int64_t step = graph.batch_axis(0) == 0 ? own * std::max<int64_t>(kTogether / own, 1)
                                                : graph.value(graph.inputs[0]).shape[0];
  for (int64_t first = 0; first < samples; first += step) {
    std::vector<Tensor> part;
    for (const Tensor& t : inputs) {  // their first extents may differ where one sample fills several rows
      const auto row = [&](int64_t k) { return k * t.dim(0) / samples; };
      part.push_back(t.slice(row(first), row(std::min(first + step, samples))));
    }
    functional.observe(part, seen);
  }
  return seen;
}

}  // namespace

mapping::Mapping calibrated_mapping(const network::Graph& network, const machine::Machine& machine,
                                    const mapping::Options& options, uint64_t seed) {
  mapping::Mapping first = mapping::compile(network, machine, options);
  if (!options.calibration || !first.fits || !machine.arrays().array->wants_sums()) return first;
  const execution::Functional::Seen seen = seen_by(first, machine, options.calibration, seed);
  mapping::Options more = options;
  more.seen = &seen;
  return mapping::compile(network, machine, more);
}

}  // namespace ohmweave::report
