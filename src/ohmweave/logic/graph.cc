// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/graph.h"

#include <utility>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {

LogicGraph::LogicGraph(const LogicProgram& program)
    : cells_(static_cast<size_t>(program.bitlines)), touched_(static_cast<size_t>(program.bitlines)) {
  nodes_.push_back({});
  for (int b = 0; b < program.bitlines; ++b)
    cells_[b] = node_of({.kind = Node::Kind::Cell, .cell = static_cast<Bitline>(b)});
  for (const LogicOperation& operation : program.operations) {
    OHMWEAVE_CHECK(operation.gate != Gate::Search && operation.gate != Gate::All,
                   "a graph of a program that searches");
    touched_[operation.output] = true;
    cells_[operation.output] = gate(operation);
  }
  for (int b = 0; b < program.bitlines; ++b) {
    const Literal before = 2 * static_cast<Literal>(1 + b);
    if (touched_[b] && cells_[b] != before) results_.push_back({static_cast<Bitline>(b), cells_[b]});
  }
}

LogicGraph::Literal LogicGraph::node_of(Node node) {
  const bool operation = node.kind == Node::Kind::And || node.kind == Node::Kind::Xor;
  const uint64_t key = operation ? static_cast<uint64_t>(node.a) << 33 | static_cast<uint64_t>(node.b) << 1 |
                                       (node.kind == Node::Kind::Xor)
                                 : 0;
  if (operation) {
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
  }
  const Literal literal = 2 * static_cast<Literal>(nodes_.size());
  nodes_.push_back(node);
  if (operation) known_.emplace(key, literal);
  return literal;
}

const LogicGraph::Node* LogicGraph::and_of(Literal x) const {
  const Node& node = nodes_[x / 2];
  return x % 2 == 0 && node.kind == Node::Kind::And ? &node : nullptr;
}

LogicGraph::Literal LogicGraph::both(Literal a, Literal b) {
  if (a > b) std::swap(a, b);
  if (a == kZero || a == inverted(b)) return kZero;
  if (a == kOne || a == b) return b;
  // x AND NOT (x AND y) is x AND NOT y: the second and third NOR of an exclusive or of NORs.
  for (const auto& [x, other] : {std::pair{a, b}, std::pair{b, a}}) {
    const Node* inner = and_of(inverted(other));
    if (inner == nullptr) continue;
    if (inner->a == x) return both(x, inverted(inner->b));
    if (inner->b == x) return both(x, inverted(inner->a));
    if (inner->a == inverted(x) || inner->b == inverted(x)) return x;
  }
  // NOT (x AND y) AND NOT (NOT x AND NOT y) is x XOR y.
  const Node* p = and_of(inverted(a));
  const Node* q = and_of(inverted(b));
  if (p != nullptr && q != nullptr) {
    const bool straight = p->a == inverted(q->a) && p->b == inverted(q->b);
    const bool crossed = p->a == inverted(q->b) && p->b == inverted(q->a);
    if (straight || crossed) return different(p->a, p->b);
  }
  return node_of({.kind = Node::Kind::And, .a = a, .b = b});
}

LogicGraph::Literal LogicGraph::different(Literal a, Literal b) {
  const Literal flip = (a ^ b) & 1;
  a &= ~Literal{1};
  b &= ~Literal{1};
  if (a > b) std::swap(a, b);
  if (a == b) return kZero ^ flip;
  if (a == kZero) return b ^ flip;
  return node_of({.kind = Node::Kind::Xor, .a = a, .b = b}) ^ flip;
}

LogicGraph::Literal LogicGraph::choose(Literal condition, Literal yes, Literal no) {
  if (condition == kOne || yes == no) return yes;
  return either(both(condition, yes), both(inverted(condition), no));
}

LogicGraph::Literal LogicGraph::gate(const LogicOperation& operation) {
  const auto input = [&](int i) { return cells_[operation.inputs[i]]; };
  const Literal old = cells_[operation.output];
  switch (operation.gate) {
    case Gate::Init1:
      return kOne;
    case Gate::Not:
      return both(old, inverted(input(0)));
    case Gate::Nor: {
      Literal any = either(input(0), input(1));
      for (int i = 2; i < operation.fan_in; ++i) any = either(any, input(i));
      return both(old, inverted(any));
    }
    case Gate::Nand:
      return both(old, inverted(both(input(0), input(1))));
    case Gate::Or:
      return either(old, either(input(0), input(1)));
    case Gate::Min3: {
      // The majority of a, b and c: where a and b differ c decides, else a does.
      const Literal same = inverted(different(input(0), input(1)));
      return both(old, inverted(choose(same, input(0), input(2))));
    }
    default:
      return kZero;
  }
}

}  // namespace ohmweave::logic
