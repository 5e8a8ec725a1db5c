// SPDX-License-Identifier: Apache-2.0
// Tasks become stages, stores and steps. The array's plan says what a product costs inside the arrays; the
// design's pipeline says what surrounds it.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/circuit/bus.h"
#include "ohmweave/mapping/levels.h"
#include "ohmweave/mapping/phases.h"
#include "ohmweave/mapping/resources.h"
#include "ohmweave/mapping/route.h"
#include "ohmweave/mapping/stores.h"

namespace ohmweave::mapping {
namespace {

using circuit::Component;
using circuit::Verb;
using program::Picoseconds;
using program::ResourceId;
using program::Step;
using program::StoreId;

class Emitter {
 public:
  explicit Emitter(Context& c)
      : c_(c), resources_(c), stores_(c, resources_), phases_(c, resources_), cycle_(phases_.cycle()) {}

  void run() {
    for (Task& t : c_.tasks) {
      program::Stage stage;
      stage.name = t.name;
      stage.loops.push_back(samples_loop());
      for (size_t k = 0; k < t.positions.size(); ++k)
        stage.loops.push_back({t.positions[k].dim, t.positions[k].extent, t.lanes[k]});
      Picoseconds consumed = t.is_product() ? product(t, stage) : digital(t, stage);
      for (const Operand& o : t.operands)
        stage.reads.push_back({stores_.read(o.origin.value), window(c_, t, o), consumed});
      if (t.recurrent) {
        const program::Dim step = t.positions[0].dim;
        stage.reads.push_back({stores_.of(t.output), {{{step, program::previous(step)}}}, consumed});
      }
      stage.writes.push_back(stores_.of(t.output));
      c_.program.add(std::move(stage));
    }
    if (c_.settings.pipeline.load) load_inputs(*c_.settings.pipeline.load);
    for (Task& t : c_.tasks) {
      if (t.sends) send_results(t);
    }
  }

 private:
  program::Loop samples_loop() const {
    return {c_.program.dim("image"), c_.out.samples, c_.out.samples_together};
  }

  /// A stage for every input of the network that somebody reads, after those of the tasks.
  void load_inputs(const Phase& through) {
    for (network::ValueId input : c_.network().inputs) {
      const auto reader = std::find_if(c_.tasks.begin(), c_.tasks.end(), [&](const Task& t) {
        return std::any_of(t.operands.begin(), t.operands.end(),
                           [&](const Operand& o) { return o.origin.value == input; });
      });
      if (reader == c_.tasks.end()) continue;
      Task at;
      at.region = reader->region;
      program::Stage stage;
      stage.name = c_.network().value(input).name + ".load";
      stage.loops.push_back(samples_loop());
      const auto values = static_cast<double>(tensor::count(c_.network().value(input).shape));
      const Load sample{values, values * bytes_per_value(c_, input)};
      phases_.add(through, {Verb::Read, Verb::Move}, at, stage, 0, sample, sample, program::Serves::Element);
      stage.operation = program::Move{};
      stage.writes.push_back(stores_.of(input));
      c_.loads.push_back(c_.program.add(std::move(stage)));
    }
  }

  /// A stage that brings all results of a sample to every group of their readers, or out of the machine; it
  /// takes the time of its slowest component.
  void send_results(Task& t) {
    program::Stage stage;
    stage.name = t.name + ".send";
    stage.loops.push_back(samples_loop());
    stage.operation = program::Move{};
    Picoseconds lasts = cycle_;
    for (const std::string& path : c_.settings.pipeline.send->through) {
      const machine::Node& node = *c_.machine.find(path);
      const circuit::Action& action = *action_for(*node.component, {Verb::Move}, false);
      const bool link = node.parent == c_.machine.root.get();
      const bool inside = c_.place->instances < node.parent->instances;
      const Traffic carried = traffic(c_, t, inside ? *c_.place : *node.parent);
      const double samples = link ? carried.foreign : carried.received;
      const Load load{samples * static_cast<double>(t.items() * t.output_elements),
                      samples * sample_bytes(c_, t)};
      const double parts = link ? static_cast<double>(node.instances * c_.out.chips) /
                                      static_cast<double>(c_.out.samples_together)
                                : resources_.instances(node, t);
      lasts = std::max(lasts, phases_.cycles(action, load, parts));
      Phases::add_step(stage, resources_.of(node, t), action.verb, 0, 0, round_up(load.of(action)));
    }
    for (Step& step : stage.steps) step.lasts = lasts;
    stage.reads.push_back({stores_.of(t.output), {}, {}});
    stage.writes.push_back(stores_.read(t.output));
    t.send = c_.program.add(std::move(stage));
  }

  /// Bytes that the groups of a task fetch for one full firing: windows of neighbouring copies overlap and are
  /// read once.
  Load fetched(const Task& t) const {
    const int64_t groups = c_.regions[t.region].groups, copies = t.copies();
    const bool again = c_.settings.overlap == Overlap::Repeated;
    Load load;
    if (t.recurrent) load = {static_cast<double>(t.output_elements), item_bytes(c_, t)};  // its state
    for (const Operand& o : t.operands) {
      std::vector<int64_t> together = neighbours(t, again ? 1 : divide_up(copies, groups));
      double window = static_cast<double>(o.elements);
      for (size_t k = 0; k < together.size(); ++k) {
        int64_t reach = ((together[k] - 1) * o.stride[k] + o.span[k] - 1) / o.divide[k] + 1;
        window *= static_cast<double>(reach);
      }
      double holders = static_cast<double>(std::min(groups, copies));
      if (copies < groups) {  // each copy spans groups; a tall column's groups fetch their rows only
        double rows =
            std::min(1.0, static_cast<double>(c_.arrays_per_group) / static_cast<double>(t.plan->row_tiles));
        holders = static_cast<double>(groups) * rows;
      }
      if (again && !t.private_arrays) holders = static_cast<double>(copies * t.plan->column_tiles);
      load.values += window * holders;
      load.bytes += window * holders * bytes_per_value(c_, o.origin.value);
    }
    return load;
  }

  Picoseconds product(Task& t, program::Stage& stage) {
    const Pipeline& p = c_.settings.pipeline;
    const array::Plan& plan = *t.plan;
    Load fetch = fetched(t);
    // What each copy fetches for itself counts for each; what they fetch together, once for all of them.
    const bool again = c_.settings.overlap == Overlap::Repeated;
    const double each = again ? static_cast<double>(t.copies()) : 1;
    const Load counted{fetch.values / each, fetch.bytes / each};
    const program::Serves serves = again ? program::Serves::Element : program::Serves::Outer;
    Picoseconds at = phases_.add(p.fetch, {Verb::Read, Verb::Move}, t, stage, 0, fetch, counted, serves);
    Picoseconds consumed = at;
    const int64_t per_element =
        t.private_arrays ? t.items() : 1;  // plans of private kernels cover all positions
    for (const array::Use& use : plan.uses) {
      const machine::Node& node = *c_.machine.node_of(use.on);
      Phases::add_step(stage, resources_.of(node, t), use.verb, at + use.at, use.lasts,
                       divide_up(use.count, per_element));
      if (!use.of_array || t.copies_per_array == 1) continue;
      stage.steps.back().count =
          use.count * divide_up(t.copies(), t.copies_per_array);  // they are read together
      stage.steps.back().serves = program::Serves::Outer;
    }
    at += plan.latency;
    if (p.fetch.through.empty()) consumed = at;  // the arrays work on operands where they stand
    const double copies = static_cast<double>(t.copies()), outputs = static_cast<double>(t.output_elements);
    const int64_t per_unit = c_.machine.arrays().instances / c_.machine.arrays().parent->instances;
    Load merge{outputs * static_cast<double>(divide_up(plan.row_tiles, per_unit)), outputs * sum_bytes(plan)};
    at += phases_.add(p.merge, {Verb::Add, Verb::Add}, t, stage, at,
                      {merge.values * copies, merge.bytes * copies}, merge, program::Serves::Element);
    at += move_partial_sums(t, stage, at);
    at += activate(t, stage, at);
    at += renew_state(t, stage, at);
    store(t, stage, at);
    program::Cells cells{c_.machine.arrays().path, t.private_arrays ? 1 : t.copies(), t.plan};
    program::Store weights{
        t.name + ".weights",
        std::nullopt,
        program::kUnlimited,
        units::Data::from_si(static_cast<double>(plan.shape.rows * plan.shape.outputs * plan.shape.groups *
                                                 plan.formats.weight_bits())),
        {weights_of(t)},
        std::move(cells)};
    StoreId held = c_.program.add(std::move(weights));
    stage.operation = program::Product{t.node, held, t.after};
    return consumed;
  }
  /// The activation phase; a product passes it even if nothing is applied there.
  Picoseconds activate(Task& t, program::Stage& stage, Picoseconds at) {
    const double copies = static_cast<double>(t.copies());
    Load load = t.after.empty() ? Load{} : Load{static_cast<double>(t.output_elements), item_bytes(c_, t)};
    if (t.recurrent)
      load = {static_cast<double>(t.gate_values),
              static_cast<double>(t.gate_values) * bytes_per_value(c_, t.output)};
    return phases_.add(c_.settings.pipeline.activate, {Verb::Apply, Verb::Apply}, t, stage, at,
                       {load.values * copies, load.bytes * copies}, load, program::Serves::Element);
  }
  /// What a recurrent layer does with its gates beside the activations.
  Picoseconds renew_state(Task& t, program::Stage& stage, Picoseconds at) {
    if (!t.recurrent || !t.unit || t.work == 0) return 0;
    const circuit::Action& action = *action_for(*t.unit->component, {Verb::Add}, false);
    const Load work{static_cast<double>(t.work), static_cast<double>(t.work) * bytes_per_value(c_, t.output)};
    const Picoseconds lasts = phases_.cycles(action, work, resources_.instances(*t.unit, t));
    Phases::add_step(stage, resources_.of(*t.unit, t), action.verb, at, lasts, round_up(work.of(action)));
    return lasts;
  }
  network::ValueId weights_of(const Task& t) const {
    return c_.network().nodes[t.node].inputs[t.recurrent ? 2 : 1];
  }
  /// A sum is as wide as the arrays make it, or as its operands and the rows demand.
  static double sum_bytes(const array::Plan& plan) {
    if (plan.sum_bits > 0) return std::ceil(plan.sum_bits / 8.0);
    if (plan.formats.floating) return plan.formats.floating->bits() / 8.0;
    int bits =
        plan.formats.input.bits + plan.formats.weight.bits +
        static_cast<int>(std::ceil(std::log2(static_cast<double>(std::max<int64_t>(plan.shape.rows, 2)))));
    return std::ceil(bits / 8.0);
  }
  /// A copy that spans groups has columns cut at their borders: those partial sums travel to where they are
  /// added while the merge ends. Returns how much longer than the merge that takes.
  Picoseconds move_partial_sums(Task& t, program::Stage& stage, Picoseconds at) {
    const array::Plan& plan = *t.plan;
    const int64_t arrays = t.private_arrays ? divide_up(plan.arrays, t.items()) : plan.arrays;  // of an item
    const int64_t borders = divide_up(arrays, c_.arrays_per_group) - 1;
    if (plan.row_tiles <= 1 || borders == 0) return 0;
    const double outputs = static_cast<double>(t.output_elements) / static_cast<double>(plan.column_tiles);
    const Pipeline& p = c_.settings.pipeline;  // the way that results take between groups: its innermost part
    const auto& way = p.store.through.empty() && p.send ? p.send->through : p.store.through;
    for (auto path = way.rbegin(); path != way.rend(); ++path) {
      const machine::Node& node = *c_.machine.find(*path);
      if (!node.component->action(Verb::Move) || node.parent == c_.machine.root.get()) continue;
      const double moved = static_cast<double>(borders) * outputs * sum_bytes(plan);
      const double together = moved * static_cast<double>(t.copies());
      const Picoseconds lasts = phases_.cycles(*node.component->action(Verb::Move), {together, together},
                                               resources_.instances(node, t));
      Phases::add_step(stage, resources_.of(node, t), Verb::Move, at - cycle_, lasts, round_up(moved));
      return lasts - cycle_;
    }
    return 0;
  }

  /// Results on their way: movers carry what leaves the instances of their group that it is made in, buses and
  /// memories every delivery, links what crosses chips. Results that are sent stay where they are made until
  /// then.
  void store(Task& t, program::Stage& stage, Picoseconds at) {
    Picoseconds lasts = c_.settings.pipeline.store.through.empty() ? 0 : cycle_;
    struct Part {
      const machine::Node* node;
      const circuit::Action* action;
      double per_element;
      ResourceId on;
      Picoseconds busy;
    };
    std::vector<Part> parts;
    const double copies = static_cast<double>(t.copies());
    for (const std::string& path : c_.settings.pipeline.store.through) {
      const machine::Node& node = *c_.machine.find(path);
      const circuit::Action& action = *action_for(*node.component, {Verb::Write, Verb::Move}, false);
      const bool link = node.parent == c_.machine.root.get();
      const Traffic carried = t.sends ? Traffic{1, 0} : traffic(c_, t, *node.parent);
      const bool all = action.verb != Verb::Move || dynamic_cast<const circuit::Bus*>(node.component.get());
      const double factor = all ? carried.received : carried.foreign;
      if (factor == 0) continue;
      double amount =
          factor * (action.unit == "byte" ? item_bytes(c_, t) : static_cast<double>(t.output_elements));
      bool memory = action.verb == Verb::Write;
      size_t region = memory && !t.sends && !t.readers.empty() ? c_.tasks[t.readers[0]].region : t.region;
      Task at_region;
      at_region.region = region;
      const double instances_there = link ? static_cast<double>(node.instances * c_.out.chips) /
                                                static_cast<double>(c_.out.samples_together)
                                          : resources_.instances(node, at_region);
      const Picoseconds whole = phases_.cycles(action, {amount * copies, amount * copies}, instances_there);
      // Links are all layers' together: each keeps them for as long as its data take, not for whole cycles.
      const Picoseconds busy = round_up(Phases::picoseconds(action, amount * copies, instances_there));
      parts.push_back({&node, &action, amount, resources_.of(node, at_region),
                       link ? std::clamp<Picoseconds>(busy, 1, whole) : 0});
      lasts = std::max(lasts, whole);
    }
    for (const Part& p : parts)
      Phases::add_step(stage, p.on, p.action->verb, at, p.busy > 0 ? p.busy : lasts, round_up(p.per_element));
  }

  /// Work of a digital unit: operands are read one place of the window after the other, then computed and
  /// stored.
  Picoseconds digital(Task& t, program::Stage& stage) {
    std::vector<network::NodeId> nodes{t.node};
    nodes.insert(nodes.end(), t.after.begin(), t.after.end());
    stage.operation = program::Evaluate{std::move(nodes)};
    if (!t.unit) {  // not modelled: one cycle stands for it, so that what follows stays behind it
      ResourceId nowhere = c_.program.add(program::Resource{t.name + ".not_modelled", "", 1, 1});
      Phases::add_step(stage, nowhere, Verb::Apply, 0, cycle_, 0);
      return cycle_;
    }
    const double copies = static_cast<double>(t.copies());
    // What computes where operands stand has nothing to read.
    const Operands operands = t.unit == &c_.memory() ? Operands{} : read_operands(t, stage);
    const circuit::Action& action =
        *action_for(*t.unit->component, natural_verbs(c_.network().nodes[t.node].op), false);
    Load work{static_cast<double>(t.work), static_cast<double>(t.work) * bytes_per_value(c_, t.output)};
    Picoseconds lasts =
        phases_.cycles(action, {work.values * copies, work.bytes * copies}, resources_.instances(*t.unit, t));
    // It works on what is there while the rest is read, and is not done before a cycle after the last of it.
    const Picoseconds begins = std::max(operands.first, operands.all + cycle_ - lasts);
    Phases::add_step(stage, resources_.of(*t.unit, t), action.verb, begins, lasts, round_up(work.of(action)));
    if (t.after.empty()) {
      store(t, stage, begins + lasts - cycle_);
    } else {
      store(t, stage, begins + lasts + activate(t, stage, begins + lasts));
    }
    return operands.all > 0 ? operands.all : begins + lasts;
  }
  /// When the operands of a digital unit's firing are read: the first of them, and all.
  struct Operands {
    Picoseconds first = 0, all = 0;
  };
  /// The steps that read them; none where nothing is fetched, because the unit works on them where they stand.
  Operands read_operands(const Task& t, program::Stage& stage) {
    Operands out;
    if (c_.settings.pipeline.fetch.through.empty()) return out;
    const machine::Node& memory = c_.memory();
    const circuit::Action& read = *action_for(*memory.component, {Verb::Read}, true);
    const double copies = static_cast<double>(t.copies());
    for (const Operand& o : t.operands) {
      int64_t places = 1;
      for (int64_t s : o.span) places *= s;
      int64_t elements = std::min(o.elements, std::max<int64_t>(t.output_elements, 1));
      if (elements < o.elements)
        places *= divide_up(o.elements, elements);  // a reduction walks positions inside `elements`
      double values = static_cast<double>(elements), bytes = values * bytes_per_value(c_, o.origin.value);
      Picoseconds one =
          phases_.busy_cycles(read, {values * copies, bytes * copies}, resources_.instances(memory, t));
      Picoseconds lasts = phases_.startup(read) + one * places;
      Phases::add_step(stage, resources_.of(memory, t), read.verb, out.all, lasts,
                       round_up((read.unit == "byte" ? bytes : values) * static_cast<double>(places)));
      if (out.all == 0) out.first = phases_.startup(read) + one;
      out.all += lasts;
    }
    return out;
  }

  Context& c_;
  Resources resources_;
  Stores stores_;
  Phases phases_;
  Picoseconds cycle_;
};

}  // namespace

void emit(Context& context) { Emitter(context).run(); }

}  // namespace ohmweave::mapping
