// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/passes.h"

namespace ohmweave::network {

void keep_batch(Graph& graph) {
  if (graph.batch() != 1 || with_batch(graph, 2)) return;
  Graph kept = graph;
  bool changed = false;
  for (Node& node : kept.nodes) {
    if (node.op != Op::Squeeze || kept.value(node.inputs[0]).is_constant) continue;
    std::vector<int64_t> axes = constant_integers(kept, node, 1).value_or(std::vector<int64_t>{});
    if (axes.empty() || axes[0] != 0) continue;
    axes.erase(axes.begin());
    node.inputs[1] = add_constant(kept, node.name + ".kept_axes", integers_tensor(axes));
    changed = true;
  }
  if (!changed) return;
  try {
    infer_shapes(kept);
    if (auto two = with_batch(kept, 2)) graph = *with_batch(*two, 1);
  } catch (const base::Failure&) {  // a node that counts on the shape without the axis
  }
}

}  // namespace ohmweave::network
