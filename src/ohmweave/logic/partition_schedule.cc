// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/partition_schedule.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {
namespace {

constexpr int kMostCells = 1 << 16;

class Partitions {
 public:
  Partitions(const Netlist& netlist, const NorNetwork& network, int width, int count)
      : netlist_(netlist),
        network_(network),
        width_(width),
        count_(count),
        readers_(static_cast<size_t>(network.nodes())),
        reads_left_(readers_.size()),
        height_(readers_.size()),
        place_(readers_.size(), -1),
        next_(static_cast<size_t>(count)),
        free_(static_cast<size_t>(count)),
        spent_(static_cast<size_t>(count)) {
    for (NorNode n = network.inputs; n < network.nodes(); ++n) {
      for (const NorNode m : network.gate(n).used()) readers_[index(m)].push_back(n);
    }
    for (size_t n = 0; n < readers_.size(); ++n) reads_left_[n] = static_cast<int>(readers_[n].size());
    for (const NorNode n : network.outputs) {  // what leaves is never spent
      if (n >= 0) ++reads_left_[index(n)];
    }
    for (NorNode n = network.nodes() - 1; n >= 0; --n) {
      for (const NorNode reader : readers_[index(n)])
        height_[index(n)] = std::max(height_[index(n)], height_[index(reader)] + 1);
    }
  }

  /// Nothing if the partitions are too narrow.
  std::optional<PartitionSchedule> run() {
    if (!place_inputs() || !place_constants()) return std::nullopt;
    std::vector<int> waiting(readers_.size());
    std::vector<NorNode> ready;
    for (NorNode n = network_.inputs; n < network_.nodes(); ++n) {
      for (const NorNode m : network_.gate(n).used()) waiting[index(n)] += network_.is_gate(m) ? 1 : 0;
      if (waiting[index(n)] == 0) ready.push_back(n);
    }
    while (!ready.empty()) {
      std::sort(ready.begin(), ready.end(), [&](NorNode a, NorNode b) {
        return height_[index(a)] != height_[index(b)] ? height_[index(a)] > height_[index(b)] : a < b;
      });
      std::vector<NorNode> done;
      std::vector<uint8_t> busy(static_cast<size_t>(count_));
      for (const NorNode n : ready) {
        bool blocked = false;
        if (issue(n, busy, !done.empty(), blocked)) done.push_back(n);
        if (blocked && done.empty() && any_spent()) break;  // an initialisation helps the most urgent gate
      }
      if (done.empty()) {
        if (!initialise_spent()) return std::nullopt;
        continue;
      }
      ++cycles_;
      for (const NorNode n : done) {
        std::erase(ready, n);
        for (const NorNode m : network_.gate(n).used()) release(m);
        for (const NorNode reader : readers_[index(n)]) {
          if (--waiting[index(reader)] == 0) ready.push_back(reader);
        }
      }
    }
    return finish();
  }

 private:
  size_t index(NorNode n) const { return static_cast<size_t>(n); }
  int partition_of(int cell) const { return cell / width_; }

  bool place_inputs() {
    const std::vector<NetlistPort> all = ports(netlist_, netlist_.inputs);
    for (size_t p = 0; p < all.size(); ++p) {
      const auto bits = static_cast<int>(all[p].places.size());
      for (int k = 0; k < bits; ++k) {
        const int wanted =
            bits > 1 ? k * count_ / bits : static_cast<int>(p) * count_ / static_cast<int>(all.size());
        const int cell = take_near(wanted, 0, count_ - 1);
        if (cell < 0) return false;
        place_[static_cast<size_t>(all[p].places[static_cast<size_t>(k)])] = cell;
      }
    }
    return true;
  }
  bool place_constants() {
    for (const NorNode constant : {kFalse, kTrue}) {
      if (std::find(network_.outputs.begin(), network_.outputs.end(), constant) == network_.outputs.end())
        continue;
      const int cell = take_near(0, 0, count_ - 1);
      if (cell < 0) return false;
      (constant == kFalse ? false_ : true_) = cell;
    }
    return true;
  }

  /// A free cell of a partition from `low` to `high`, as near to `wanted` as there is one; -1 if there is none.
  int take_near(int wanted, int low, int high) {
    for (int away = 0; away < count_; ++away) {
      for (const int p : {wanted - away, wanted + away}) {
        if (p < low || p > high) continue;
        const auto at = static_cast<size_t>(p);
        if (next_[at] < width_) return p * width_ + next_[at]++;
        if (free_[at].empty()) continue;
        const int cell = free_[at].back();
        free_[at].pop_back();
        return cell;
      }
    }
    return -1;
  }

  /// Puts a gate into this cycle (`joins` others in it) if its partitions are idle and there is a cell;
  /// `blocked` tells that only the cell was missing.
  bool issue(NorNode n, std::vector<uint8_t>& busy, bool joins, bool& blocked) {
    int low = count_, high = -1;
    for (const NorNode m : network_.gate(n).used()) {
      low = std::min(low, partition_of(place_[index(m)]));
      high = std::max(high, partition_of(place_[index(m)]));
    }
    const auto idle = [&](int from, int to) {
      return std::find(busy.begin() + from, busy.begin() + to + 1, 1) == busy.begin() + to + 1;
    };
    if (!idle(low, high)) return false;
    int cell = take_near(std::clamp(place_wanted(n, low, high), low, high), low, high);
    if (cell < 0) {  // further away, through partitions that do nothing else now
      int from = low, to = high;
      while (from > 0 && busy[static_cast<size_t>(from - 1)] == 0) --from;
      while (to + 1 < count_ && busy[static_cast<size_t>(to + 1)] == 0) ++to;
      if (!any_spent()) cell = take_near(low, from, to);
    }
    if (cell < 0) {
      blocked = true;
      return false;
    }
    low = std::min(low, partition_of(cell));
    high = std::max(high, partition_of(cell));
    std::fill(busy.begin() + low, busy.begin() + high + 1, 1);
    across_ += high > low ? 1 : 0;
    place_[index(n)] = cell;
    const NorGate& gate = network_.gate(n);
    std::vector<int> cells{cell};
    for (const NorNode m : gate.used()) cells.push_back(place_[index(m)]);
    steps_.push_back({gate.fan_in == 1 ? Gate::Not : Gate::Nor, joins, std::move(cells)});
    return true;
  }

  /// The middle of what this gate's readers read besides, or of its own inputs.
  int place_wanted(NorNode n, int low, int high) const {
    int sum = 0, known = 0;
    for (const NorNode reader : readers_[index(n)]) {
      for (const NorNode m : network_.gate(reader).used()) {
        if (m == n || place_[index(m)] < 0) continue;
        sum += partition_of(place_[index(m)]);
        ++known;
      }
    }
    return known > 0 ? (sum + known / 2) / known : (low + high) / 2;
  }

  void release(NorNode m) {
    if (--reads_left_[index(m)] == 0 && network_.is_gate(m))
      spent_[static_cast<size_t>(partition_of(place_[index(m)]))].push_back(place_[index(m)]);
  }

  bool any_spent() const {
    return std::any_of(spent_.begin(), spent_.end(), [](const auto& cells) { return !cells.empty(); });
  }

  bool initialise_spent() {
    bool joins = false;
    for (size_t p = 0; p < spent_.size(); ++p) {
      for (const int cell : spent_[p]) {
        steps_.push_back({Gate::Init1, joins, {cell}});
        joins = true;
      }
      free_[p].insert(free_[p].end(), spent_[p].begin(), spent_[p].end());
      spent_[p].clear();
    }
    if (joins) ++cycles_, ++reinitialisations_;
    return joins;
  }

  PartitionSchedule finish() {
    const int used = std::max(1, *std::max_element(next_.begin(), next_.end()));
    const auto bitline = [&](int cell) {
      return static_cast<Bitline>(partition_of(cell) * used + cell % width_);
    };
    PartitionSchedule out;
    std::vector<LogicOperation>& all = out.program.operations;
    if (false_ >= 0) all.push_back(LogicOperation::gate_of(Gate::Init0, {}, bitline(false_)));
    std::vector<uint8_t> is_input(static_cast<size_t>(width_ * count_));
    for (NorNode n = 0; n < network_.inputs; ++n) is_input[static_cast<size_t>(place_[index(n)])] = 1;
    bool joins = false;
    for (int p = 0; p < count_; ++p) {
      for (int cell = p * width_; cell < p * width_ + next_[static_cast<size_t>(p)]; ++cell) {
        if (is_input[static_cast<size_t>(cell)] != 0 || cell == false_) continue;
        all.push_back(LogicOperation::gate_of(Gate::Init1, {}, bitline(cell)));
        all.back().joins = joins;
        joins = true;
      }
    }
    for (const Step& step : steps_) {
      LogicOperation operation = LogicOperation::gate_of(step.gate, {}, bitline(step.cells[0]));
      operation.joins = step.joins;
      operation.fan_in = static_cast<uint8_t>(step.cells.size() - 1);
      for (size_t k = 1; k < step.cells.size(); ++k) operation.inputs[k - 1] = bitline(step.cells[k]);
      all.push_back(operation);
    }
    out.program.name = netlist_.name;
    out.program.bitlines = used * count_;
    for (int p = 0; p < count_; ++p) out.program.partitions.push_back(static_cast<Bitline>(p * used));
    for (const NetlistPort& port : ports(netlist_, netlist_.inputs)) {
      out.program.inputs.push_back({port.name, {}});
      for (const int k : port.places)
        out.program.inputs.back().cells.push_back(bitline(place_[static_cast<size_t>(k)]));
    }
    for (const NetlistPort& port : ports(netlist_, netlist_.outputs)) {
      out.program.outputs.push_back({port.name, {}});
      for (const int k : port.places) {
        const NorNode n = network_.outputs[static_cast<size_t>(k)];
        const int cell = n == kFalse ? false_ : n == kTrue ? true_ : place_[index(n)];
        out.program.outputs.back().cells.push_back(bitline(cell));
      }
    }
    out.cycles = cycles_;
    out.reinitialisations = reinitialisations_;
    out.across = across_;
    return out;
  }

  struct Step {
    Gate gate;
    bool joins;
    std::vector<int> cells;  // output, inputs
  };

  const Netlist& netlist_;
  const NorNetwork& network_;
  int width_, count_;
  std::vector<std::vector<NorNode>> readers_;
  std::vector<int> reads_left_;
  std::vector<int> height_;  // gates on the longest way to an output
  std::vector<int> place_;   // cell, partition by partition
  std::vector<int> next_;    // by partition: the first place nobody has used
  std::vector<std::vector<int>> free_, spent_;
  int false_ = -1, true_ = -1;
  std::vector<Step> steps_;
  int64_t cycles_ = 0, reinitialisations_ = 0, across_ = 0;
};

}  // namespace

PartitionSchedule schedule_partitions(const Netlist& netlist, const NorNetwork& network, int cells,
                                      int partitions) {
  OHMWEAVE_CHECK(partitions > 0, "there is a partition at least");
  const auto with = [&](int width) { return Partitions(netlist, network, width, partitions).run(); };
  const int width = std::min(cells, kMostCells) / partitions;
  if (width > 0) {
    if (auto done = with(width)) return *std::move(done);
  }
  int low = width, high = std::max(2 * width, 4);  // too narrow, and tried next
  while (high * partitions <= kMostCells && !with(high)) low = high, high *= 2;
  if (high * partitions > kMostCells)
    base::fail(netlist.name, fmt::format("{} cells in {} partitions are too few for its {} gates", cells,
                                         partitions, network.gates.size()));
  while (high - low > 1) (with((low + high) / 2) ? high : low) = (low + high) / 2;
  base::fail(netlist.name,
             fmt::format("{} cells in {} partitions are too few: its {} inputs and {} gates find room in {}",
                         cells, partitions, network.inputs, network.gates.size(), high * partitions));
}

}  // namespace ohmweave::logic
