// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/mapping/mapping.h"
#include "ohmweave/mapping/settings.h"
#include "ohmweave/mapping/trace.h"

namespace ohmweave::mapping {

/// A loop over positions of a value: which axis of the value it walks.
struct Position {
  program::Dim dim;
  size_t axis = 0;
  int64_t extent = 1;
};

/// One operand of a task: where it comes from and how large its window is along each of the task's positions.
struct Operand {
  Origin origin;
  // Per position of the task: a window covers `span` elements, the next is `stride` on; of them, only every
  // `divide`-th is stored (zeros stand between).
  std::vector<int64_t> span, stride, divide;
  int64_t elements = 0;  // of one item: values of a window at one of its places (channels)
};

/// Tiles (or whatever group the design places layers in) that tasks share.
struct Region {
  std::string name;
  int64_t first = 0, groups = 1;
};

/// What becomes one stage: lowering makes them, the passes after it fill them in, emission turns them into the
/// program.
struct Task {
  std::string name;
  network::NodeId node = 0;
  std::vector<network::NodeId> after;  // nodes fused behind it: the activation
  Where where = Where::NotModelled;
  const machine::Node* unit = nullptr;  // of a digital task; of a recurrent product, what computes its state
  network::ValueId output = network::kNoValue;
  std::vector<network::ValueId> more_outputs;  // complete with the last item: last states of a recurrent layer
  std::vector<Position> positions;             // of the output; its first axis, the sample, is not among them
  std::vector<Operand> operands;
  std::shared_ptr<const array::Plan> plan;  // of a product
  bool recurrent = false;   // reads its own item of the token before; its arrays hold the recurrent weights
  int64_t gate_values = 0;  // of it: values per item that pass the activation unit
  std::vector<std::string> left_out;  // parts of the work that the design models nowhere, for people
  bool private_arrays = false;        // LocalConv: every position has arrays of its own, and all work at once
  int64_t copies_per_array = 1;       // copies that stand in one array
  int64_t output_elements = 1;        // values of one item
  int64_t work =
      1;  // actions of the digital unit per item; of a recurrent product, of its unit beside the arrays

  std::vector<int64_t> lanes;  // per position
  size_t region = 0;
  int64_t first_array = 0;       // of a product, among the arrays of all chips, group after group
  double deliveries = 1;         // groups that receive an item of this task's output, on average
  double remote_deliveries = 0;  // of them, groups other than those it is made in
  double chip_deliveries = 0;    // chips that receive it over a link
  std::vector<size_t> readers;   // tasks that read it

  // Where designs send results (`pipeline.send`):
  std::optional<size_t> follows;         // its maker, with which it works, on results where they are
  bool sends = false;                    // others read what a stage of its own sends
  std::optional<program::StageId> send;  // that stage
  int64_t level = 0;                     // sends on the longest way from an input

  bool is_product() const { return where == Where::Crossbar; }
  int64_t items() const;    // per sample
  int64_t copies() const;   // lanes of all positions
  int64_t firings() const;  // per sample
  int64_t arrays() const;
};

/// Everything the passes share.
struct Context {
  const machine::Machine& machine;
  const Options& options;
  Settings settings;
  Mapping& out;
  program::Program& program;
  std::vector<Task> tasks;
  std::vector<Region> regions;
  std::vector<program::StageId> loads;  // stages that bring inputs of the network

  const machine::Node* place = nullptr;  // the group layers take whole instances of
  int64_t arrays_per_group = 0, groups_per_chip = 0;
  int64_t groups_per_network = 0;  // that one copy of the network may take

  const network::Graph& network() const { return out.network; }
  /// The memory that operands are fetched from; the arrays, if they stand there already.
  const machine::Node& memory() const {
    const auto& fetch = settings.pipeline.fetch.through;
    return fetch.empty() ? machine.arrays() : *machine.find(fetch.front());
  }
  /// The store that readers of a task's result read.
  program::StoreId result_of(size_t task) const;
  /// The task whose result a value is, if any.
  std::optional<size_t> task_of(network::ValueId value) const;
};

constexpr int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

void lower(Context& context);  // nodes -> tasks
void plan(Context& context);   // products -> arrays
void choose_chips(Context& context);
void replicate(Context& context);  // lanes
void place(Context& context);      // regions
void route(Context& context);      // who receives what
void join(Context& context);       // who works together, in which beat
void emit(Context& context);       // tasks -> stages, stores, steps
void order(Context& context);      // the schedule
void lockstep(Context& context);   // its beats
void size(Context& context);       // capacities of stores
void summarize(Context& context);  // what people want to know

}  // namespace ohmweave::mapping
