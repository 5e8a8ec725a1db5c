// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/layer_errors.h"

#include <cmath>
#include <map>

#include "ohmweave/network/network.h"

namespace ohmweave::report {
namespace {

using network::ValueId;
using tensor::Tensor;
using Results = std::map<ValueId, Tensor>;

/// The value that a stage stores first; none for loads and ordering.
ValueId result_of(const program::Program& p, const program::Stage& stage) {
  if (std::holds_alternative<program::None>(stage.operation) ||
      std::holds_alternative<program::Move>(stage.operation))
    return network::kNoValue;
  const std::vector<ValueId>& values = p[stage.writes.front()].values;
  return values.empty() ? network::kNoValue : values.front();
}

Results exact_results(const mapping::Mapping& mapping, std::span<const Tensor> inputs) {
  Results out;
  for (const program::Stage& stage : mapping.program.stages) {
    if (const ValueId v = result_of(mapping.program, stage); v != network::kNoValue) out[v];
  }
  network::Reference(mapping.network).run(inputs, [&](ValueId v, const Tensor& t) {
    if (const auto at = out.find(v); at != out.end()) at->second = t;
  });
  return out;
}

double distance(const Tensor& ours, const Tensor& exact) {
  const bool reals = ours.element() == tensor::Element::Float32 && exact.element() == tensor::Element::Float32;
  if (!reals) return 0;  // indices and the like
  const auto a = ours.data<float>(), b = exact.data<float>();
  if (a.size() != b.size() || a.empty()) return 0;
  double off = 0, all = 0;
  for (size_t k = 0; k < a.size(); ++k) {
    const double difference = static_cast<double>(a[k]) - b[k];
    off += difference * difference;
    all += static_cast<double>(b[k]) * b[k];
  }
  return all > 0 ? std::sqrt(off / all) : off > 0 ? 1 : 0;
}

}  // namespace

std::vector<LayerError> layer_errors(execution::Functional& functional, const mapping::Mapping& mapping,
                                     std::span<const Tensor> inputs) {
  const Results exact = exact_results(mapping, inputs);
  const program::Program& p = mapping.program;
  std::vector<LayerError> out(p.stages.size());
  for (const bool exact_sums : {true, false}) {
    functional.look(inputs, exact_sums, [&](size_t stage, const Tensor& reals) {
      const double error = distance(reals, exact.at(result_of(p, p.stages[stage])));
      (exact_sums ? out[stage].rounded : out[stage].made) = error;
      out[stage].layer = p.stages[stage].name;
    });
  }
  std::erase_if(out, [](const LayerError& e) { return e.layer.empty(); });
  return out;
}

}  // namespace ohmweave::report
