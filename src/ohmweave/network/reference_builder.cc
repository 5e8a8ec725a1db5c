// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/reference_builder.h"

#include <algorithm>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {

using dnnl::memory;
using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

Builder::Builder(const Graph& graph, PackedWeights& packed, bool observed)
    : graph_(graph),
      packed_(packed),
      observed_(observed),
      groups_(observed ? lone_groups(graph) : find_groups(graph)),
      forms_(graph.values.size()),
      rounded_(graph.values.size(), kNoValue),
      uses_(graph.values.size(), 0) {}

Plan Builder::build() {
  count_uses();
  for (size_t k = 0; k < graph_.inputs.size(); ++k) {
    ValueId v = graph_.inputs[k];
    size_t b = plan_.add_buffer({.kind = Buffer::Kind::Input, .bytes = 0, .place = k});
    forms_[v] = {{b, layout_of(v), true}};
  }
  for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
    auto group = groups_.at.find(n);
    if (group != groups_.at.end())
      add_group(group->second);
    else if (!groups_.member[n])
      add_node(n);
    if (observed_) observe(graph_.nodes[n]);
  }
  for (ValueId v : graph_.outputs) {
    const Value& value = graph_.value(v);
    if (value.is_constant)
      plan_.add_output(std::nullopt, *value.constant, value.element, value.shape);
    else
      plan_.add_output(plain(v).buffer, Tensor(), value.element, value.shape);
  }
  plan_.arrange();
  return std::move(plan_);
}

void Builder::count_uses() {
  for (const Node& node : graph_.nodes) {
    for (ValueId v : node.inputs) {
      if (v != kNoValue) ++uses_[v];
    }
  }
  for (ValueId v : graph_.outputs) ++uses_[v];
}

bool Builder::known_to_onednn(ValueId v) const {
  const Value& value = graph_.value(v);
  return value.element == Element::Float32 && !value.shape.empty() && value.shape.size() <= 5 &&
         tensor::count(value.shape) > 0;
}

memory::desc Builder::layout_of(ValueId v) const {
  return known_to_onednn(v) ? plain_layout(graph_.value(v).shape) : memory::desc();
}

Form& Builder::new_form(ValueId v, const memory::desc& layout) {
  size_t b = plan_.add_buffer({.kind = Buffer::Kind::Planned, .bytes = layout.get_size()});
  return forms_[v].emplace_back(Form{b, layout, layout == layout_of(v)});
}

Form Builder::in_layout(ValueId v, const memory::desc& layout) {
  for (const Form& f : forms_[v]) {
    if (f.layout == layout) return f;
  }
  Form from = forms_[v].front();
  Form to = new_form(v, layout);
  add_reorder(from, to);
  return to;
}

Form Builder::plain(ValueId v) {
  for (const Form& f : forms_[v]) {
    if (f.plain) return f;
  }
  return in_layout(v, layout_of(v));
}

Form Builder::dense(ValueId v) {
  const Form& form = forms_[v].front();
  return form.layout.data.offset0 == 0 && form.layout.get_size() == layout_of(v).get_size() ? form : plain(v);
}
void Builder::add_reorder(const Form& from, const Form& to) {
  memory source = memory_over(from.layout, nullptr), target = memory_over(to.layout, nullptr);
  add_primitive(dnnl::reorder(source, target), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

bool Builder::may_overwrite(ValueId v, const Form& form) {
  const Buffer& b = plan_.buffer(form.buffer);
  return uses_[v] == 1 && b.kind == Buffer::Kind::Planned && b.values == 1;
}

Form Builder::in_place(ValueId operand, const Form& form, ValueId result) {
  if (!may_overwrite(operand, form)) return new_form(result, form.layout);
  forms_[operand].clear();
  return forms_[result].emplace_back(form);
}

void Builder::add_primitive(const dnnl::primitive& primitive, const Arguments& arguments,
                            const std::vector<std::pair<int, memory>>& constants) {
  std::vector<size_t> uses;
  std::vector<std::pair<size_t, memory>> places;
  std::unordered_map<int, memory> bound(constants.begin(), constants.end());
  for (const auto& [which, form] : arguments) {
    memory m = memory_over(form.layout, nullptr);
    bound.emplace(which, m);
    places.emplace_back(form.buffer, m);
    uses.push_back(form.buffer);
  }
  plan_.add_step(uses, [primitive, places, bound](Plan::Running& r, const Plan& plan) mutable {
    for (auto& [buffer, m] : places) m.set_data_handle(plan.at(r, buffer));
    primitive.execute(r.stream, bound);
    r.stream.wait();
  });
}

void Builder::add_node(NodeId n) {
  const Node& node = graph_.nodes[n];
  if (!add_rounding(node) && !add_view(node) && !add_by_onednn(node) && !add_strided(node)) add_evaluation(n);
  for (ValueId v : node.inputs) {
    if (v != kNoValue) --uses_[v];
  }
}

bool Builder::add_rounding(const Node& node) {
  if (node.op == Op::DequantizeLinear && rounded_[node.inputs[0]] != kNoValue) {
    const ValueId first = rounded_[node.inputs[0]], second = node.outputs[0];
    if (first == second) return true;
    for (const Form& f : forms_[first]) {
      plan_.buffer(f.buffer).values += 1;
      forms_[second].push_back(f);
    }
    return true;
  }
  if (node.op != Op::QuantizeLinear || observed_ || !known_to_onednn(node.inputs[0])) return false;
  const auto format = stated_format(Operation(graph_, node));
  if (!format || format->per_channel() || graph_.value(node.inputs[0]).is_constant) return false;
  ValueId reals = kNoValue;
  for (NodeId n : graph_.consumers(node.outputs[0])) {
    const Node& reader = graph_.nodes[n];
    if (reader.op != Op::DequantizeLinear || stated_format(Operation(graph_, reader)) != format) return false;
    if (reals == kNoValue) reals = reader.outputs[0];
  }
  const bool is_output =
      std::find(graph_.outputs.begin(), graph_.outputs.end(), node.outputs[0]) != graph_.outputs.end();
  if (reals == kNoValue || is_output) return false;
  rounded_[node.outputs[0]] = reals;
  const Form in = forms_[node.inputs[0]].front(), out = in_place(node.inputs[0], in, reals);
  const auto count = static_cast<int64_t>(in.layout.get_size() / sizeof(float));
  plan_.add_step({in.buffer, out.buffer}, [in, out, count, q = *format](Plan::Running& r, const Plan& plan) {
    tensor::round_to_codes(reinterpret_cast<const float*>(plan.at(r, in.buffer)),
                           reinterpret_cast<float*>(plan.at(r, out.buffer)), count, q);
  });
  return true;
}

void Builder::add_evaluation(NodeId n) {
  const Node& node = graph_.nodes[n];
  struct Operand {
    std::optional<size_t> buffer;
    ValueId value = kNoValue;
  };
  std::vector<Operand> operands;
  std::vector<size_t> uses, results;
  for (ValueId v : node.inputs) {
    Operand& o = operands.emplace_back(Operand{std::nullopt, v});
    if (v == kNoValue || graph_.value(v).is_constant) continue;
    o.buffer = plain(v).buffer;
    uses.push_back(*o.buffer);
  }
  for (ValueId v : node.outputs) {
    results.push_back(plan_.add_buffer({.kind = Buffer::Kind::Held}));
    uses.push_back(results.back());
    if (v != kNoValue) forms_[v] = {{results.back(), layout_of(v), true}};
  }
  plan_.add_step(uses, [&graph = graph_, n, operands, results](Plan::Running& r, const Plan& plan) {
    std::vector<Tensor> inputs;
    for (const Operand& o : operands) {
      if (o.value == kNoValue)
        inputs.emplace_back();
      else if (!o.buffer)
        inputs.push_back(*graph.value(o.value).constant);
      else
        inputs.push_back(
            plan.tensor_at(r, *o.buffer, graph.value(o.value).element, graph.value(o.value).shape));
    }
    std::vector<Tensor> made = evaluate(graph, n, inputs);
    for (size_t k = 0; k < results.size(); ++k) r.held[results[k]] = plan.owned(r, std::move(made[k]));
  });
}

void Builder::observe(const Node& node) {
  for (ValueId v : node.outputs) {
    if (v == kNoValue) continue;
    size_t b = plain(v).buffer;
    plan_.add_step({b}, [&graph = graph_, v, b](Plan::Running& r, const Plan& plan) {
      Tensor seen = plan.tensor_at(r, b, graph.value(v).element, graph.value(v).shape);
      (*r.see)(v, plan.owned(r, std::move(seen)));
    });
  }
}

Plan make_plan(const Graph& graph, PackedWeights& packed, bool observed) {
  return Builder(graph, packed, observed).build();
}

}  // namespace ohmweave::network
