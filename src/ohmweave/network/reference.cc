// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/network/reference_plan.h"

namespace ohmweave::network {

using tensor::Tensor;

struct Reference::State {
  /// A graph at one batch, and how it runs.
  struct Prepared {
    int64_t batch = 0;
    bool observed = false;
    Graph graph;
    Plan plan;
  };
  static constexpr size_t kMostPrepared = 3;  // the batch, the rest of the data, and the observed one

  Graph graph;
  PackedWeights packed;
  std::deque<std::unique_ptr<Prepared>> prepared;

  void check(std::span<const Tensor> inputs) const;
  Prepared* prepare(int64_t batch, bool observed);
  std::vector<Tensor> run(std::span<const Tensor> inputs, const Observer* see);
  std::vector<Tensor> run_in_parts(std::span<const Tensor> inputs, int64_t batch, const Observer* see);
};

Reference::Reference(const Graph& graph) : state_(std::make_unique<State>()) {
  base::Diagnostics d;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::Unsupported)
      d.error(base::whole(graph.name),
              fmt::format("node '{}' ({}) cannot be computed: the operator is not supported", node.name,
                          node.text("operator")));
    for (ValueId v : node.inputs) {
      if (v == kNoValue || !graph.value(v).is_constant || graph.value(v).constant) continue;
      d.error(base::whole(graph.name),
              fmt::format("node '{}' ({}) cannot be computed: the values of '{}' are not in the file",
                          node.name, name_of(node.op), graph.value(v).name));
    }
  }
  d.stop_if_errors();
  state_->graph = graph;
}
Reference::~Reference() = default;
Reference::Reference(Reference&&) noexcept = default;

std::vector<Tensor> Reference::run(std::span<const Tensor> inputs) { return state_->run(inputs, nullptr); }
std::vector<Tensor> Reference::run(std::span<const Tensor> inputs, const Observer& see) {
  return state_->run(inputs, &see);
}

/// Inputs are as the graph has them, except for the batch.
void Reference::State::check(std::span<const Tensor> inputs) const {
  if (inputs.size() != graph.inputs.size())
    base::fail(graph.name, fmt::format("takes {} inputs, given {}", graph.inputs.size(), inputs.size()));
  for (size_t k = 0; k < inputs.size(); ++k) {
    const Value& v = graph.value(graph.inputs[k]);
    tensor::Shape shape = inputs[k].shape();
    const int axis = graph.batch_axis(k);
    const auto at = static_cast<size_t>(axis);
    if (axis >= 0 && at < shape.size() && at < v.shape.size() && v.shape[at] == graph.batch())
      shape[at] = v.shape[at];
    if (shape != v.shape || inputs[k].element() != v.element) {
      base::fail(graph.name, fmt::format("input '{}' takes {} {}, given {} {}", v.name, tensor::print(v.shape),
                                         tensor::name_of(v.element), tensor::print(inputs[k].shape()),
                                         tensor::name_of(inputs[k].element())));
    }
  }
}

/// Nothing if samples cannot run together.
Reference::State::Prepared* Reference::State::prepare(int64_t batch, bool observed) {
  for (auto& p : prepared) {
    if (p->batch == batch && p->observed == observed) return p.get();
  }
  auto next = std::make_unique<Prepared>();
  next->batch = batch;
  next->observed = observed;
  if (batch == graph.batch()) {
    next->graph = graph;
  } else {
    std::optional<Graph> batched = with_batch(graph, batch);
    if (!batched) return nullptr;
    next->graph = std::move(*batched);
  }
  next->plan = make_plan(next->graph, packed, observed);
  if (prepared.size() == kMostPrepared) prepared.pop_front();
  prepared.push_back(std::move(next));
  return prepared.back().get();
}

std::vector<Tensor> Reference::State::run(std::span<const Tensor> inputs, const Observer* see) {
  check(inputs);
  const auto axis = static_cast<size_t>(std::max(graph.batch_axis(0), 0));
  int64_t batch = inputs.empty() || inputs[0].rank() <= axis ? graph.batch() : inputs[0].dim(axis);
  Prepared* p = prepare(batch, see != nullptr);
  return p ? p->plan.run(inputs, see) : run_in_parts(inputs, batch, see);
}

/// Networks that cannot be given another batch see the samples one batch of theirs after the other.
std::vector<Tensor> Reference::State::run_in_parts(std::span<const Tensor> inputs, int64_t batch,
                                                   const Observer* see) {
  int64_t own = graph.batch();
  if (own == 0 || batch % own != 0)
    base::fail(graph.name, fmt::format("is made for a batch of {} and cannot take {}", own, batch));
  std::vector<std::vector<Tensor>> parts(graph.outputs.size());
  for (int64_t begin = 0; begin < batch; begin += own) {
    std::vector<Tensor> some;
    for (const Tensor& t : inputs)
      some.push_back(!t.shape().empty() && t.dim(0) == batch ? t.slice(begin, begin + own) : t);
    std::vector<Tensor> out = run(some, see);
    for (size_t k = 0; k < out.size(); ++k) {
      tensor::Shape shape = out[k].shape();
      bool has_batch = !shape.empty() && shape[0] == own;
      if (!has_batch && own == 1) shape.insert(shape.begin(), 1);
      parts[k].push_back(shape.empty() ? out[k].reshaped({1}) : out[k].reshaped(shape));
    }
  }
  std::vector<Tensor> joined;
  for (const auto& p : parts) joined.push_back(tensor::concatenate(p));
  return joined;
}

}  // namespace ohmweave::network
