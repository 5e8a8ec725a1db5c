// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {

/// The resources of a program, made as they are asked for. What stands in the group that layers are placed in
/// is shared by all work there; what stands deeper belongs to the task. What stands in a group around that one
/// is shared by the layers that lie in the same instances of it, and what stands above all, by the machine.
/// Copies of the network work in step: a resource stands for the parts of all of them.
class Resources {
 public:
  explicit Resources(Context& c) : c_(c) {}
  program::ResourceId of(const machine::Node& node, const Task& task);
  /// Instances of a component that one copy of the network has for a task: in the groups of the task's region,
  /// or engaged by its arrays. A fraction where copies share one.
  double instances(const machine::Node& node, const Task& task) const;
  /// The memory that operands are fetched from, of a region.
  program::ResourceId memory(size_t region);

 private:
  program::ResourceId named(const std::string& owner, const machine::Node& node, const machine::Node& group,
                            double parts);
  /// Whether a component stands in a group around the one that layers are placed in, but not in the outermost.
  bool stands_between(const machine::Node& node) const;
  Context& c_;
  std::map<std::string, program::ResourceId> known_;
};

}  // namespace ohmweave::mapping
