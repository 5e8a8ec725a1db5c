// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/resources.h"

#include <algorithm>

namespace ohmweave::mapping {

program::ResourceId Resources::named(const std::string& owner, const machine::Node& node,
                                     const machine::Node& group, int64_t parts) {
  std::string name = owner + node.path.substr(group.path.size());  // "conv1" + ".ima.adc"
  auto [it, fresh] = known_.try_emplace(name);
  if (fresh) it->second = c_.program.add(program::Resource{name, node.path, 1, std::max<int64_t>(parts, 1)});
  return it->second;
}

int64_t Resources::instances(const machine::Node& node, const Task& t) const {
  const machine::Node& arrays = c_.machine.arrays();
  if (t.is_product() && arrays.parent == node.parent)
    return divide_up(t.arrays() * node.instances, arrays.instances);
  return std::max<int64_t>(c_.regions[t.region].groups * node.instances / c_.place->instances, 1);
}

program::ResourceId Resources::of(const machine::Node& node, const Task& t) {
  if (node.parent == c_.place) return named(c_.regions[t.region].name, node, *c_.place, instances(node, t));
  for (const machine::Node* n = node.parent; n; n = n->parent) {
    if (n == c_.place) return named(t.name, node, *c_.place, instances(node, t));
  }
  return named(c_.machine.root->name, node, *c_.machine.root, node.instances * c_.out.chips);
}

program::ResourceId Resources::memory(size_t region) {
  Task at;
  at.region = region;
  return of(c_.memory(), at);
}

}  // namespace ohmweave::mapping
