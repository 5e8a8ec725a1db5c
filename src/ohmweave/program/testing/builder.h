// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ohmweave/program/program.h"

/// Helpers of tests; not part of the library.
namespace ohmweave::program::testing {

/// An axis by the name of the reader's loop.
struct AxisBy {
  std::string of;
  int64_t multiply = 1, low = 0, high = 0, divide = 1;
};
inline AxisBy all() { return {}; }
inline AxisBy conv(const std::string& of, int64_t kernel, int64_t stride = 1, int64_t pad = 0) {
  return {of, stride, -pad, kernel - 1 - pad};
}
inline AxisBy shift(const std::string& of, int64_t low, int64_t high) { return {of, 1, low, high}; }
inline AxisBy previous(const std::string& of, int64_t lag = 1) { return {of, 1, -lag, -lag}; }
using Axes = std::vector<std::pair<std::string, AxisBy>>;  // writer's loop -> axis

struct LoopBy {
  std::string name;
  int64_t extent = 1;
  int64_t lanes = 1;
  LaneOrder order = LaneOrder::Adjacent;
};

struct StepBy {
  std::string on;
  circuit::Verb verb = circuit::Verb::Read;
  Picoseconds at = 0, lasts = 0;
  int64_t count = 1;
  int64_t units = 1;
  bool shared = false;
  std::string repeat = {};
};

struct ReadBy {
  ReadBy(const char* name, Axes window = {}, std::optional<Picoseconds> h = {})
      : store(name), axes(std::move(window)), held(h) {}
  ReadBy(std::string name, Axes window = {}, std::optional<Picoseconds> h = {})
      : store(std::move(name)), axes(std::move(window)), held(h) {}
  std::string store;
  Axes axes;
  std::optional<Picoseconds> held;
};

/// Builds programs by names, in the order in which a person tells them: resources, stores and measures come
/// into being where they are first named.
class Builder {
 public:
  Builder& resource(const std::string& name, int64_t units);
  Builder& stage(const std::string& name, const std::vector<LoopBy>& loops,
                 const std::vector<StepBy>& steps = {}, const std::vector<ReadBy>& reads = {},
                 const std::vector<std::string>& writes = {});
  /// `later` waits for `earlier`, without values.
  Builder& after(const std::string& later, const std::string& earlier, const Axes& axes = {});
  Builder& capacity(const std::string& store, int64_t items);
  /// The measure of a stage named before; `values` are known.
  Builder& measure(const std::string& name, const std::string& stage, int outer_loops, int64_t most,
                   std::vector<int64_t> values = {});

  Program program;
  StoreId store(const std::string& name);
  StageId stage_id(const std::string& name) const { return stages_.at(name); }
  ResourceId resource_id(const std::string& name);

 private:
  Window window(const Axes& axes);
  std::map<std::string, ResourceId> resources_;
  std::map<std::string, StoreId> stores_;
  std::map<std::string, StageId> stages_;
  std::map<std::string, MeasureId> measures_;
};

}  // namespace ohmweave::program::testing
