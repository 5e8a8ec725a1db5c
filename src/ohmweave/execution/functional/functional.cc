// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/functional.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/execution/functional/channels.h"
#include "ohmweave/execution/functional/product.h"
#include "ohmweave/execution/functional/real_product.h"
#include "ohmweave/execution/functional/recurrence.h"
#include "ohmweave/execution/functional/values.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::execution {
namespace {

using network::Graph;
using network::NodeId;
using network::ValueId;
using tensor::Tensor;
using Tallies = std::vector<array::Tally>;  // by stage

}  // namespace

struct Functional::State {
  const program::Program& program;
  const Graph& network;
  const std::optional<tensor::FloatingPoint> floating;
  std::map<size_t, HeldProduct> products;        // by stage
  std::map<size_t, RealProduct> real_products;   // the same of a machine of floating-point numbers
  std::map<size_t, HeldRecurrence> recurrences;  // by stage
  std::map<int64_t, std::optional<Graph>> batched;
  std::vector<std::vector<ValueId>> dead;           // values nobody reads after a stage
  std::vector<bool> exact;                          // stages whose sums are; empty: none
  std::map<size_t, ChannelCorrection> corrections;  // by stage
  Activity activity;

  /// While recalibrating: sees the reals of a product before anything else, and may change them.
  std::function<void(size_t stage, const network::Node& node, Tensor& reals)> see_sums;

  State(const program::Program& p, const Graph& n, const std::optional<tensor::FloatingPoint>& f)
      : program(p), network(n), floating(f), dead(p.stages.size()) {}

  /// Samples of a batch.
  int64_t batch_of(std::span<const Tensor> inputs) const {
    const auto axis = static_cast<size_t>(std::max(network.batch_axis(0), 0));
    return inputs.empty() || inputs[0].rank() <= axis ? 1 : inputs[0].dim(axis);
  }
  /// The network for another batch; the network itself if it already is, nothing if it cannot be batched.
  const Graph* for_batch(int64_t batch) {
    if (batch == network.batch()) return &network;
    auto [it, fresh] = batched.try_emplace(batch);
    if (fresh) it->second = network::with_batch(network, batch);
    return it->second ? &*it->second : nullptr;
  }
  /// The same for a batch that was asked for before, from any thread.
  const Graph* batched_graph(int64_t batch) const {
    return batch == network.batch() ? &network : &*batched.at(batch);
  }

  void find_last_readers() {
    std::map<ValueId, size_t> last;
    for (size_t k = 0; k < program.stages.size(); ++k) {
      if (std::holds_alternative<program::Move>(program.stages[k].operation)) continue;
      for (program::StoreId s : program.stages[k].writes) {
        for (ValueId v : program[s].values) last[v] = k;
      }
      for (const program::Read& r : program.stages[k].reads) {
        for (ValueId v : program[r.store].values) last[v] = k;
      }
    }
    std::set<ValueId> kept;
    for (ValueId v : network.outputs) keep(v, kept);
    for (const auto& [v, stage] : last) {
      if (!kept.count(v)) dead[stage].push_back(v);
    }
  }
  void keep(ValueId v, std::set<ValueId>& kept) const {  // a network output and what its views look at
    if (!kept.insert(v).second) return;
    if (auto maker = network.producer(v)) {
      for (ValueId x : network.nodes[*maker].inputs) {
        if (x != network::kNoValue && network::family_of(network.nodes[*maker].op) == network::Family::View)
          keep(x, kept);
      }
    }
  }

  /// Whether nothing is left to do for a node because its result is stored in codes, the least of which stands
  /// for zero: what a Relu takes off is clipped there too.
  static bool clipped_by_codes(const Graph& graph, const network::Node& node) {
    if (node.op != network::Op::Relu) return false;
    const std::optional<tensor::Quantization>& format = graph.value(node.outputs[0]).format;
    return format && !format->per_channel() && format->format.least() == format->zero_point();
  }

  static void evaluate(const Graph& graph, std::span<const NodeId> nodes, Values& values) {
    const network::Node& node = graph.nodes[nodes[0]];
    const bool done =
        nodes.size() == 1 || (nodes.size() == 2 && clipped_by_codes(graph, graph.nodes[nodes[1]]));
    if (done && values.evaluate_elements(nodes[0], graph.nodes[nodes.back()].outputs[0])) return;
    std::vector<Tensor> inputs;
    for (ValueId v : node.inputs) inputs.push_back(v == network::kNoValue ? Tensor() : values.reals(v));
    std::vector<Tensor> results = network::evaluate(graph, nodes[0], inputs);
    if (nodes.size() > 1)
      return finish(graph, node.outputs[0], std::move(results[0]), nodes.subspan(1), values);
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] != network::kNoValue) values.put(node.outputs[k], std::move(results[k]));
    }
  }

  /// The value that a product's sums become, if that is stored in codes and nothing else is done to them
  /// before.
  ValueId made_of_sums(const Graph& graph, const program::Product& p, size_t stage) const {
    const bool done =
        p.after.empty() || (p.after.size() == 1 && clipped_by_codes(graph, graph.nodes[p.after[0]]));
    if (floating || see_sums || corrections.count(stage) > 0 || !done) return network::kNoValue;
    const ValueId made = graph.nodes[p.after.empty() ? p.node : p.after[0]].outputs[0];
    const std::optional<tensor::Quantization>& format = graph.value(made).format;
    return format && !format->per_channel() && format->format.bits <= 16 ? made : network::kNoValue;
  }

  void product(const Graph& graph, const program::Product& p, size_t stage, int64_t first, Values& values,
               Tallies& tallies, Functional::Seen* all_seen) const {
    const network::Node& node = graph.nodes[p.node];
    array::SeenSums ignored;
    array::SeenSums* seen = all_seen != nullptr              ? &(*all_seen)[p.node]
                            : !exact.empty() && exact[stage] ? &ignored
                                                             : nullptr;
    if (auto held = recurrences.find(stage); held != recurrences.end()) {
      std::vector<Tensor> inputs;
      for (ValueId v : node.inputs) inputs.push_back(v == network::kNoValue ? Tensor() : values.reals(v));
      std::vector<Tensor> results = held->second.run(node, inputs, first, tallies[stage], seen);
      for (size_t k = 0; k < node.outputs.size(); ++k) {
        if (node.outputs[k] != network::kNoValue) values.put(node.outputs[k], std::move(results[k]));
      }
      return;
    }
    if (const ValueId v = made_of_sums(graph, p, stage); v != network::kNoValue)
      return values.put_codes(v, products.at(stage).run(values.codes(node.inputs[0]), &*graph.value(v).format,
                                                        first, tallies[stage], seen));
    Tensor reals =
        floating ? real_products.at(stage).run(tensor::round(values.reals(node.inputs[0]), *floating),
                                               seen != nullptr, tallies[stage])
                 : products.at(stage).run(values.codes(node.inputs[0]), nullptr, first, tallies[stage], seen);
    if (see_sums) {
      see_sums(stage, node, reals);
    } else if (const auto own = corrections.find(stage); own != corrections.end() && seen == nullptr) {
      own->second.apply(node, reals);
    }
    finish(graph, node.outputs[0], std::move(reals), p.after, values);
  }

  /// What is applied to a result on its way: the values between are never stored, so never rounded.
  static void finish(const Graph& graph, ValueId made, Tensor reals, std::span<const NodeId> nodes,
                     Values& values) {
    for (NodeId after : nodes) {
      made = graph.nodes[after].outputs[0];
      if (after == nodes.back() && clipped_by_codes(graph, graph.nodes[after])) break;
      std::vector<Tensor> inputs{std::move(reals)};
      for (size_t k = 1; k < graph.nodes[after].inputs.size(); ++k) {
        ValueId v = graph.nodes[after].inputs[k];
        inputs.push_back(v == network::kNoValue ? Tensor() : values.reals(v));
      }
      reals = network::evaluate(graph, after, inputs)[0];
    }
    values.put(made, std::move(reals));
  }

  /// Whether a stage makes values, and a network value of them is stored.
  bool computes(const program::Stage& stage) const {
    const bool makes = std::holds_alternative<program::Evaluate>(stage.operation) ||
                       std::holds_alternative<program::Product>(stage.operation);
    return makes && !stage.writes.empty() && !program[stage.writes.front()].values.empty();
  }

  /// `first` is the number of the first sample in the whole run.
  std::vector<Tensor> run(const Graph& graph, std::span<const Tensor> inputs, int64_t first, Tallies& tallies,
                          Functional::Seen* seen = nullptr, const Functional::See& see = {}) const {
    Values values(graph, floating);
    for (size_t k = 0; k < inputs.size(); ++k) values.put(graph.inputs[k], inputs[k]);
    for (size_t k = 0; k < program.stages.size(); ++k) {
      const program::Stage& stage = program.stages[k];
      if (const auto* e = std::get_if<program::Evaluate>(&stage.operation)) {
        evaluate(graph, e->nodes, values);
      } else if (const auto* p = std::get_if<program::Product>(&stage.operation)) {
        product(graph, *p, k, first, values, tallies, seen);
      }
      if (see && computes(stage)) see(k, values.reals(program[stage.writes.front()].values.front()));
      for (ValueId v : dead[k]) values.drop(v);
    }
    std::vector<Tensor> out;
    for (ValueId v : graph.outputs) out.push_back(values.reals(v));
    return out;
  }
};

Functional::Functional(const program::Program& program, const Graph& network, const machine::Machine& machine,
                       uint64_t seed)
    : state_(std::make_unique<State>(program, network, machine.formats.floating)) {
  state_->activity.tallies.resize(program.stages.size());
  base::Diagnostics refused;  // by arrays, which know weights and not whose they are
  for (size_t k = 0; k < program.stages.size(); ++k) {
    const auto* p = std::get_if<program::Product>(&program.stages[k].operation);
    if (!p) continue;
    const program::Store& held = program[p->held];
    const auto& cells = std::get<program::Cells>(held.where);
    const array::Array& array = *machine.find(cells.arrays)->array;
    auto arguments = std::forward_as_tuple(network, p->node, array, cells.plan, seed, held.name);
    try {
      if (network::is_recurrent(network.nodes[p->node].op))
        state_->recurrences.emplace(std::piecewise_construct, std::forward_as_tuple(k), std::move(arguments));
      else if (state_->floating)
        state_->real_products.emplace(std::piecewise_construct, std::forward_as_tuple(k),
                                      std::forward_as_tuple(network, p->node, array, cells.plan));
      else
        state_->products.emplace(std::piecewise_construct, std::forward_as_tuple(k), std::move(arguments));
    } catch (const base::Failure& failure) {
      for (const base::Diagnostic& d : failure.diagnostics().all())
        refused.error(base::whole(network.nodes[p->node].name), d.message);
    }
  }
  refused.stop_if_errors();
  state_->find_last_readers();
}

Functional::~Functional() = default;
const Activity& Functional::activity() const { return state_->activity; }

void Functional::set_exact(std::vector<bool> stages) {
  OHMWEAVE_CHECK(stages.empty() || stages.size() == state_->program.stages.size(), "stages of another program");
  state_->exact = std::move(stages);
}

void Functional::recalibrate(std::span<const Tensor> inputs) {
  const Graph& network = state_->network;
  const Graph* graph = state_->for_batch(state_->batch_of(inputs));
  if (graph == nullptr) base::fail(network.name, "cannot be recalibrated: it is made for one batch");
  Tallies none(state_->program.stages.size());
  Seen seen;
  std::map<size_t, ChannelStatistics> exact;
  state_->see_sums = [&](size_t stage, const network::Node& node, Tensor& reals) {
    exact[stage] = channel_statistics(node, reals);
  };
  state_->run(*graph, inputs, 0, none, &seen);
  state_->see_sums = [&](size_t stage, const network::Node& node, Tensor& reals) {
    ChannelCorrection& own = state_->corrections[stage];
    own = ChannelCorrection(exact.at(stage), channel_statistics(node, reals));
    own.apply(node, reals);
  };
  state_->run(*graph, inputs, 0, none);
  state_->see_sums = nullptr;
}

void Functional::observe(std::span<const Tensor> inputs, Seen& seen) {
  const Graph& network = state_->network;
  const int64_t batch = state_->batch_of(inputs);
  const Graph* graph = state_->for_batch(batch);
  const int64_t parts = graph != nullptr ? 1 : batch;  // a network that cannot be batched goes sample by sample
  for (int64_t k = 0; k < parts; ++k) {  // one after the other, so that results are the same with any threads
    std::vector<Tensor> own;
    for (const Tensor& t : inputs) own.push_back(parts == 1 ? t : t.slice(k, k + 1));
    Tallies none(state_->program.stages.size());
    state_->run(graph != nullptr ? *graph : network, own, 0, none, &seen);
  }
}

void Functional::look(std::span<const Tensor> inputs, bool exact_sums, const See& see) {
  const Graph& network = state_->network;
  const int64_t batch = state_->batch_of(inputs);
  const Graph* graph = state_->for_batch(batch);
  if (graph == nullptr)
    base::fail(network.name,
               fmt::format("is made for a batch of {} and cannot take {}", network.batch(), batch));
  Tallies none(state_->program.stages.size());
  Seen seen;
  state_->run(*graph, inputs, 0, none, exact_sums ? &seen : nullptr, see);
}

std::vector<Tensor> Functional::run(std::span<const Tensor> inputs) {
  const Graph& network = state_->network;
  const int64_t batch = state_->batch_of(inputs);
  // Threads take samples of their own through the whole network, so that none waits for others between layers;
  // with fewer samples than threads, the layers share them. A network that cannot be batched goes sample by
  // sample.
  const int64_t threads = base::thread_count();
  const bool batched = state_->for_batch(batch) != nullptr;
  // Where samples do not stand first, they stay together.
  const bool first =
      std::all_of(network.batch_axes.begin(), network.batch_axes.end(), [](int a) { return a == 0; });
  const int64_t parts = !first ? 1 : !batched ? batch : batch >= threads ? threads : 1;
  if (!batched && parts == 1 && batch != network.batch())
    base::fail(network.name,
               fmt::format("is made for a batch of {} and cannot take {}", network.batch(), batch));
  auto begin_of = [&](int64_t part) { return batch * part / parts; };
  for (int64_t k = 0; k < parts; ++k) state_->for_batch(begin_of(k + 1) - begin_of(k));

  std::vector<std::vector<Tensor>> results(static_cast<size_t>(parts));
  std::vector<Tallies> tallies(static_cast<size_t>(parts), Tallies(state_->program.stages.size()));
  base::parallel_for(parts, [&](int64_t k) {
    std::vector<Tensor> own;
    for (const Tensor& t : inputs) own.push_back(parts == 1 ? t : t.slice(begin_of(k), begin_of(k + 1)));
    const Graph* graph = batched ? state_->batched_graph(begin_of(k + 1) - begin_of(k)) : &state_->network;
    results[static_cast<size_t>(k)] =
        state_->run(*graph, own, state_->activity.samples + begin_of(k), tallies[static_cast<size_t>(k)]);
  });
  state_->activity.samples += batch;
  for (const Tallies& part : tallies) {
    for (size_t stage = 0; stage < part.size(); ++stage) state_->activity.tallies[stage].add(part[stage]);
  }
  if (parts == 1) return std::move(results[0]);
  std::vector<Tensor> out;
  for (size_t output = 0; output < results[0].size(); ++output) {
    std::vector<Tensor> pieces;
    for (const auto& r : results) pieces.push_back(r[output]);
    out.push_back(tensor::concatenate(pieces));
  }
  return out;
}

}  // namespace ohmweave::execution
