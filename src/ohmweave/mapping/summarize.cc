// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/mapping/context.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::mapping {
namespace {

void describe_product(const Context& c, const Task& t, Layer& layer) {
  const array::Plan& plan = *t.plan;
  layer.where = Where::Crossbar;
  layer.unit = c.machine.arrays().path;
  layer.arrays = plan.arrays;
  layer.copies = t.private_arrays ? 1 : t.copies();
  layer.copies_per_array = t.copies_per_array;
  layer.all_arrays = t.arrays();
  layer.row_tiles = plan.row_tiles;
  layer.column_tiles = plan.column_tiles;
  layer.weight_slices = plan.weight_slices;
  layer.input_cycles = plan.input_cycles;
  layer.rows_used = plan.rows_used;
  layer.columns_used = plan.columns_used;
  layer.utilization = static_cast<double>(plan.cells_used) /
                      static_cast<double>(plan.arrays * c.machine.arrays().array->cells());
  layer.groups = c.regions[t.region].groups;
  layer.first_array = t.first_array;
  layer.lossless = plan.lossless;
  layer.warnings = plan.warnings;
  const network::Node& node = c.network().nodes[t.node];
  const auto& weights = c.network().value(node.inputs[t.recurrent ? 2 : 1]).format;
  if (weights && weights->has_zero_points() && !plan.sums_inputs)
    layer.warnings.push_back(
        "zero points of weights take the sum of the inputs, which these arrays do not make: it is exact, but "
        "not priced");
}

void describe_buffer(const Context& c, const Task& t, const std::vector<int64_t>& least, Layer& layer) {
  for (const Operand& o : t.operands) {
    auto maker = c.task_of(o.origin.value);
    if (!maker) continue;
    const program::StoreId store = c.result_of(*maker);
    const bool beats = c.settings.schedule == Schedule::Lockstep && c.tasks[*maker].sends;
    const int64_t items = beats ? c.program[store].capacity : least[store.index];
    layer.buffer_items = std::max(layer.buffer_items, items);
    layer.buffer = std::max(layer.buffer, static_cast<double>(items) * c.program[store].item);
  }
}

}  // namespace

void summarize(Context& c) {
  const network::Graph& graph = c.network();
  const std::vector<int64_t> least = program::least_capacities(c.program);
  for (network::NodeId id = 0; id < graph.nodes.size(); ++id) {
    Layer layer;
    layer.node = id;
    layer.name = graph.nodes[id].name;
    layer.op = network::name_of(graph.nodes[id].op);
    layer.multiply_accumulates = network::multiply_accumulates(graph, id);
    c.out.layers.push_back(std::move(layer));
  }
  int64_t cells = 0;
  for (const Task& t : c.tasks) {
    Layer& layer = c.out.layers[t.node];
    layer.where = t.where;
    layer.firings = t.firings();
    describe_buffer(c, t, least, layer);
    if (t.is_product()) {
      describe_product(c, t, layer);
      c.out.arrays_used += t.arrays();
      cells += t.plan->cells_used * (t.private_arrays ? 1 : t.copies());
    } else {
      layer.copies = t.copies();
      if (t.unit) layer.unit = t.unit->path;
      if (!t.unit && t.left_out.empty())
        c.out.not_modelled.push_back(fmt::format("{} '{}'", layer.op, layer.name));
    }
    for (const std::string& what : t.left_out)
      c.out.not_modelled.push_back(fmt::format("{} '{}': {}", layer.op, layer.name, what));
    for (const std::string& w : layer.warnings) c.out.warnings.push_back(layer.name + ": " + w);
  }
  const array::Array& array = *c.machine.arrays().array;
  if (c.out.arrays_used > 0)
    c.out.utilization = static_cast<double>(cells) / static_cast<double>(c.out.arrays_used * array.cells());
}

}  // namespace ohmweave::mapping
