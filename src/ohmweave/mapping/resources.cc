// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/resources.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/mapping/levels.h"

namespace ohmweave::mapping {

program::ResourceId Resources::named(const std::string& owner, const machine::Node& node,
                                     const machine::Node& group, double parts) {
  std::string name = owner + node.path.substr(group.path.size());  // "conv1" + ".ima.adc"
  auto [it, fresh] = known_.try_emplace(name);
  if (fresh) {
    const auto whole = static_cast<int64_t>(std::llround(parts * static_cast<double>(c_.out.samples_together)));
    it->second = c_.program.add(program::Resource{name, node.path, 1, std::max<int64_t>(whole, 1)});
  }
  return it->second;
}

bool Resources::stands_between(const machine::Node& node) const {
  if (node.parent == c_.machine.root.get()) return false;
  for (const machine::Node* n = c_.place->parent; n; n = n->parent) {
    if (n == node.parent) return true;
  }
  return false;
}

double Resources::instances(const machine::Node& node, const Task& t) const {
  const machine::Node& arrays = c_.machine.arrays();
  if (t.is_product() && arrays.parent == node.parent)
    return static_cast<double>(divide_up(t.arrays() * node.instances, arrays.instances));
  const machine::Node& level = *node.parent;
  const bool between = stands_between(node);
  if (between && shared_by_samples(c_, level))
    return static_cast<double>(node.instances * c_.out.chips) / static_cast<double>(c_.out.samples_together);
  if (between) {
    const int64_t each = node.instances / level.instances;
    return static_cast<double>(std::max<int64_t>(range_of(c_, level, c_.regions[t.region]).count * each, 1));
  }
  return static_cast<double>(
      std::max<int64_t>(c_.regions[t.region].groups * node.instances / c_.place->instances, 1));
}

program::ResourceId Resources::of(const machine::Node& node, const Task& t) {
  if (node.parent == c_.place) return named(c_.regions[t.region].name, node, *c_.place, instances(node, t));
  for (const machine::Node* n = node.parent; n; n = n->parent) {
    if (n != c_.place) continue;
    // What is no product but uses arrays uses those of its region, with the product that is there.
    const bool borrowed = &node == &c_.machine.arrays() && !t.is_product();
    return named(borrowed ? c_.regions[t.region].name : t.name, node, *c_.place, instances(node, t));
  }
  if (stands_between(node) && !shared_by_samples(c_, *node.parent)) {
    const Range r = range_of(c_, *node.parent, c_.regions[t.region]);
    const std::string last = r.count > 1 ? fmt::format("-{}", r.last()) : "";
    return named(fmt::format("{}{}{}", node.parent->name, r.first, last), node, *node.parent,
                 instances(node, t));
  }
  const auto all = static_cast<double>(node.instances * c_.out.chips);
  return named(c_.machine.root->name, node, *c_.machine.root,
               all / static_cast<double>(c_.out.samples_together));
}

program::ResourceId Resources::memory(size_t region) {
  Task at;
  at.region = region;
  return of(c_.memory(), at);
}

}  // namespace ohmweave::mapping
