// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {

/// The resources of a program, made as they are asked for. What stands in the group that layers are placed in
/// is shared by all work there; what stands deeper belongs to the task, what stands above, to the machine.
class Resources {
 public:
  explicit Resources(Context& c) : c_(c) {}
  program::ResourceId of(const machine::Node& node, const Task& task);
  /// Instances of a component in the groups of the task's region, or engaged by its arrays.
  int64_t instances(const machine::Node& node, const Task& task) const;
  /// The memory that operands are fetched from, of a region.
  program::ResourceId memory(size_t region);

 private:
  program::ResourceId named(const std::string& owner, const machine::Node& node, const machine::Node& group,
                            int64_t parts);
  Context& c_;
  std::map<std::string, program::ResourceId> known_;
};

}  // namespace ohmweave::mapping
