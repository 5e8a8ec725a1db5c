// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/machine.h"

#include <algorithm>

#include "ohmweave/base/check.h"

namespace ohmweave::machine {
namespace {

/// Sums a figure of components over everything in one instance of a node.
template <class Figure>
auto total(const Node& node, Figure figure) {
  decltype(figure(*node.component)) sum;
  if (node.component) return figure(*node.component);
  for (const auto& child : node.children) {
    sum += total(*child, figure) * (static_cast<double>(child->count) / static_cast<double>(child->shared_by));
  }
  return sum;
}

void collect(const Node& node, std::vector<const Node*>& out) {
  out.push_back(&node);
  for (const auto& child : node.children) collect(*child, out);
}

/// Whether a path is what remains of the node's path when groups are left out; the last name must be the node's
/// own.
bool abbreviates(std::string_view path, const Node& node) {
  const size_t dot = path.rfind('.');
  const std::string_view name = dot == std::string_view::npos ? path : path.substr(dot + 1);
  if (name != node.name) return false;
  std::string_view rest = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
  for (const Node* group = node.parent; group != nullptr && !rest.empty(); group = group->parent) {
    const size_t at = rest.rfind('.');
    const std::string_view last = at == std::string_view::npos ? rest : rest.substr(at + 1);
    if (last == group->name) rest = at == std::string_view::npos ? std::string_view() : rest.substr(0, at);
  }
  return rest.empty();
}

}  // namespace

units::Area Node::area() const {
  return total(*this, [](const circuit::Component& c) { return c.area(); });
}
units::Power Node::peak_power() const {
  return total(*this, [](const circuit::Component& c) { return c.peak_power(); });
}
units::Power Node::static_power() const {
  return total(*this, [](const circuit::Component& c) { return c.static_power(); });
}

const Node* Node::child(std::string_view wanted) const {
  auto at = std::find_if(children.begin(), children.end(), [&](const auto& c) { return c->name == wanted; });
  return at == children.end() ? nullptr : at->get();
}

std::vector<const Node*> Machine::nodes() const {
  std::vector<const Node*> out;
  collect(*root, out);
  return out;
}

const Node* Machine::find(std::string_view path) const {
  const std::vector<const Node*> all = nodes();
  const std::string below_root = root->path + "." + std::string(path);
  for (const Node* n : all) {
    if (n->path == path) return n;
  }
  for (const Node* n : all) {
    if (n->path == below_root) return n;
  }
  const Node* found = nullptr;
  for (const Node* n : all) {
    if (!abbreviates(path, *n)) continue;
    if (found != nullptr) return nullptr;  // not unique
    found = n;
  }
  return found;
}

const Node* Machine::node_of(const circuit::Component* component) const {
  for (const Node* n : nodes()) {
    if (n->component.get() == component) return n;
  }
  return nullptr;
}

const Node& Machine::arrays() const {
  for (const Node* n : nodes()) {
    if (n->array) return *n;
  }
  base::broken_invariant(__FILE__, __LINE__, "arrays", "a machine was built without arrays");
}

double Machine::peak_operations_per_second() const {
  const Node& node = arrays();
  return 2 * static_cast<double>(node.instances) * node.array->peak_multiply_accumulates(formats);
}

}  // namespace ohmweave::machine
