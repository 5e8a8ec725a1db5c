// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ohmweave/mapping/resources.h"

namespace ohmweave::mapping {

/// A store for every value that stands in a memory: the network's inputs and the results of tasks.
class Stores {
 public:
  Stores(Context& c, Resources& resources);
  /// Where a value is made.
  program::StoreId of(network::ValueId value) const { return stores_.at(value); }
  /// Where its readers find it: there, or where it was sent.
  program::StoreId read(network::ValueId value) const {
    const auto sent = sent_.find(value);
    return sent == sent_.end() ? of(value) : sent->second;
  }

 private:
  program::StoreId add(network::ValueId value, const std::string& name, double bytes, size_t region);
  Context& c_;
  Resources& resources_;
  std::map<network::ValueId, program::StoreId> stores_, sent_;
};

/// What a firing of `reader` needs of one of its operands.
program::Window window(const Context& c, const Task& reader, const Operand& operand);

double bytes_per_value(const Context& c, network::ValueId value);
/// Of one item of a task's output, of one copy.
double item_bytes(const Context& c, const Task& task);
/// Of all items of a sample.
double sample_bytes(const Context& c, const Task& task);

}  // namespace ohmweave::mapping
