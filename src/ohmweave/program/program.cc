// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/program.h"

#include <algorithm>

#include "ohmweave/base/check.h"

namespace ohmweave::program {
namespace {

template <class Tag>
Id<Tag> last_of(size_t count) {
  return {static_cast<uint32_t>(count - 1)};
}

}  // namespace

int64_t Loop::elements(int64_t trip) const {
  if (order == LaneOrder::Adjacent) return std::min(lanes, extent - trip * lanes);
  return (extent - trip - 1) / trips() + 1;
}

int64_t Stage::firings() const {
  int64_t n = 1;
  for (const Loop& loop : loops) n *= loop.trips();
  return n;
}

int64_t Stage::elements() const {
  int64_t n = 1;
  for (const Loop& loop : loops) n *= loop.extent;
  return n;
}

int64_t Stage::firings_per_trip() const { return firings() / trips(); }

Picoseconds Stage::latency() const {
  Picoseconds end = 0;
  for (const Step& step : steps) end = std::max(end, step.at + step.lasts);
  return end;
}

Dim Program::dim(const std::string& word) {
  auto it = std::find(dims.begin(), dims.end(), word);
  if (it == dims.end()) it = dims.insert(it, word);
  return {static_cast<uint32_t>(it - dims.begin())};
}

ResourceId Program::add(Resource resource) {
  resources.push_back(std::move(resource));
  return last_of<ResourceTag>(resources.size());
}

StoreId Program::add(Store store) {
  stores.push_back(std::move(store));
  return last_of<StoreTag>(stores.size());
}

StageId Program::add(Stage stage) {
  stages.push_back(std::move(stage));
  const StageId id = last_of<StageTag>(stages.size());
  for (StoreId s : stages.back().writes) {
    OHMWEAVE_CHECK(!(*this)[s].writer, "store '" + (*this)[s].name + "' gets a second writer");
    (*this)[s].writer = id;
  }
  return id;
}

MeasureId Program::add(Measure measure) {
  measures.push_back(std::move(measure));
  return last_of<MeasureTag>(measures.size());
}

StoreId Program::order(StageId later, StageId earlier, Window window) {
  const std::string both = (*this)[earlier].name + ">" + (*this)[later].name;
  auto taken = [&](const std::string& n) {
    return std::any_of(stores.begin(), stores.end(), [&](const Store& s) { return s.name == n; });
  };
  Store signal;
  signal.name = both;
  for (int k = 2; taken(signal.name); ++k) signal.name = both + "#" + std::to_string(k);
  signal.writer = earlier;
  const StoreId id = add(std::move(signal));
  (*this)[earlier].writes.push_back(id);
  (*this)[later].reads.push_back({id, std::move(window), std::nullopt});
  return id;
}

}  // namespace ohmweave::program
