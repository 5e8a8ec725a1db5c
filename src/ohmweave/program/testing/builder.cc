// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/testing/builder.h"

namespace ohmweave::program::testing {

ResourceId Builder::resource_id(const std::string& name) {
  const auto [it, fresh] = resources_.try_emplace(name);
  if (fresh) it->second = program.add(Resource{name, "", 1, 1});
  return it->second;
}

StoreId Builder::store(const std::string& name) {
  const auto [it, fresh] = stores_.try_emplace(name);
  if (fresh) {
    Store s;
    s.name = name;
    it->second = program.add(std::move(s));
  }
  return it->second;
}

Window Builder::window(const Axes& axes) {
  Window out;
  for (const auto& [loop, a] : axes) {
    const Dim dim = program.dim(loop);
    Axis axis = all_of();
    if (!a.of.empty()) axis = {program.dim(a.of), false, a.multiply, a.low, a.high, a.divide};
    out.axes.emplace_back(dim, axis);
  }
  return out;
}

Builder& Builder::resource(const std::string& name, int64_t units) {
  program[resource_id(name)].units = units;
  return *this;
}

Builder& Builder::stage(const std::string& name, const std::vector<LoopBy>& loops,
                        const std::vector<StepBy>& steps, const std::vector<ReadBy>& reads,
                        const std::vector<std::string>& writes) {
  Stage s;
  s.name = name;
  for (const LoopBy& l : loops) s.loops.push_back({program.dim(l.name), l.extent, l.lanes, l.order});
  for (const StepBy& t : steps) {
    Step step;
    step.on = resource_id(t.on);
    step.verb = t.verb;
    step.at = t.at;
    step.lasts = t.lasts;
    step.count = t.count;
    step.units = t.units;
    step.serves = t.shared ? Serves::Firing : Serves::Element;
    if (!t.repeat.empty())
      step.repeat =
          measures_.try_emplace(t.repeat, MeasureId{static_cast<uint32_t>(measures_.size())}).first->second;
    s.steps.push_back(step);
  }
  for (const ReadBy& r : reads) s.reads.push_back({store(r.store), window(r.axes), r.held});
  for (const std::string& w : writes) s.writes.push_back(store(w));
  const StageId id = program.add(std::move(s));
  stages_[name] = id;
  for (const StepBy& t : steps) {
    if (!t.repeat.empty() && program.measures.size() < measures_.size())
      program.add(Measure{t.repeat, id, 0, 1, {}});
  }
  return *this;
}

Builder& Builder::after(const std::string& later, const std::string& earlier, const Axes& axes) {
  program.order(stages_.at(later), stages_.at(earlier), window(axes));
  return *this;
}

Builder& Builder::capacity(const std::string& name, int64_t items) {
  program[store(name)].capacity = items;
  return *this;
}

Builder& Builder::measure(const std::string& name, const std::string& stage, int outer_loops, int64_t most,
                          std::vector<int64_t> values) {
  program[measures_.at(name)] = {name, stages_.at(stage), outer_loops, most, std::move(values)};
  return *this;
}

}  // namespace ohmweave::program::testing
