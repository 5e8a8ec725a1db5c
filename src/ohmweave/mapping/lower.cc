// SPDX-License-Identifier: Apache-2.0
// Weight-stationary lowering: products with constant weights go to arrays, what the design names a unit for
// goes there, views cost nothing, and everything else is computed exactly but not modelled.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/mapping/context.h"
#include "ohmweave/network/operators.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::mapping {
namespace {

using network::Family;
using network::Graph;
using network::Node;
using network::NodeId;
using network::Op;
using network::ValueId;
using program::Axis;

bool is_free(const Graph& graph, const Node& node) {
  Family f = network::family_of(node.op);
  if (f == Family::View || f == Family::Shape || node.op == Op::Identity || node.op == Op::Dropout ||
      node.op == Op::Cast || node.op == Op::QuantizeLinear || node.op == Op::DequantizeLinear)
    return true;
  return std::all_of(node.inputs.begin(), node.inputs.end(),
                     [&](ValueId v) { return v == network::kNoValue || graph.value(v).is_constant; });
}

/// Names of the loops over the axes of an activation. Pictures walk y and x, sequences their tokens.
std::vector<std::string> position_words(size_t count) {
  if (count == 1) return {"token"};
  if (count == 2) return {"y", "x"};
  std::vector<std::string> out = {"z", "y", "x"};
  while (out.size() < count) out.insert(out.begin(), "d" + std::to_string(out.size()));
  return count == 0 ? std::vector<std::string>{} : out;
}

class Lowering {
 public:
  explicit Lowering(Context& c) : c_(c), graph_(c.network()), fused_(graph_.nodes.size(), false) {}

  void run() {
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
      const Node& node = graph_.nodes[id];
      if (fused_[id] || is_free(graph_, node)) continue;
      Task task;
      task.name = node.name;
      task.node = id;
      task.output = node.outputs[0];
      bool held = network::is_convolution(node.op) || network::constant_product(graph_, node).has_value();
      if (network::is_recurrent(node.op) && can_hold_recurrence(node)) {
        hold_recurrence(task, node);
      } else if (held && weights_are_constant(node)) {
        task.where = Where::Crossbar;
      } else {
        find_unit(task, node);
      }
      if (task.where == Where::NotModelled) say_why(task, node);
      if (task.where != Where::NotModelled && !task.recurrent) fuse_activation(task);
      add_positions(task);
      add_operands(task, node);
      task.lanes.assign(task.positions.size(), 1);
      c_.tasks.push_back(std::move(task));
    }
  }

 private:
  bool weights_are_constant(const Node& node) const {
    if (auto p = network::constant_product(graph_, node)) return true;
    return node.inputs.size() > 1 && graph_.value(node.inputs[1]).is_constant;
  }

  /// A function that is the only reader of a result is applied on the way to the buffer.
  void fuse_activation(Task& task) {
    ValueId value = task.output;
    std::vector<NodeId> readers = graph_.consumers(value);
    bool is_output = std::find(graph_.outputs.begin(), graph_.outputs.end(), value) != graph_.outputs.end();
    if (readers.size() != 1 || is_output || !can_activate(graph_.nodes[readers[0]].op)) return;
    fused_[readers[0]] = true;
    task.after.push_back(readers[0]);
    task.output = graph_.nodes[readers[0]].outputs[0];
  }
  bool can_activate(Op op) const { return network::family_of(op) == Family::Unary && has_function(op); }
  /// Whether the activation phase computes a function.
  bool has_function(Op op) const {
    for (const std::string& path : c_.settings.pipeline.activate.through) {
      if (c_.machine.find(path)->component->computes(word_of_operator(op))) return true;
    }
    return false;
  }

  // Recurrent layers

  bool can_hold_recurrence(const Node& node) const {
    return node.inputs[1] == network::kNoValue && graph_.value(node.inputs[2]).is_constant &&
           network::has_one_product_per_step(node);
  }
  /// The recurrent weights go to arrays; gates pass the activation unit, and what is left of a step goes to the
  /// unit that the design names for it.
  void hold_recurrence(Task& task, const Node& node) {
    find_unit(task, node);
    task.where = Where::Crossbar;
    task.recurrent = true;
    const network::Recurrent r = network::recurrent(graph_, node);
    std::vector<std::string> unknown;
    for (const auto& [name, count] : network::gate_values(node, r.hidden)) {
      const network::Operator* function = network::find_operator(name);
      if (function && has_function(function->op))
        task.gate_values += count;
      else if (std::find(unknown.begin(), unknown.end(), name) == unknown.end())
        unknown.push_back(name);
    }
    for (const std::string& name : unknown) task.left_out.push_back("its function " + name);
    if (!task.unit) task.left_out.push_back("the sums and products of its gates");
  }
  /// Products that no array holds: which, and why.
  void say_why(Task& task, const Node& node) const {
    if (network::family_of(node.op) != Family::Product) return;
    if (network::is_recurrent(node.op)) {
      task.left_out.push_back(
          network::has_one_product_per_step(node)
              ? "its weights are computed, and the design cannot write its cells during a run"
              : "its second product of a step needs the first (linear_before_reset 0)");
      return;
    }
    const bool moving = node.inputs.size() < 2 || !graph_.value(node.inputs[1]).is_constant;
    task.left_out.push_back(
        moving ? fmt::format("it multiplies two activations, and {} cannot write its cells during a run",
                             c_.machine.name)
               : "its constant operand is not the matrix on the right");
  }

  void find_unit(Task& task, const Node& node) {
    auto unit = c_.settings.digital.find(word_of_operator(node.op));
    if (unit == c_.settings.digital.end()) return;
    task.where = Where::DigitalUnit;
    task.unit = c_.machine.find(unit->second);
  }

  void add_positions(Task& task) {
    const tensor::Shape& shape = graph_.value(task.output).shape;
    size_t channel = channel_axis(graph_.nodes[task.node], shape);
    std::vector<size_t> axes;
    for (size_t axis = 1; axis < shape.size(); ++axis) {
      const bool one_direction = task.recurrent && axis == 2;
      if (axis != channel && !one_direction) axes.push_back(axis);
    }
    std::vector<std::string> words = position_words(axes.size());
    for (size_t k = 0; k < axes.size(); ++k)
      task.positions.push_back({c_.program.dim(words[k]), axes[k], shape[axes[k]]});
    task.output_elements = channel < shape.size() ? shape[channel] : 1;
    channel_axis_[task.output] = channel;
    if (!network::is_recurrent(graph_.nodes[task.node].op)) return;
    const auto& made = graph_.nodes[task.node].outputs;
    for (size_t k = 1; k < made.size(); ++k) {
      if (made[k] == network::kNoValue) continue;
      task.more_outputs.push_back(made[k]);
      channel_axis_[made[k]] = graph_.value(made[k]).shape.size() - 1;
    }
  }

  /// The axis whose values belong to one item: channels of pictures, features of sequences.
  size_t channel_axis(const Node& node, const tensor::Shape& shape) const {
    if (shape.size() <= 2) return 1;
    if (network::is_recurrent(node.op)) return shape.size() - 1;
    Family f = network::family_of(node.op);
    if (network::is_convolution(node.op) || f == Family::Window) return 1;
    if (node.op == Op::MatMul || node.op == Op::Gemm || node.op == Op::LayerNormalization)
      return shape.size() - 1;
    for (ValueId v : node.inputs) {  // element-wise: as in the operand of the same shape
      if (v == network::kNoValue || graph_.value(v).shape.size() != shape.size()) continue;
      for (const Origin& o :
           trace(graph_, v, identity(v), [&](ValueId x) { return channel_axis_.count(x) > 0; })) {
        auto known = channel_axis_.find(o.value);
        if (known != channel_axis_.end() && graph_.value(o.value).shape.size() == shape.size())
          return known->second;
      }
    }
    return shape.size() == 4 ? 1 : shape.size() - 1;
  }
  Needs identity(ValueId v) const { return Needs(graph_.value(v).shape.size(), program::all_of()); }

  void add_operands(Task& task, const Node& node) {
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      ValueId v = node.inputs[k];
      if (v == network::kNoValue || graph_.value(v).is_constant) continue;
      auto stored = [&](ValueId x) { return channel_axis_.count(x) > 0; };
      for (Origin& origin : trace(graph_, v, needs(task, node, k, c_.settings.window), stored)) {
        if (complete_at_the_end(origin.value)) origin.needs.assign(4, program::all_of());
        // A tensor that is no result of a stage is the network's input: it is there from the start.
        task.operands.push_back(measure(task, std::move(origin), node, k));
      }
    }
    task.work = digital_work(task, node);
  }

  /// Whether a result of a recurrent layer cannot be used step by step: last states, and what is made
  /// backwards.
  bool complete_at_the_end(ValueId v) const {
    const auto maker = graph_.producer(v);
    if (!maker || !network::is_recurrent(graph_.nodes[*maker].op)) return false;
    return graph_.nodes[*maker].outputs[0] != v || graph_.nodes[*maker].text("direction") != "forward";
  }

  /// What one firing of the task needs of each axis of operand k of its node.
  Needs needs(const Task& task, const Node& node, size_t k, WindowRule rule) const {
    const tensor::Shape& from = graph_.value(node.inputs[k]).shape;
    const tensor::Shape& to = graph_.value(task.output).shape;
    Needs out(from.size(), program::all_of());
    const bool is_convolution = network::is_convolution(node.op);
    if (is_convolution && k > 0) return out;  // a kernel or bias that is computed: all of it, for every image
    if (!out.empty()) out[0] = program::same(image());
    if (network::is_recurrent(node.op)) {
      // Reversed, the first step needs the last input. The lowest steps come first otherwise.
      if (k == 0 && task.recurrent && node.text("direction") == "forward")
        out[1] = program::same(task.positions[0].dim);
      return out;
    }
    Family f = network::family_of(node.op);
    if (is_convolution) {
      network::Convolution g = network::convolution(graph_, node);
      for (const Position& p : task.positions) {
        size_t d = p.axis - 2;
        out[p.axis] = program::sliding(p.dim, g.kernel[d], g.stride[d], g.pad_begin[d], g.dilation[d]);
        insert_zeros(out[p.axis], g.insertion[d]);
      }
    } else if (node.op == Op::MaxPool || node.op == Op::AveragePool) {
      network::Pooling g = network::pooling(graph_, node);
      for (const Position& p : task.positions) {
        size_t d = p.axis - 2;
        out[p.axis] = program::sliding(p.dim, g.kernel[d], g.stride[d], g.pad_begin[d], g.dilation[d]);
      }
    } else if (f != Family::Reduction && node.op != Op::GlobalAveragePool && node.op != Op::GlobalMaxPool &&
               from.size() == to.size()) {
      for (const Position& p : task.positions) {
        if (from[p.axis] == to[p.axis]) out[p.axis] = program::same(p.dim);  // else broadcast: all of it
      }
    }
    if (rule == WindowRule::Rows && task.positions.size() >= 2 && from.size() == to.size())
      out[task.positions.back().axis] = program::all_of();
    return out;
  }
  /// A window over elements `insertion` apart needs those from the first that it covers.
  static void insert_zeros(Axis& axis, int64_t insertion) {
    if (axis.high - axis.low >= insertion - 1) axis.low += insertion - 1;
    axis.divide = insertion;
  }
  program::Dim image() const { return c_.program.dim("image"); }

  Operand measure(const Task& task, Origin origin, const Node& node, size_t k) const {
    Operand out;
    const tensor::Shape& shape = graph_.value(node.inputs[k]).shape;
    Needs n = needs(task, node, k, WindowRule::Exact);
    for (const Position& p : task.positions) {
      int64_t span = 1, stride = 1, divide = 1;
      for (size_t axis = 0; axis < n.size(); ++axis) {
        if (n[axis].all || n[axis].of != p.dim) continue;
        span = n[axis].high - n[axis].low + 1;
        stride = n[axis].multiply;
        divide = n[axis].divide;
      }
      out.span.push_back(span);
      out.stride.push_back(stride);
      out.divide.push_back(divide);
    }
    out.elements = 1;  // what is needed along axes that no loop of the task walks
    for (size_t axis = 1; axis < n.size(); ++axis) {
      if (n[axis].all) out.elements *= shape[axis];
    }
    int64_t here = tensor::count(graph_.value(origin.value).shape), whole = tensor::count(shape);
    if (here < whole) out.elements = std::max<int64_t>(out.elements * here / whole, 1);  // one part of a Concat
    out.origin = std::move(origin);
    return out;
  }

  /// Sums and products of a step beside the held product: projection and bias are added to every gate; an LSTM
  /// forms f c + i g and o h(c) and adds three peepholes, a GRU r (R h + b) and (1 - z) g + z h.
  int64_t state_work(const Node& node) const {
    const network::Recurrent r = network::recurrent(graph_, node);
    const bool peepholes = node.op == Op::LSTM && node.inputs[7] != network::kNoValue;
    const int64_t each = node.op == Op::LSTM ? (peepholes ? 10 : 4) : node.op == Op::GRU ? 6 : 0;
    return (2 * r.gates + each) * r.hidden;
  }

  int64_t digital_work(const Task& task, const Node& node) const {
    int64_t window = 1;
    if (node.op == Op::MaxPool || node.op == Op::AveragePool) {
      network::Pooling g = network::pooling(graph_, node);
      window = std::accumulate(g.kernel.begin(), g.kernel.end(), int64_t{1}, std::multiplies<>());
    } else if (network::family_of(node.op) == Family::Reduction || node.op == Op::GlobalAveragePool ||
               node.op == Op::GlobalMaxPool) {
      window = tensor::count(graph_.value(node.inputs[0]).shape) /
               std::max<int64_t>(tensor::count(graph_.value(node.outputs[0]).shape), 1);
    } else if (task.recurrent) {
      return state_work(node);
    } else if (network::family_of(node.op) == Family::Elementwise) {
      window = std::max<int64_t>(static_cast<int64_t>(node.inputs.size()) - 1, 1);
    }
    return window * task.output_elements;
  }

  Context& c_;
  const Graph& graph_;
  std::vector<bool> fused_;
  std::map<ValueId, size_t> channel_axis_;  // of values that a task stores
};

}  // namespace

int64_t Task::items() const {
  int64_t n = 1;
  for (const Position& p : positions) n *= p.extent;
  return n;
}
int64_t Task::copies() const {
  return std::accumulate(lanes.begin(), lanes.end(), int64_t{1}, std::multiplies<>());
}
int64_t Task::arrays() const {
  if (!plan) return 0;
  return plan->arrays * (private_arrays ? 1 : divide_up(copies(), copies_per_array));
}
int64_t Task::firings() const {
  int64_t n = 1;
  for (size_t k = 0; k < positions.size(); ++k) n *= (positions[k].extent + lanes[k] - 1) / lanes[k];
  return n;
}

std::optional<size_t> Context::task_of(network::ValueId value) const {
  for (size_t k = 0; k < tasks.size(); ++k) {
    const auto& more = tasks[k].more_outputs;
    if (tasks[k].output == value || std::find(more.begin(), more.end(), value) != more.end()) return k;
  }
  return std::nullopt;
}

program::StoreId Context::result_of(size_t task) const {
  const Task& t = tasks[task];
  return program.stages[t.send ? t.send->index : task].writes[0];
}

void lower(Context& context) { Lowering(context).run(); }

}  // namespace ohmweave::mapping
