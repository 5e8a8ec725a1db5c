// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <tuple>

#include "ohmweave/base/check.h"
#include "ohmweave/mapping/context.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::mapping {
namespace {

using network::Graph;
using network::Node;
using network::Op;

tensor::FixedPoint format_of(const Graph& graph, network::ValueId value) {
  OHMWEAVE_CHECK(graph.value(value).format.has_value(), "a product's operand was not quantized");
  return graph.value(value).format->format;
}

/// Neighbouring outputs of a convolution with private kernels may share arrays: their windows are joined, so
/// that the columns of several kernels stand side by side. Joining `joined` outputs along x costs rows and
/// saves columns.
array::ProductShape private_shape(const network::Convolution& g, int64_t positions, int64_t joined) {
  size_t last = g.kernel.size() - 1;
  int64_t rows = g.input_channels / g.groups;
  for (size_t d = 0; d < g.kernel.size(); ++d)
    rows *= d == last ? g.kernel[d] + (joined - 1) * g.stride[d] : g.kernel[d];
  return {rows, g.outputs_per_group() * joined, positions / joined * g.groups};
}

array::ProductShape shape_of(const Graph& graph, const Node& node) {
  if (node.op == Op::Conv || node.op == Op::ConvTranspose) {
    network::Convolution g = network::convolution(graph, node);
    return {g.rows_per_group(), g.outputs_per_group(), g.groups};
  }
  if (network::is_recurrent(node.op)) {
    const network::Recurrent r = network::recurrent(graph, node);
    return {r.hidden, r.gates * r.hidden, 1};
  }
  auto p = network::constant_product(graph, node);
  OHMWEAVE_CHECK(p.has_value(), "a product without a constant operand reached the arrays");
  return {p->rows, p->outputs, 1};
}

class Planner {
 public:
  explicit Planner(Context& c) : c_(c), array_(*c.machine.arrays().array) {}

  void run(Task& task) {
    const Node& node = c_.network().nodes[task.node];
    const bool recurrent = network::is_recurrent(node.op);  // feeds its own results
    const array::ProductFormats formats =
        formats_of(recurrent ? node.outputs[0] : node.inputs[0], node.inputs[recurrent ? 2 : 1]);
    seen_ = nullptr;
    if (c_.options.seen != nullptr) {
      const auto at = c_.options.seen->find(task.node);
      if (at != c_.options.seen->end()) seen_ = &at->second;
    }
    if (node.op != Op::LocalConv) {
      task.plan = plan(shape_of(c_.network(), node), formats);
      return;
    }
    network::Convolution g = network::convolution(c_.network(), node);
    for (int64_t joined = 1; joined <= task.positions.back().extent; ++joined) {
      if (task.positions.back().extent % joined != 0) continue;
      auto candidate = plan(private_shape(g, task.items(), joined), formats);
      if (!task.plan || candidate->arrays < task.plan->arrays) task.plan = std::move(candidate);
      if (joined * g.outputs_per_group() >= array_.columns() || g.dilation.back() > 1) break;
    }
    task.private_arrays = true;
  }

 private:
  array::ProductFormats formats_of(network::ValueId input, network::ValueId weights) const {
    if (c_.machine.formats.floating) return c_.machine.formats;
    return {format_of(c_.network(), input), format_of(c_.network(), weights)};
  }
  std::shared_ptr<const array::Plan> plan(const array::ProductShape& shape, const array::ProductFormats& f) {
    if (seen_ != nullptr) return array_.plan(shape, f, seen_);
    auto key = std::tuple(shape.rows, shape.outputs, shape.groups, f.input.bits, f.input.is_signed,
                          f.weight.bits, f.weight.is_signed);
    auto& known = plans_[key];
    if (!known) known = array_.plan(shape, f);
    return known;
  }
  Context& c_;
  const array::Array& array_;
  const array::SeenSums* seen_ = nullptr;  // of the task in hand
  std::map<std::tuple<int64_t, int64_t, int64_t, int, bool, int, bool>, std::shared_ptr<const array::Plan>>
      plans_;
};

}  // namespace

void plan(Context& context) {
  Planner planner(context);
  for (Task& task : context.tasks) {
    if (!task.is_product()) continue;
    planner.run(task);
    if (context.settings.share_arrays && !task.private_arrays)
      task.copies_per_array = task.plan->copies_per_array;
  }
}

}  // namespace ohmweave::mapping
