// SPDX-License-Identifier: Apache-2.0
// From a program to controller commands. Bytes and actions are those of the program's steps; what is decided
// here is only where stores stand in their memories.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ohmweave/circuit/buffer.h"
#include "ohmweave/mapping/settings.h"
#include "ohmweave/program/validate.h"
#include "ohmweave/report/listing.h"

namespace ohmweave::report {
namespace {

using circuit::Verb;
using program::Program;
using program::ResourceId;
using program::Stage;
using program::Step;
using program::StoreId;

class Maker {
 public:
  Maker(const mapping::Mapping& mapping, const machine::Machine& machine)
      : mapping_(mapping),
        machine_(machine),
        program_(mapping.program),
        least_(program::least_capacities(mapping.program)) {}

  Listing run() {
    out_.program = program_.name;
    out_.arrays = mapping_.arrays_available;
    out_.networks = mapping_.samples_together;
    out_.network_arrays = out_.networks > 1 ? mapping_.arrays_per_network : out_.arrays;
    place_stores();
    configure();
    fetch_inputs();
    for (const Stage& s : program_.stages) stage(s);
    return std::move(out_);
  }

 private:
  static const program::Memory* memory_of(const program::Store& store) {
    return std::get_if<program::Memory>(&store.where);
  }
  /// Parts of the machine that stores stand in.
  bool holds_stores(const std::string& part) const {
    return std::any_of(program_.stores.begin(), program_.stores.end(), [&](const program::Store& s) {
      const program::Memory* m = memory_of(s);
      return m != nullptr && program_[m->on].part == part;
    });
  }
  /// The steps of a stage in which a memory does something.
  std::vector<const Step*> memory_steps(const Stage& s, Verb verb) const {
    std::vector<const Step*> out;
    for (const Step& step : s.steps) {
      if (step.verb == verb && holds_stores(program_[step.on].part)) out.push_back(&step);
    }
    return out;
  }

  int64_t memory(ResourceId id) {
    auto [it, fresh] = memories_.try_emplace(id.index, static_cast<int64_t>(out_.memories.size()));
    if (fresh) {
      const program::Resource& r = program_[id];
      const auto* buffer = dynamic_cast<const circuit::Buffer*>(machine_.find(r.part)->component.get());
      const auto bytes = static_cast<int64_t>(buffer != nullptr ? buffer->capacity().si() / 8 : 0);
      out_.memories.push_back({bytes * r.units * r.parts / mapping_.samples_together, r.part, r.name});
      sized_.push_back(buffer != nullptr);
    }
    return it->second;
  }

  /// Memories a store's items are in: those its readers read, and the one it was given.
  std::set<uint32_t> memories_of(StoreId id) const {
    std::set<uint32_t> out{memory_of(program_[id])->on.index};
    for (const Stage& s : program_.stages) {
      const bool reads =
          std::any_of(s.reads.begin(), s.reads.end(), [&](const program::Read& r) { return r.store == id; });
      if (!reads) continue;
      for (const Step* step : memory_steps(s, Verb::Read)) out.insert(step->on.index);
    }
    return out;
  }
  void place_stores() {
    std::vector<int64_t> next;  // by memory
    for (uint32_t k = 0; k < program_.stores.size(); ++k) {
      const program::Store& store = program_.stores[k];
      if (memory_of(store) == nullptr || store.item.si() <= 0) continue;
      for (uint32_t on : memories_of({k})) {
        Place p;
        p.memory = memory({on});
        next.resize(out_.memories.size());
        int64_t& free = next[static_cast<size_t>(p.memory)];
        p.items = items_of(k);
        p.item_bytes = bytes_of(store);
        p.at = {free, p.items * p.item_bytes};
        p.store = store.name;
        free = p.at.end();
        places_[k].push_back({p.memory, p.at});
        out_.places.push_back(std::move(p));
      }
    }
    for (size_t m = 0; m < next.size(); ++m) {  // what is no buffer has room for what it is given
      if (!sized_[m]) out_.memories[m].bytes = next[m];
    }
  }
  /// Stages that bring inputs of the network.
  bool fetches(const Stage& s) const {
    return std::holds_alternative<program::Move>(s.operation) && s.reads.empty();
  }
  /// As many as readers need at once; of inputs, those that are fetched ahead too.
  int64_t items_of(uint32_t k) const {
    const program::Store& store = program_.stores[k];
    if (!store.writer) return 1;
    const int64_t least = std::max<int64_t>(least_[k], 1);
    const bool input = fetches(program_[*store.writer]) && store.capacity < program::kUnlimited;
    return input ? std::max(least, store.capacity) : least;
  }
  static int64_t bytes_of(const program::Store& store) {
    return static_cast<int64_t>(std::ceil(store.item.si() / 8 - 1e-9));
  }

  Extent arrays_of(const program::Product& product) const {
    const mapping::Layer& layer = mapping_.layers.at(product.node);
    return {layer.first_array, layer.all_arrays};
  }

  void configure() {
    using Word = Setting::Word;
    std::vector<Setting> program, bypass_sigmoid, bypass_converter, source;
    std::vector<Extent> used;
    for (const Stage& s : program_.stages) {
      const auto* product = std::get_if<program::Product>(&s.operation);
      if (product == nullptr) continue;
      const Extent arrays = arrays_of(*product);
      auto does = [&](Verb verb) {
        return std::any_of(s.steps.begin(), s.steps.end(),
                           [&](const Step& step) { return step.verb == verb && step.count > 0; });
      };
      program.push_back({Word::Prog, arrays, 0, s.name});
      bypass_sigmoid.push_back({Word::BypassSigmoid, arrays, does(Verb::Apply) ? 0 : 1, ""});
      bypass_converter.push_back({Word::BypassSenseAmplifier, arrays, does(Verb::Convert) ? 0 : 1, ""});
      source.push_back({Word::InputSource, arrays, memory_steps(s, Verb::Read).empty() ? 1 : 0, ""});
      used.push_back(arrays);
    }
    append(program);
    std::vector<Setting> modes;
    for (const Extent& e : used) modes.push_back({Word::Comp, e, 0, ""});
    if (mapping::read_settings(machine_).morph) add_memory_mode(used, modes);
    append(modes);
    append(bypass_sigmoid);
    append(bypass_converter);
    append(source);
  }
  /// Arrays without weights stay memory where a design's arrays can be.
  void add_memory_mode(std::vector<Extent> used, std::vector<Setting>& modes) const {
    std::sort(used.begin(), used.end(), [](const Extent& a, const Extent& b) { return a.first < b.first; });
    int64_t at = 0;
    used.push_back({out_.network_arrays, 0});
    for (const Extent& e : used) {
      if (e.first > at) modes.push_back({Setting::Word::Mem, {at, e.first - at}, 0, ""});
      at = std::max(at, e.end());
    }
  }
  /// Neighbouring ranges that are set alike become one command; layers are programmed one by one.
  void append(std::vector<Setting> settings) {
    std::stable_sort(settings.begin(), settings.end(), [](const Setting& a, const Setting& b) {
      return a.word != b.word ? a.word < b.word : a.arrays.first < b.arrays.first;
    });
    for (Setting& s : settings) {
      std::vector<Setting>& all = out_.configuration;
      const bool joins = !all.empty() && s.word != Setting::Word::Prog && all.back().word == s.word &&
                         all.back().value == s.value && all.back().arrays.end() == s.arrays.first;
      if (joins) {
        all.back().arrays.size += s.arrays.size;
      } else {
        all.push_back(std::move(s));
      }
    }
  }

  /// What comes from outside and goes there: the inputs, then the outputs, one after the other.
  Extent take_outside(int64_t bytes) {
    const Extent out{out_.outside, bytes};
    out_.outside += bytes;
    return out;
  }
  void fetch_inputs() {
    for (const auto& [k, at] : places_) {
      const program::Store& store = program_.stores[k];
      if (store.writer && !fetches(program_[*store.writer])) continue;
      const int64_t bytes = bytes_of(store);
      out_.fetches.push_back({Command::Word::Fetch, at, take_outside(bytes), {}, "", bytes, false});
    }
  }

  static Command on_place(Command::Word word, const Command& place) {
    Command c;
    c.word = word;
    c.arrays = place.arrays;
    c.unit = place.unit;
    c.each = true;
    return c;
  }
  void stage(const Stage& s) {
    if (fetches(s) || std::holds_alternative<program::None>(s.operation)) return;  // clocks command nothing
    ListedStage& out = out_.stages.emplace_back();
    out.name = s.name;
    for (const program::Loop& l : s.loops) {
      const std::string& dim = program_.dims[l.dim.index];
      if (dim != "image" || l.extent > 1) out.loops.push_back({dim, l.extent, l.lanes});
    }
    Command place;  // where it is done
    if (const auto* product = std::get_if<program::Product>(&s.operation)) {
      place.arrays = arrays_of(*product);
    } else {
      place.unit = unit_of(s);
    }
    loads(s, place, out);
    out.commands.push_back(work(s, place));
    stores(s, place, out);
  }
  std::string unit_of(const Stage& s) const {
    if (std::holds_alternative<program::Move>(s.operation) && !s.steps.empty())
      return program_[s.steps.front().on].part;
    for (const Step& step : s.steps) {
      const std::string& part = program_[step.on].part;
      const bool computes = step.verb == Verb::Add || step.verb == Verb::Apply || step.verb == Verb::Compare;
      if (computes && !part.empty()) return part;
    }
    return "host";
  }
  Command work(const Stage& s, const Command& place) const {
    const bool in_arrays = place.unit.empty();
    Command c = on_place(in_arrays ? Command::Word::Compute : Command::Word::Apply, place);
    const std::string& part = in_arrays ? machine_.arrays().path : place.unit;
    for (const Step& step : s.steps) {
      if (program_[step.on].part != part || step.count == 0) continue;
      c.amount += step.count;
      c.each = step.serves == program::Serves::Element;
      break;
    }
    return c;
  }
  /// A range of a store in the memory that a stage reads.
  void add_source(StoreId store, std::optional<ResourceId> from, std::vector<BufferRange>& out) {
    const auto places = places_.find(store.index);
    if (places == places_.end()) return;  // waiting alone
    const int64_t wanted = memory(from.value_or(memory_of(program_[store])->on));
    for (const BufferRange& b : places->second) {
      if (b.memory == wanted) out.push_back(b);
    }
  }
  void loads(const Stage& s, const Command& place, ListedStage& out) {
    std::vector<const program::Read*> reads;
    for (const program::Read& r : s.reads) {
      if (places_.count(r.store.index) > 0) reads.push_back(&r);
    }
    const std::vector<const Step*> steps = memory_steps(s, Verb::Read);
    const bool one_each = steps.size() == reads.size();  // operands are read one after the other
    for (size_t k = 0; k < (one_each ? reads.size() : 1); ++k) {
      Command c = on_place(Command::Word::Load, place);
      std::optional<ResourceId> from;
      for (size_t n = one_each ? k : 0; n < (one_each ? k + 1 : steps.size()); ++n) {
        c.amount += steps[n]->count;
        c.each = steps[n]->serves == program::Serves::Element;
        from = steps[n]->on;
      }
      for (size_t n = one_each ? k : 0; n < (one_each ? k + 1 : reads.size()); ++n)
        add_source(reads[n]->store, from, c.buffers);
      out.commands.push_back(std::move(c));
    }
  }
  void stores(const Stage& s, const Command& place, ListedStage& out) {
    Command c = on_place(Command::Word::Store, place);
    for (const Step* step : memory_steps(s, Verb::Write)) {
      c.amount += step->count;
      c.each = step->serves == program::Serves::Element;
    }
    std::vector<Command> commits;
    for (StoreId id : s.writes) {
      const auto places = places_.find(id.index);
      if (places == places_.end()) continue;
      c.buffers.insert(c.buffers.end(), places->second.begin(), places->second.end());
      if (!leaves(id)) continue;
      const int64_t bytes = bytes_of(program_[id]);
      commits.push_back({Command::Word::Commit,
                         {places->second.front()},
                         take_outside(bytes * out.firings()),
                         {},
                         "",
                         bytes,
                         false});
    }
    out.commands.push_back(std::move(c));
    out.commands.insert(out.commands.end(), commits.begin(), commits.end());
  }
  /// Whether a store holds an output of the network, or what no stage reads; what is sent on leaves from where
  /// it is sent to.
  bool leaves(StoreId id) const {
    for (const Stage& s : program_.stages) {
      const bool reads =
          std::any_of(s.reads.begin(), s.reads.end(), [&](const program::Read& r) { return r.store == id; });
      if (reads && std::holds_alternative<program::Move>(s.operation)) return false;
    }
    const std::vector<network::ValueId>& outputs = mapping_.network.outputs;
    for (network::ValueId v : program_[id].values) {
      if (std::find(outputs.begin(), outputs.end(), v) != outputs.end()) return true;
    }
    for (const Stage& s : program_.stages) {
      for (const program::Read& r : s.reads) {
        if (r.store == id) return false;
      }
    }
    return true;
  }

  const mapping::Mapping& mapping_;
  const machine::Machine& machine_;
  const Program& program_;
  std::vector<int64_t> least_;
  Listing out_;
  std::map<uint32_t, int64_t> memories_;                 // by resource
  std::vector<bool> sized_;                              // by memory
  std::map<uint32_t, std::vector<BufferRange>> places_;  // by store
};

}  // namespace

Listing make_listing(const mapping::Mapping& mapping, const machine::Machine& machine) {
  if (!mapping.fits) base::fail(mapping.program.name, "nothing can be listed: " + mapping.misfit);
  return Maker(mapping, machine).run();
}

}  // namespace ohmweave::report
