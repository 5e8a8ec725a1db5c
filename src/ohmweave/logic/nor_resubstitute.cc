// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "ohmweave/logic/nor_network.h"

namespace ohmweave::logic {
namespace {

constexpr int kMostLeaves = 8;
constexpr size_t kMostDivisors = 48;
constexpr size_t kMostWindow = 200;

/// Values of a node for all assignments of up to eight leaves.
using Table = std::array<uint64_t, 4>;

Table leaf_table(int leaf) {
  constexpr std::array<uint64_t, 6> columns{0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                            0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
  Table t{};
  for (size_t w = 0; w < t.size(); ++w) {
    if (leaf < 6)
      t[w] = columns[static_cast<size_t>(leaf)];
    else
      t[w] = (w >> (leaf - 6) & 1) != 0 ? ~uint64_t{0} : 0;
  }
  return t;
}
Table operator|(const Table& a, const Table& b) { return {a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]}; }
Table operator&(const Table& a, const Table& b) { return {a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]}; }
Table operator~(const Table& a) { return {~a[0], ~a[1], ~a[2], ~a[3]}; }
bool empty(const Table& a) { return (a[0] | a[1] | a[2] | a[3]) == 0; }
bool overlap(const Table& a, const Table& b) { return !empty(a & b); }
bool contains(const Table& a, const Table& b) { return empty(b & ~a); }

/// What a gate is to become: NOR of parts, each a node, or the NOR of nodes.
struct Choice {
  std::vector<std::vector<NorNode>> parts;  // a part of one node stands for that node itself
  bool alias = false;                       // the gate is parts[0][0]
};

struct Divisor {
  NorNode node;
  Table table;
};

class Round {
 public:
  Round(NorNetwork& network, int most_inputs)
      : network_(network), most_inputs_(most_inputs), nodes_(static_cast<size_t>(network.nodes())) {
    references_.resize(nodes_);
    readers_.resize(nodes_);
    mark_.resize(nodes_);
    table_.resize(nodes_);
    alias_.resize(nodes_);
    extra_.resize(nodes_);
    for (NorNode n = 0; n < network_.nodes(); ++n) alias_[static_cast<size_t>(n)] = n;
    for (NorNode n = network_.inputs; n < network_.nodes(); ++n) {
      for (const NorNode m : network_.gate(n).used()) {
        ++references_[static_cast<size_t>(m)];
        readers_[static_cast<size_t>(m)].push_back(n);
      }
    }
    for (const NorNode n : network_.outputs) {
      if (n >= 0) ++references_[static_cast<size_t>(n)];
    }
  }

  bool run() {
    bool found = false;
    for (NorNode n = network_.inputs; n < network_.nodes(); ++n) {
      if (references_[static_cast<size_t>(n)] > 0) found |= improve(n);
    }
    if (found) rebuild();
    return found;
  }

 private:
  struct Definition {  // of a gate that has become a NOR of parts
    std::vector<std::vector<NorNode>> parts;
  };

  int& references(NorNode n) { return references_[static_cast<size_t>(n)]; }
  /// What a gate reads now: its own inputs, or the nodes of the parts it was rewritten to.
  template <class Visit>
  void each_input(NorNode n, Visit visit) const {
    const auto& parts = extra_[static_cast<size_t>(n)].parts;
    if (alias_[static_cast<size_t>(n)] != n) return visit(alias_[static_cast<size_t>(n)]);
    if (parts.empty()) {
      for (const NorNode m : network_.gate(n).used()) visit(m);
    }
    for (const auto& part : parts) {
      for (const NorNode m : part) visit(m);
    }
  }
  /// Gates a node takes itself.
  int own_gates(NorNode n) const {
    if (alias_[static_cast<size_t>(n)] != n) return 0;
    int gates = 1;
    for (const auto& part : extra_[static_cast<size_t>(n)].parts) gates += part.size() > 1 ? 1 : 0;
    return gates;
  }

  /// Takes away what `n` reads, and what then nobody reads; returns how many gates go with it and marks them.
  int release(NorNode n, std::vector<NorNode>& cone) {
    int gates = 0;
    std::vector<NorNode> stack{n};
    while (!stack.empty()) {
      const NorNode x = stack.back();
      stack.pop_back();
      cone.push_back(x);
      gates += own_gates(x);
      each_input(x, [&](NorNode m) {
        if (--references(m) == 0 && network_.is_gate(m)) stack.push_back(m);
      });
    }
    return gates;
  }
  void restore(const std::vector<NorNode>& cone) {
    for (const NorNode x : cone) each_input(x, [&](NorNode m) { ++references(m); });
  }

  /// Leaves of a window: expands the leaf that adds the fewest new ones while they are few
  /// (reconvergence-driven).
  std::vector<NorNode> leaves_of(NorNode n, std::vector<NorNode>& inside) {
    std::vector<NorNode> leaves;
    inside = {n};
    ++stamp_;
    mark_[static_cast<size_t>(n)] = stamp_;
    const auto add = [&](NorNode m) {
      if (mark_[static_cast<size_t>(m)] == stamp_) return;
      mark_[static_cast<size_t>(m)] = stamp_;
      leaves.push_back(m);
    };
    each_input(n, add);
    while (inside.size() < kMostWindow) {
      int best = -1, best_new = 1 << 20;
      for (size_t k = 0; k < leaves.size(); ++k) {
        if (!network_.is_gate(leaves[k])) continue;
        int fresh = 0;
        each_input(leaves[k], [&](NorNode m) { fresh += mark_[static_cast<size_t>(m)] == stamp_ ? 0 : 1; });
        if (fresh < best_new || (fresh == best_new && leaves[k] > leaves[static_cast<size_t>(best)])) {
          best = static_cast<int>(k);
          best_new = fresh;
        }
      }
      if (best < 0 || static_cast<int>(leaves.size()) - 1 + best_new > kMostLeaves) break;
      const NorNode opened = leaves[static_cast<size_t>(best)];
      leaves.erase(leaves.begin() + best);
      inside.push_back(opened);
      each_input(opened, add);
    }
    return leaves;
  }

  Table compute(NorNode n) const {
    const auto at = [&](NorNode m) { return table_[static_cast<size_t>(m)]; };
    if (alias_[static_cast<size_t>(n)] != n) return at(alias_[static_cast<size_t>(n)]);
    const auto& parts = extra_[static_cast<size_t>(n)].parts;
    Table sum{};
    if (parts.empty()) {
      for (const NorNode m : network_.gate(n).used()) sum = sum | at(m);
    }
    for (const auto& part : parts) {
      Table inner{};
      for (const NorNode m : part) inner = inner | at(m);
      sum = sum | (part.size() > 1 ? ~inner : inner);
    }
    return ~sum;
  }

  /// Nodes before `n` that are functions of the leaves and stay when `n` goes.
  std::vector<Divisor> divisors_of(NorNode n, const std::vector<NorNode>& leaves, std::vector<NorNode>& inside,
                                   const std::vector<NorNode>& cone) {
    std::sort(inside.begin(), inside.end());
    ++stamp_;
    for (size_t k = 0; k < leaves.size(); ++k) {
      table_[static_cast<size_t>(leaves[k])] = leaf_table(static_cast<int>(k));
      mark_[static_cast<size_t>(leaves[k])] = stamp_;
    }
    std::vector<NorNode> window(leaves);
    for (const NorNode m : inside) {
      table_[static_cast<size_t>(m)] = compute(m);
      mark_[static_cast<size_t>(m)] = stamp_;
      if (m != n) window.push_back(m);
    }
    // Readers of these that read nothing else.
    for (size_t k = 0; k < window.size() && window.size() < kMostDivisors; ++k) {
      for (const NorNode r : readers_[static_cast<size_t>(window[k])]) {
        if (r >= n || mark_[static_cast<size_t>(r)] == stamp_ || references(r) == 0) continue;
        if (window.size() >= kMostDivisors) break;
        bool known = true;
        each_input(r, [&](NorNode m) { known &= mark_[static_cast<size_t>(m)] == stamp_; });
        if (!known) continue;
        table_[static_cast<size_t>(r)] = compute(r);
        mark_[static_cast<size_t>(r)] = stamp_;
        window.push_back(r);
      }
    }
    ++stamp_;
    for (const NorNode m : cone) mark_[static_cast<size_t>(m)] = stamp_;
    std::vector<Divisor> out;
    for (const NorNode m : window) {
      if (mark_[static_cast<size_t>(m)] != stamp_) out.push_back({m, table_[static_cast<size_t>(m)]});
    }
    return out;
  }

  bool improve(NorNode n) {
    std::vector<NorNode> inside, cone;
    const std::vector<NorNode> leaves = leaves_of(n, inside);
    if (static_cast<int>(leaves.size()) > kMostLeaves) return false;
    const int saved = release(n, cone);
    const std::vector<Divisor> divisors = divisors_of(n, leaves, inside, cone);
    const std::optional<Choice> choice = choose(table_[static_cast<size_t>(n)], divisors, saved);
    if (!choice) {
      restore(cone);
      return false;
    }
    if (choice->alias) {
      alias_[static_cast<size_t>(n)] = choice->parts[0][0];
    } else {
      extra_[static_cast<size_t>(n)].parts = choice->parts;
    }
    each_input(n, [&](NorNode m) { ++references(m); });
    return true;
  }

  /// The cheapest way to have `f` with fewer than `saved` gates.
  std::optional<Choice> choose(const Table& f, const std::vector<Divisor>& divisors, int saved) const {
    if (saved > 0) {
      for (const Divisor& d : divisors) {
        if (d.table == f) return Choice{{{d.node}}, true};
      }
    }
    if (saved <= 1) return std::nullopt;
    const Table off = ~f;
    std::vector<Divisor> below;  // that may be an input of the NOR
    for (const Divisor& d : divisors) {
      if (d.table == off) return Choice{{{d.node}}, false};
      if (!overlap(d.table, f)) below.push_back(d);
    }
    if (auto one = pair_of(off, below)) return one;
    if (most_inputs_ > 2) {
      if (auto one = triple_of(off, below)) return one;
    }
    if (saved <= 2) return std::nullopt;
    return with_inner_gates(f, off, divisors, below, saved);
  }

  static std::optional<Choice> pair_of(const Table& off, const std::vector<Divisor>& below) {
    for (size_t i = 0; i < below.size(); ++i) {
      for (size_t j = i + 1; j < below.size(); ++j) {
        if (contains(below[i].table | below[j].table, off))
          return Choice{{{below[i].node}, {below[j].node}}, false};
      }
    }
    return std::nullopt;
  }
  static std::optional<Choice> triple_of(const Table& off, const std::vector<Divisor>& below) {
    for (size_t i = 0; i < below.size(); ++i) {
      for (size_t j = i + 1; j < below.size(); ++j) {
        const Table two = below[i].table | below[j].table;
        for (size_t k = j + 1; k < below.size(); ++k) {
          if (contains(two | below[k].table, off))
            return Choice{{{below[i].node}, {below[j].node}, {below[k].node}}, false};
        }
      }
    }
    return std::nullopt;
  }

  /// NOR of a node and a NOR, the OR of two nodes, and NOR of two NORs.
  static std::optional<Choice> with_inner_gates(const Table& f, const Table& off,
                                                const std::vector<Divisor>& divisors,
                                                const std::vector<Divisor>& below, int saved) {
    struct Inner {
      size_t a, b;
      Table table;
    };
    std::vector<Inner> inner;
    for (size_t i = 0; i < divisors.size(); ++i) {
      for (size_t j = i; j < divisors.size(); ++j) {
        const Table t = ~(divisors[i].table | divisors[j].table);
        if (!overlap(t, f) && !empty(t)) inner.push_back({i, j, t});
      }
    }
    const auto nodes = [&](const Inner& x) {
      return x.a == x.b ? std::vector<NorNode>{divisors[x.a].node, divisors[x.a].node}  // an inverter
                        : std::vector<NorNode>{divisors[x.a].node, divisors[x.b].node};
    };
    for (const Inner& x : inner) {
      if (contains(x.table, off)) return Choice{{nodes(x)}, false};
    }
    for (const Inner& x : inner) {
      for (const Divisor& d : below) {
        if (contains(x.table | d.table, off)) return Choice{{{d.node}, nodes(x)}, false};
      }
    }
    constexpr size_t kMostPairs = 400;
    if (saved <= 3 || inner.size() > kMostPairs) return std::nullopt;
    for (size_t i = 0; i < inner.size(); ++i) {
      for (size_t j = i + 1; j < inner.size(); ++j) {
        if (contains(inner[i].table | inner[j].table, off))
          return Choice{{nodes(inner[i]), nodes(inner[j])}, false};
      }
    }
    return std::nullopt;
  }

  void rebuild() {
    NorBuilder builder(network_.inputs, most_inputs_);
    std::vector<NorNode> place(nodes_);
    const auto at = [&](NorNode m) { return place[static_cast<size_t>(m)]; };
    for (NorNode n = 0; n < network_.nodes(); ++n) {
      NorNode& made = place[static_cast<size_t>(n)];
      if (n < network_.inputs) {
        made = n;
      } else if (alias_[static_cast<size_t>(n)] != n) {
        made = at(alias_[static_cast<size_t>(n)]);
      } else if (references(n) > 0) {
        std::vector<NorNode> in;
        const auto& parts = extra_[static_cast<size_t>(n)].parts;
        if (parts.empty()) {
          for (const NorNode m : network_.gate(n).used()) in.push_back(at(m));
        }
        for (const auto& part : parts) {
          std::vector<NorNode> inner;
          for (const NorNode m : part) inner.push_back(at(m));
          in.push_back(part.size() > 1 ? builder.nor_of(inner) : inner[0]);
        }
        made = builder.nor_of(std::move(in));
      }
    }
    std::vector<NorNode> outputs;
    for (const NorNode n : network_.outputs) outputs.push_back(n < 0 ? n : at(n));
    network_ = builder.finish(std::move(outputs));
  }

  NorNetwork& network_;
  int most_inputs_;
  size_t nodes_;
  std::vector<int> references_;
  std::vector<std::vector<NorNode>> readers_;
  std::vector<uint32_t> mark_;
  uint32_t stamp_ = 0;
  std::vector<Table> table_;
  std::vector<NorNode> alias_;
  std::vector<Definition> extra_;
};

}  // namespace

bool resubstitute(NorNetwork& network, int most_inputs) { return Round(network, most_inputs).run(); }

}  // namespace ohmweave::logic
