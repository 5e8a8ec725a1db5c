// SPDX-License-Identifier: Apache-2.0
// Whether a program can be read at all. Everything here looks at one part and its neighbours; what needs window
// tables is in validate.cc.
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "ohmweave/program/validate.h"
#include "ohmweave/program/window.h"

namespace ohmweave::program {
namespace {

using Part = Violation::Part;

// Bounds that keep ranks, counts and times of any well-formed program far from overflow.
constexpr int64_t kMostPerLoop = INT32_MAX;
constexpr int64_t kMost = int64_t{1} << 53;
constexpr int64_t kLongest = int64_t{1} << 62;  // picoseconds, actions

/// The product, or nothing if it passes `most`.
std::optional<int64_t> product(int64_t a, int64_t b, int64_t most) {
  int64_t out = 0;
  if (__builtin_mul_overflow(a, b, &out) || out > most) return std::nullopt;
  return out;
}

class Check {
 public:
  explicit Check(const Program& p) : p_(p) {}

  std::vector<Violation> run() {
    dims();
    resources();
    stores();
    for (uint32_t k = 0; k < p_.stages.size(); ++k) loops(k);
    measures();
    if (!out_.empty()) return std::move(out_);  // the rest multiplies extents and follows ids
    for (uint32_t k = 0; k < p_.stages.size(); ++k) stage(k);
    writers();
    if (out_.empty()) total_time();
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void say(Part part, uint32_t index, fmt::format_string<Arguments...> form, Arguments&&... arguments) {
    out_.push_back(
        {part, index, label(part, index) + fmt::format(form, std::forward<Arguments>(arguments)...)});
  }
  std::string label(Part part, uint32_t index) const {
    switch (part) {
      case Part::Resource:
        return fmt::format("resource '{}' ", p_.resources[index].name);
      case Part::Store:
        return fmt::format("store '{}' ", p_.stores[index].name);
      case Part::Stage:
        return fmt::format("stage '{}' ", p_.stages[index].name);
      case Part::Measure:
        return fmt::format("measure '{}' ", p_.measures[index].name);
    }
    return {};
  }

  void name(Part part, uint32_t index, const std::string& word, std::set<std::string>& known) {
    bool printable = !word.empty();
    for (char c : word) printable &= static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
    if (!printable) say(part, index, "has a name that is empty or has control characters");
    if (!known.insert(word).second) say(part, index, "has the name of another one");
  }
  void dims() {
    std::set<std::string> known;
    for (const std::string& word : p_.dims) {
      if (word.empty() || !known.insert(word).second)
        out_.push_back({Part::Stage, 0, fmt::format("loop name '{}' is empty or there twice", word)});
    }
  }
  bool is_dim(Dim d) const { return d.index < p_.dims.size(); }

  void resources() {
    std::set<std::string> known;
    for (uint32_t k = 0; k < p_.resources.size(); ++k) {
      const Resource& r = p_.resources[k];
      name(Part::Resource, k, r.name, known);
      if (r.units < 1 || r.units > kMost)
        say(Part::Resource, k, "has {} units; it must have at least 1", r.units);
      if (r.parts < 1) say(Part::Resource, k, "stands for {} parts; it must be at least 1", r.parts);
    }
  }

  void stores() {
    std::set<std::string> known;
    for (uint32_t k = 0; k < p_.stores.size(); ++k) {
      const Store& s = p_.stores[k];
      name(Part::Store, k, s.name, known);
      if (s.capacity < 1 || s.capacity > kUnlimited)
        say(Part::Store, k, "has capacity {}; it must be at least 1", s.capacity);
      if (!(s.item.si() >= 0) || !std::isfinite(s.item.si()))
        say(Part::Store, k, "has items of {} bit", s.item.si());
      if (s.writer && s.writer->index >= p_.stages.size())
        say(Part::Store, k, "has a writer that does not exist");
      const auto* memory = std::get_if<Memory>(&s.where);
      if (memory && memory->on.index >= p_.resources.size())
        say(Part::Store, k, "is in a memory that does not exist");
      const auto* cells = std::get_if<Cells>(&s.where);
      if (cells && cells->copies < 1)
        say(Part::Store, k, "has {} copies of its cells; it must have at least 1", cells->copies);
    }
  }

  void loops(uint32_t k) {
    const Stage& s = p_.stages[k];
    name(Part::Stage, k, s.name, stage_names_);
    std::set<Dim> known;
    std::optional<int64_t> elements = 1, firings = 1;
    for (const Loop& l : s.loops) {
      if (!is_dim(l.dim)) {
        say(Part::Stage, k, "has a loop without a name");
        return;
      }
      const std::string& word = p_.dims[l.dim.index];
      if (!known.insert(l.dim).second) say(Part::Stage, k, "has two loops '{}'", word);
      if (l.extent < 1 || l.extent > kMostPerLoop)
        say(Part::Stage, k, "has loop '{}' of extent {}; it must be 1..{}", word, l.extent, kMostPerLoop);
      if (l.lanes < 1 || l.lanes > kMostPerLoop)
        say(Part::Stage, k, "has {} lanes in loop '{}'; they must be 1..{}", l.lanes, word, kMostPerLoop);
      if (l.extent < 1 || l.lanes < 1) return;
      if (elements) elements = product(*elements, l.extent, kMost);
      if (firings && &l != &s.loops.front()) firings = product(*firings, l.trips(), kMostPerLoop);
    }
    if (!elements) say(Part::Stage, k, "has more than {} elements", kMost);
    if (!firings)
      say(Part::Stage, k, "fires more than {} times in one trip of its outermost loop", kMostPerLoop);
    if (s.bite < 0 || static_cast<size_t>(s.bite) > std::max<size_t>(s.loops.size(), 1))
      say(Part::Stage, k, "has a bite of {} loops", s.bite);
  }

  void measures() {
    std::set<std::string> known;
    for (uint32_t k = 0; k < p_.measures.size(); ++k) {
      const Measure& m = p_.measures[k];
      name(Part::Measure, k, m.name, known);
      if (m.most < 0 || m.most > kMost) say(Part::Measure, k, "may be at most {}", m.most);
      if (m.stage.index >= p_.stages.size()) {
        say(Part::Measure, k, "is of a stage that does not exist");
        continue;
      }
      const Stage& s = p_[m.stage];
      if (m.outer_loops < 0 || static_cast<size_t>(m.outer_loops) > s.loops.size()) {
        say(Part::Measure, k, "is per {} loops of stage '{}', which has {}", m.outer_loops, s.name,
            s.loops.size());
        continue;
      }
      if (m.known.empty() || !out_.empty()) continue;
      int64_t trips = 1;
      for (int l = 0; l < m.outer_loops; ++l) trips *= s.loops[static_cast<size_t>(l)].trips();
      if (static_cast<int64_t>(m.known.size()) != trips)
        say(Part::Measure, k, "has {} known values for {} trips", m.known.size(), trips);
      for (int64_t v : m.known) {
        if (v >= 0 && v <= m.most) continue;
        say(Part::Measure, k, "has a known value {}, outside 0..{}", v, m.most);
        break;
      }
    }
  }

  void stage(uint32_t k) {
    const Stage& s = p_.stages[k];
    const size_t before = out_.size();
    for (const Step& step : s.steps) this->step(k, step);
    if (out_.size() == before) steps_together(k);
    for (const Read& read : s.reads) this->read(k, read);
    std::set<StoreId> written;
    for (StoreId w : s.writes) {
      if (w.index >= p_.stores.size()) {
        say(Part::Stage, k, "writes a store that does not exist");
      } else if (!written.insert(w).second) {
        say(Part::Stage, k, "writes store '{}' twice in one firing", p_[w].name);
      } else if (p_[w].writer != StageId{k}) {
        say(Part::Stage, k, "writes store '{}', which has another writer", p_[w].name);
      }
    }
    const auto* product = std::get_if<Product>(&s.operation);
    if (product && product->held.index >= p_.stores.size())
      say(Part::Stage, k, "holds a store that does not exist");
  }

  /// How long a step lasts at most; nothing if that is absurd.
  std::optional<int64_t> longest(const Step& step) const {
    return product(step.lasts, step.repeat ? p_[*step.repeat].most : 1, kMost);
  }

  void step(uint32_t k, const Step& step) {
    if (step.on.index >= p_.resources.size()) return say(Part::Stage, k, "uses a resource that does not exist");
    const Resource& r = p_[step.on];
    if (step.repeat && step.repeat->index >= p_.measures.size())
      return say(Part::Stage, k, "repeats a step by a measure that does not exist");
    if (step.repeat && p_[*step.repeat].stage != StageId{k})
      say(Part::Stage, k, "repeats a step by '{}', a measure of another stage", p_[*step.repeat].name);
    if (step.at < 0 || step.at > kMost || step.lasts < 0 || step.lasts > kMost)
      say(Part::Stage, k, "uses '{}' at {} ps for {} ps", r.name, step.at, step.lasts);
    if (step.count < 0) say(Part::Stage, k, "does {} actions on '{}'", step.count, r.name);
    if (step.units < 1 || step.units > r.units)
      say(Part::Stage, k, "uses {} units of '{}', which has {}", step.units, r.name, r.units);
    const int64_t times = step.repeat ? std::max<int64_t>(p_[*step.repeat].most, 1) : 1;
    const std::optional<int64_t> counted = product(p_.stages[k].elements(), times, kLongest);
    if (!longest(step) || !counted || !product(*counted, std::max<int64_t>(step.count, 0), kLongest)) {
      say(Part::Stage, k, "repeats '{}' until its times or counts overflow", r.name);
    }
  }

  /// Units in use never exceed those there are, and a step of variable length ends last: else offsets were not
  /// rigid.
  void steps_together(uint32_t k) {
    const Stage& s = p_.stages[k];
    for (const Step& a : s.steps) {
      if (*longest(a) == 0) continue;
      int64_t used = 0;
      for (const Step& b : s.steps) {
        if (b.on == a.on && b.at <= a.at && a.at < b.at + *longest(b)) used += b.units;
      }
      if (used > p_[a.on].units) {
        say(Part::Stage, k, "uses {} units of '{}' at {} ps, which has {}", used, p_[a.on].name, a.at,
            p_[a.on].units);
        return;
      }
    }
    for (const Step& a : s.steps) {
      for (const Step& b : s.steps) {
        if (!a.repeat || b.repeat || b.at + b.lasts <= a.at + *longest(a)) continue;
        say(Part::Stage, k, "repeats a step on '{}' that another on '{}' outlasts; cut the stage in two",
            p_[a.on].name, p_[b.on].name);
        return;
      }
    }
  }

  Picoseconds latency(const Stage& s) const {
    Picoseconds end = 0;
    for (const Step& step : s.steps) end = std::max(end, step.at + longest(step).value_or(0));
    return end;
  }

  void read(uint32_t k, const Read& read) {
    const Stage& s = p_.stages[k];
    if (read.store.index >= p_.stores.size()) return say(Part::Stage, k, "reads a store that does not exist");
    const Store& store = p_[read.store];
    if (read.held && (*read.held < 0 || *read.held > kMost))
      say(Part::Stage, k, "holds items of '{}' for {} ps", store.name, *read.held);
    std::set<Dim> known;
    for (const auto& [dim, axis] : read.window.axes) {
      if (!is_dim(dim) || !known.insert(dim).second)
        say(Part::Stage, k, "reads '{}' by a window with an unnamed or repeated loop", store.name);
      const bool wild = std::abs(axis.multiply) > kMostPerLoop || std::abs(axis.low) > kMostPerLoop ||
                        std::abs(axis.high) > kMostPerLoop || axis.divide > kMostPerLoop;
      if (axis.divide < 1 || axis.low > axis.high || wild)
        say(Part::Stage, k, "reads '{}' by a window of impossible range", store.name);
      if (!axis.all && !has_loop(s, axis.of))
        say(Part::Stage, k, "reads '{}' by a loop it does not have", store.name);
      if (store.writer && is_dim(dim) && !has_loop(p_[*store.writer], dim)) {
        say(Part::Stage, k, "reads '{}' by loop '{}', which its writer '{}' does not have", store.name,
            p_.dims[dim.index], p_[*store.writer].name);
      }
    }
    if (!store.writer || !out_.empty()) return;
    if (!fits_table(s, p_[*store.writer], read.window))
      say(Part::Stage, k, "reads '{}' by a window of more than {} items", store.name, kMostPerLoop);
    const bool instant = read.held ? *read.held == 0 : latency(s) == 0;
    if (instant && store.capacity < kUnlimited)
      say(Part::Stage, k, "reads and frees items of '{}' in no time", store.name);
  }
  static bool has_loop(const Stage& s, Dim d) {
    for (const Loop& l : s.loops) {
      if (l.dim == d) return true;
    }
    return false;
  }

  void writers() {
    for (uint32_t k = 0; k < p_.stores.size(); ++k) {
      const Store& s = p_.stores[k];
      if (!s.writer) continue;
      const std::vector<StoreId>& writes = p_[*s.writer].writes;
      bool written = false;
      for (StoreId w : writes) written |= w == StoreId{k};
      if (!written) say(Part::Store, k, "has '{}' as its writer, which does not write it", p_[*s.writer].name);
    }
  }

  /// Even one after another, all firings end before time overflows.
  void total_time() {
    int64_t total = 0;
    for (uint32_t k = 0; k < p_.stages.size(); ++k) {
      const Stage& s = p_.stages[k];
      Picoseconds longest = latency(s);
      for (const Read& r : s.reads) longest = std::max(longest, r.held.value_or(0));
      const std::optional<int64_t> all = product(longest, s.firings(), kLongest);
      if (!all || __builtin_add_overflow(total, *all, &total) || total > kLongest)
        return say(Part::Stage, k, "would run for longer than {} ps", kLongest);
    }
  }

  const Program& p_;
  std::vector<Violation> out_;
  std::set<std::string> stage_names_;
};

}  // namespace

std::vector<Violation> malformations(const Program& program) { return Check(program).run(); }

}  // namespace ohmweave::program
