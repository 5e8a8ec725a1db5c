// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/simpler.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {
namespace {

constexpr int kMostCells = 1 << 16;

/// Gates in the order of the schedule: each output's cone, what takes more cells first.
class Order {
 public:
  explicit Order(const NorNetwork& network)
      : network_(network), usage_(network.gates.size()), done_(network.gates.size()) {
    std::vector<uint8_t> read(network.gates.size());
    for (size_t g = 0; g < network.gates.size(); ++g) {
      usage_[g] = cell_usage(network.gates[g]);
      for (const NorNode n : network.gates[g].used()) {
        if (network.is_gate(n)) read[index(n)] = 1;
      }
    }
    // The roots of the graph; an output that feeds other gates is on the way to one of them.
    for (const NorNode n : network.outputs) {
      if (network.is_gate(n) && read[index(n)] == 0) visit(n);
    }
  }
  const std::vector<NorNode>& gates() const { return order_; }

 private:
  size_t index(NorNode n) const { return static_cast<size_t>(n - network_.inputs); }

  std::vector<NorNode> children(const NorGate& gate) const {
    std::vector<NorNode> out;
    for (const NorNode n : gate.used()) {
      if (network_.is_gate(n)) out.push_back(n);
    }
    return out;
  }

  /// Cells that a tree below a gate takes at least (Sethi and Ullman's numbers, section III of the paper).
  int cell_usage(const NorGate& gate) const {
    std::vector<int> below;
    for (const NorNode n : children(gate)) below.push_back(usage_[index(n)]);
    std::sort(below.begin(), below.end(), std::greater<>());
    int usage = 1;
    for (size_t k = 0; k < below.size(); ++k) usage = std::max(usage, below[k] + static_cast<int>(k));
    return usage;
  }

  void visit(NorNode root) {
    std::vector<NorNode> stack{root};
    while (!stack.empty()) {
      const NorNode n = stack.back();
      if (done_[index(n)] != 0) {
        stack.pop_back();
        continue;
      }
      std::vector<NorNode> open;
      for (const NorNode child : children(network_.gate(n))) {
        if (done_[index(child)] == 0) open.push_back(child);
      }
      if (open.empty()) {
        done_[index(n)] = 1;
        order_.push_back(n);
        stack.pop_back();
        continue;
      }
      const auto first = std::max_element(
          open.begin(), open.end(), [&](NorNode a, NorNode b) { return usage_[index(a)] < usage_[index(b)]; });
      stack.push_back(*first);
    }
  }

  const NorNetwork& network_;
  std::vector<int> usage_;
  std::vector<uint8_t> done_;
  std::vector<NorNode> order_;
};

class Row {
 public:
  Row(const NorNetwork& network, int cells)
      : network_(network), cells_(cells), readers_(static_cast<size_t>(network.nodes())) {
    for (const NorGate& gate : network.gates) {
      for (const NorNode n : gate.used()) ++readers_[static_cast<size_t>(n)];
    }
    constants_[0] = std::find(network.outputs.begin(), network.outputs.end(), kFalse) != network.outputs.end();
    constants_[1] = std::find(network.outputs.begin(), network.outputs.end(), kTrue) != network.outputs.end();
    for (const NorNode n : network.outputs) {  // what leaves is never overwritten
      if (n >= 0) ++readers_[static_cast<size_t>(n)];
    }
  }

  int fixed() const { return network_.inputs + (constants_[0] ? 1 : 0) + (constants_[1] ? 1 : 0); }

  /// The most cells that are taken at one time, whatever the budget is.
  int least_cells(const std::vector<NorNode>& order) const {
    std::vector<int> readers = readers_;
    int live = fixed(), most = live;
    for (const NorNode n : order) {
      most = std::max(most, ++live);
      for (const NorNode m : network_.gate(n).used()) {
        if (--readers[static_cast<size_t>(m)] == 0 && network_.is_gate(m)) --live;
      }
    }
    return most;
  }

  RowSchedule run(const Netlist& netlist, const std::vector<NorNode>& order) {
    place_.assign(static_cast<size_t>(network_.nodes()), 0);
    for (NorNode n = 0; n < network_.inputs; ++n) place_[static_cast<size_t>(n)] = static_cast<Bitline>(n);
    next_ = fixed();
    in_use_ = most_in_use_ = next_;
    std::vector<int> readers = readers_;
    for (const NorNode n : order) {
      const Bitline cell = take();
      place_[static_cast<size_t>(n)] = cell;
      LogicOperation operation;
      const NorGate& gate = network_.gate(n);
      operation.gate = gate.fan_in == 1 ? Gate::Not : Gate::Nor;
      operation.fan_in = gate.fan_in;
      operation.output = cell;
      for (size_t k = 0; k < gate.fan_in; ++k)
        operation.inputs[k] = place_[static_cast<size_t>(gate.inputs[k])];
      operations_.push_back(operation);
      for (const NorNode m : gate.used()) {
        if (--readers[static_cast<size_t>(m)] > 0 || !network_.is_gate(m)) continue;
        used_up_.push_back(place_[static_cast<size_t>(m)]);
        --in_use_;
      }
    }
    return finish(netlist);
  }

 private:
  Bitline take() {
    most_in_use_ = std::max(most_in_use_, ++in_use_);
    if (next_ < cells_) return static_cast<Bitline>(next_++);
    if (free_.empty()) {
      OHMWEAVE_CHECK(!used_up_.empty(), "least_cells() says that there is one");
      std::sort(used_up_.begin(), used_up_.end(), std::greater<>());
      initialise(operations_, used_up_, Gate::Init1);
      ++reinitialisations_;
      free_ = std::move(used_up_);
      used_up_.clear();
    }
    const Bitline cell = free_.back();
    free_.pop_back();
    return cell;
  }

  static void initialise(std::vector<LogicOperation>& to, const std::vector<Bitline>& cells, Gate gate) {
    for (size_t k = 0; k < cells.size(); ++k) {
      to.push_back(LogicOperation::gate_of(gate, {}, cells[k]));
      to.back().joins = k > 0;
    }
  }

  Bitline cell_of(NorNode n) const {
    if (n == kFalse) return static_cast<Bitline>(network_.inputs);
    if (n == kTrue) return static_cast<Bitline>(network_.inputs + (constants_[0] ? 1 : 0));
    return place_[static_cast<size_t>(n)];
  }

  RowSchedule finish(const Netlist& netlist) {
    RowSchedule out;
    std::vector<LogicOperation>& all = out.program.operations;
    if (constants_[0]) initialise(all, {cell_of(kFalse)}, Gate::Init0);
    std::vector<Bitline> fresh;
    for (int cell = network_.inputs + (constants_[0] ? 1 : 0); cell < next_; ++cell)
      fresh.push_back(static_cast<Bitline>(cell));
    initialise(all, fresh, Gate::Init1);
    all.insert(all.end(), operations_.begin(), operations_.end());
    out.program.name = netlist.name;
    out.program.bitlines = next_;
    for (const NetlistPort& port : ports(netlist, netlist.inputs)) {
      out.program.inputs.push_back({port.name, {}});
      for (const int k : port.places) out.program.inputs.back().cells.push_back(static_cast<Bitline>(k));
    }
    for (const NetlistPort& port : ports(netlist, netlist.outputs)) {
      out.program.outputs.push_back({port.name, {}});
      for (const int k : port.places)
        out.program.outputs.back().cells.push_back(cell_of(network_.outputs[static_cast<size_t>(k)]));
    }
    out.gates = static_cast<int64_t>(network_.gates.size());
    out.reinitialisations = reinitialisations_;
    out.most_in_use = most_in_use_;
    return out;
  }

  const NorNetwork& network_;
  int cells_;
  std::vector<int> readers_;
  bool constants_[2];
  std::vector<Bitline> place_;
  int next_ = 0;               // the first cell that nobody has used
  std::vector<Bitline> free_;  // initialised again, the lowest last
  std::vector<Bitline> used_up_;
  std::vector<LogicOperation> operations_;
  int in_use_ = 0, most_in_use_ = 0;
  int64_t reinitialisations_ = 0;
};

}  // namespace

RowSchedule schedule_row(const Netlist& netlist, const NorNetwork& network, int cells) {
  const Order order(network);
  Row row(network, std::min(cells, kMostCells));
  const int least = row.least_cells(order.gates());
  if (least > kMostCells)
    base::fail(netlist.name, fmt::format("needs a row of {} cells; {} are possible", least, kMostCells));
  if (cells < least)
    base::fail(netlist.name,
               fmt::format("{} cells are too few: its {} inputs and {} gates need a row of at least {}", cells,
                           network.inputs, network.gates.size(), least));
  RowSchedule out = row.run(netlist, order.gates());
  out.least_cells = least;
  return out;
}

}  // namespace ohmweave::logic
