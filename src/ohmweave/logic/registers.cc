// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/registers.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {
namespace {

using Node = LogicGraph::Node;
using Kind = VectorInstruction::Kind;
using Literal = LogicGraph::Literal;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

/// What is to be done, in order: compute a node, fetch a cell that is copied to another, or store a result.
struct Item {
  enum class What : uint8_t { Compute, Fetch, Store } what;
  uint32_t value;      // whose
  int64_t result = 0;  // Store: which
};

class Allocator {
 public:
  Allocator(const LogicGraph& graph, int registers)
      : nodes_(graph.nodes()), results_(graph.results()), holds_(registers, kNone) {
    list_items();
    find_uses();
    for (now_ = 0; now_ < static_cast<int64_t>(items_.size()); ++now_) {
      perform(items_[now_]);
      free_slots_.insert(free_slots_.end(), left_slots_.begin(), left_slots_.end());
      left_slots_.clear();
    }
  }
  VectorCode take() { return std::move(code_); }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  struct Value {
    std::vector<int64_t> uses;  // items, in order
    size_t next = 0;
    int reg = -1;
    int cell = -1, slot = -1;  // where it also is
    bool inverted = false;     // it is kept as its complement
  };

  bool computed(uint32_t node) const {
    return nodes_[node].kind == Node::Kind::And || nodes_[node].kind == Node::Kind::Xor;
  }
  /// The value that a result stores: the node, or what a copied cell was fetched as.
  uint32_t value_of(size_t result) const { return values_of_results_[result]; }

  void list_items() {
    std::vector<bool> live(nodes_.size());
    for (const auto& result : results_) live[result.value / 2] = true;
    for (size_t n = nodes_.size(); n-- > 0;)
      if (live[n] && computed(n)) live[nodes_[n].a / 2] = live[nodes_[n].b / 2] = true;
    std::vector<int64_t> ready(nodes_.size(), -1);  // last computation that makes or reads a node
    std::vector<Item> computations;
    for (uint32_t n = 0; n < nodes_.size(); ++n) {
      if (!live[n] || !computed(n)) continue;
      const auto at = static_cast<int64_t>(computations.size());
      ready[n] = ready[nodes_[n].a / 2] = ready[nodes_[n].b / 2] = at;
      computations.push_back({Item::What::Compute, n});
    }
    place_stores(computations, ready);
  }

  /// A result is stored as soon as it is known and nothing reads any more what its cell held before.
  void place_stores(const std::vector<Item>& computations, const std::vector<int64_t>& ready) {
    values_.resize(nodes_.size());
    std::vector<std::pair<int64_t, size_t>> stores;
    for (size_t r = 0; r < results_.size(); ++r) {
      uint32_t value = results_[r].value / 2;
      int64_t made = -1;
      if (nodes_[value].kind == Node::Kind::Cell) {
        items_.push_back({Item::What::Fetch, static_cast<uint32_t>(values_.size())});
        values_.emplace_back().cell = nodes_[value].cell;
        value = static_cast<uint32_t>(values_.size() - 1);
      } else {
        made = made_at(computations, value);
      }
      values_of_results_.push_back(value);
      stores.emplace_back(std::max(made, ready[1 + results_[r].cell]), r);
    }
    std::ranges::stable_sort(stores, {}, [](const auto& store) { return store.first; });
    size_t next = 0;
    const auto store_until = [&](int64_t at) {
      for (; next < stores.size() && stores[next].first <= at; ++next)
        items_.push_back(
            {Item::What::Store, value_of(stores[next].second), static_cast<int64_t>(stores[next].second)});
    };
    store_until(-1);
    for (size_t i = 0; i < computations.size(); ++i) {
      items_.push_back(computations[i]);
      store_until(static_cast<int64_t>(i));
    }
    for (uint32_t n = 0; n < nodes_.size(); ++n)
      if (nodes_[n].kind == Node::Kind::Cell) values_[n].cell = nodes_[n].cell;
  }

  static int64_t made_at(const std::vector<Item>& computations, uint32_t node) {
    const auto at = std::ranges::lower_bound(computations, node, {}, &Item::value);
    return at != computations.end() && at->value == node ? at - computations.begin() : -1;
  }

  void find_uses() {
    for (size_t i = 0; i < items_.size(); ++i) {
      const Item& item = items_[i];
      if (item.what == Item::What::Store) values_[item.value].uses.push_back(static_cast<int64_t>(i));
      if (item.what != Item::What::Compute) continue;
      for (Literal operand : {nodes_[item.value].a, nodes_[item.value].b})
        values_[operand / 2].uses.push_back(static_cast<int64_t>(i));
    }
  }

  int64_t next_use(const Value& value) const {
    return value.next < value.uses.size() ? value.uses[value.next] : kNever;
  }

  void emit(Kind kind, ValuePlace to, ValuePlace a = {}, ValuePlace b = {}) {
    code_.instructions.push_back({kind, to, a, b});
  }
  static ValuePlace in(int reg) { return {ValuePlace::Kind::Register, reg}; }
  static ValuePlace memory(const Value& value) {
    return value.slot >= 0 ? ValuePlace{ValuePlace::Kind::Scratch, value.slot}
                           : ValuePlace{ValuePlace::Kind::Cell, value.cell};
  }

  /// A register, free or freed by moving out the value that is needed last; not one of the pinned values'.
  int free_register(uint32_t pinned, uint32_t also_pinned) {
    int best = -1;
    int64_t latest = -1;
    for (size_t r = 0; r < holds_.size(); ++r) {
      if (holds_[r] == kNone) return static_cast<int>(r);
      if (holds_[r] == pinned || holds_[r] == also_pinned) continue;
      const int64_t use = next_use(values_[holds_[r]]);
      if (use > latest) latest = use, best = static_cast<int>(r);
    }
    OHMWEAVE_CHECK(best >= 0, "no register can be freed");
    Value& out = values_[holds_[best]];
    if (out.slot < 0 && out.cell < 0) {
      out.slot = take_slot();
      emit(Kind::Store, memory(out), in(best));
    }
    out.reg = -1;
    return best;
  }

  int take_slot() {
    if (free_slots_.empty()) return code_.scratch++;
    const int slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }

  void settle(uint32_t value, int reg) {
    holds_[reg] = value;
    values_[value].reg = reg;
  }

  void used(uint32_t id) {
    Value& value = values_[id];
    while (next_use(value) <= now_) ++value.next;
    if (next_use(value) != kNever) return;
    if (value.reg >= 0) holds_[value.reg] = kNone;
    value.reg = -1;
    if (value.slot >= 0) left_slots_.push_back(std::exchange(value.slot, -1));
  }

  int load(uint32_t id, uint32_t pinned) {
    Value& value = values_[id];
    if (value.reg >= 0) return value.reg;
    const int reg = free_register(id, pinned);
    emit(Kind::Load, in(reg), memory(value));
    settle(id, reg);
    return reg;
  }

  void perform(const Item& item) {
    switch (item.what) {
      case Item::What::Compute:
        return compute(item.value);
      case Item::What::Store:
        return store(item);
      case Item::What::Fetch: {
        // From here on its cell may be written, so it counts as a value of its own.
        Value& value = values_[item.value];
        const int reg = free_register(kNone, kNone);
        emit(Kind::Load, in(reg), memory(value));
        value.cell = -1;
        settle(item.value, reg);
        return;
      }
    }
  }

  void compute(uint32_t id) {
    const Node& node = nodes_[id];
    uint32_t a = node.a / 2, b = node.b / 2;
    bool invert_a = (node.a & 1) != values_[a].inverted, invert_b = (node.b & 1) != values_[b].inverted;
    Kind kind = Kind::And;
    if (node.kind == Node::Kind::Xor) {
      kind = Kind::Xor;
      values_[id].inverted = invert_a != invert_b;
    } else if (invert_a && invert_b) {
      kind = Kind::Or;
      values_[id].inverted = true;
    } else if (invert_a || invert_b) {
      kind = Kind::AndNot;
      if (invert_b) std::swap(a, b);
    }
    if (kind != Kind::AndNot && values_[a].reg < 0 && values_[b].reg >= 0) std::swap(a, b);
    const bool from_memory = values_[b].reg < 0 && values_[b].uses.back() == now_;
    const ValuePlace place_a = in(load(a, b));
    const ValuePlace place_b = from_memory ? memory(values_[b]) : in(load(b, a));
    used(a);
    if (a != b) used(b);
    const int reg = free_register(a, b);
    emit(kind, in(reg), place_a, place_b);
    settle(id, reg);
  }

  void store(const Item& item) {
    const auto& result = results_[item.result];
    Value& value = values_[item.value];
    const ValuePlace to{ValuePlace::Kind::Cell, result.cell};
    if (result.value < 2) {
      const int reg = free_register(kNone, kNone);
      holds_[reg] = kNone;
      emit(result.value == LogicGraph::kOne ? Kind::Ones : Kind::Zeros, in(reg));
      emit(Kind::Store, to, in(reg));
      return;
    }
    const int reg = load(item.value, kNone);
    const bool invert = (result.value & 1) != value.inverted;
    if (!invert) {
      emit(Kind::Store, to, in(reg));
      if (value.cell < 0) value.cell = result.cell;
      return used(item.value);
    }
    used(item.value);
    const int other = free_register(item.value, kNone);
    emit(Kind::Invert, in(other), in(reg));
    emit(Kind::Store, to, in(other));
    holds_[other] = kNone;
  }

  const std::vector<Node>& nodes_;
  const std::vector<LogicGraph::Result>& results_;
  std::vector<Item> items_;
  std::vector<Value> values_;  // by node, then copied cells
  std::vector<uint32_t> values_of_results_;
  std::vector<uint32_t> holds_;               // by register
  std::vector<int> free_slots_, left_slots_;  // left: read by the instruction of this item, free after it
  VectorCode code_;
  int64_t now_ = 0;
};

}  // namespace

VectorCode allocate_registers(const LogicGraph& graph, int registers) {
  return Allocator(graph, registers).take();
}

}  // namespace ohmweave::logic
