// SPDX-License-Identifier: Apache-2.0
// Tasks become stages, stores and steps. The array's plan says what a product costs inside the arrays; the
// design's pipeline says what surrounds it.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/circuit/bus.h"
#include "ohmweave/mapping/levels.h"
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

int64_t round_up(double x) { return static_cast<int64_t>(std::ceil(x - 1e-9)); }

/// Amounts of one phase: values and bytes, over all instances, per firing or per element.
struct Load {
  double values = 0, bytes = 0;
};

class Emitter {
 public:
  explicit Emitter(Context& c)
      : c_(c),
        cycle_(units::to_picoseconds(c.settings.pipeline.cycle)),
        resources_(c),
        stores_(c, resources_) {}

  void run() {
    for (Task& t : c_.tasks) {
      program::Stage stage;
      stage.name = t.name;
      stage.loops.push_back(samples_loop());
      for (size_t k = 0; k < t.positions.size(); ++k)
        stage.loops.push_back({t.positions[k].dim, t.positions[k].extent, t.lanes[k]});
      Picoseconds consumed = t.is_product() ? product(t, stage) : digital(t, stage);
      for (const Operand& o : t.operands)
        stage.reads.push_back({stores_.of(o.origin.value), window(c_, t, o), consumed});
      if (t.recurrent) {
        const program::Dim step = t.positions[0].dim;
        stage.reads.push_back({stores_.of(t.output), {{{step, program::previous(step)}}}, consumed});
      }
      stage.writes.push_back(stores_.of(t.output));
      c_.program.add(std::move(stage));
    }
    if (c_.settings.pipeline.load) load_inputs(*c_.settings.pipeline.load);
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
      phase(through, at, stage, 0, sample, sample, program::Serves::Element);
      stage.operation = program::Move{};
      stage.writes.push_back(stores_.of(input));
      c_.program.add(std::move(stage));
    }
  }

  static void add_step(program::Stage& stage, ResourceId on, Verb verb, Picoseconds at, Picoseconds lasts,
                       int64_t count) {
    Step step;
    step.on = on;
    step.verb = verb;
    step.at = at;
    step.lasts = lasts;
    step.count = count;
    stage.steps.push_back(step);
  }

  static Verb verb_of(const Component& part, bool source) {
    for (Verb v : {Verb::Add, Verb::Apply, Verb::Compare, Verb::Move}) {
      if (part.action(v)) return v;
    }
    return source ? Verb::Read : Verb::Write;
  }
  /// Whole cycles that `parts` instances need for a load together, at least one; without and with what comes
  /// before the first action.
  Picoseconds busy_cycles(const circuit::Action& action, const Load& load, double parts) const {
    const double actions = (action.unit == "byte" ? load.bytes : load.values) / parts;
    return std::max<int64_t>(whole_cycles(actions * static_cast<double>(units::to_picoseconds(action.time))),
                             1) *
           cycle_;
  }
  Picoseconds cycles(const circuit::Action& action, const Load& load, double parts) const {
    return busy_cycles(action, load, parts) + startup(action);
  }
  Picoseconds startup(const circuit::Action& action) const {
    return whole_cycles(static_cast<double>(units::to_picoseconds(action.startup))) * cycle_;
  }
  int64_t whole_cycles(double picoseconds) const { return round_up(picoseconds / static_cast<double>(cycle_)); }
  /// Adds the steps of a phase that begins at `at`; `per_firing` is the load of a full firing, which sets the
  /// time, and `count` the load that is counted. Returns how long the phase lasts.
  Picoseconds phase(const Phase& phase, Task& t, program::Stage& stage, Picoseconds at, const Load& per_firing,
                    const Load& count, program::Serves serves) {
    struct Part {
      const machine::Node& node;
      const circuit::Action& action;
    };
    std::vector<Part> parts;
    Picoseconds lasts = cycle_;
    for (const std::string& path : phase.through) {
      const machine::Node& node = *c_.machine.find(path);
      parts.push_back({node, *node.component->action(verb_of(*node.component, path == phase.through.front()))});
      lasts = std::max(lasts, cycles(parts.back().action, per_firing, resources_.instances(node, t)));
    }
    for (const Part& part : parts) {
      add_step(stage, resources_.of(part.node, t), part.action.verb, at, lasts,
               round_up(part.action.unit == "byte" ? count.bytes : count.values));
      stage.steps.back().serves = serves;
    }
    return lasts;
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
    Picoseconds fetched_at =
        phase(p.fetch, t, stage, 0, fetch, counted, again ? program::Serves::Element : program::Serves::Outer);
    Picoseconds at = fetched_at;
    const int64_t per_element =
        t.private_arrays ? t.items() : 1;  // plans of private kernels cover all positions
    for (const array::Use& use : plan.uses) {
      const machine::Node& node = *c_.machine.node_of(use.on);
      add_step(stage, resources_.of(node, t), use.verb, at + use.at, use.lasts,
               divide_up(use.count, per_element));
      if (use.on != c_.machine.arrays().component.get() || t.copies_per_array == 1) continue;
      stage.steps.back().count =
          use.count * divide_up(t.copies(), t.copies_per_array);  // they are read together
      stage.steps.back().serves = program::Serves::Outer;
    }
    at += plan.latency;
    const double copies = static_cast<double>(t.copies()), outputs = static_cast<double>(t.output_elements);
    const int64_t per_unit = c_.machine.arrays().instances / c_.machine.arrays().parent->instances;
    Load merge{outputs * static_cast<double>(divide_up(plan.row_tiles, per_unit)), outputs * sum_bytes(plan)};
    at += phase(p.merge, t, stage, at, {merge.values * copies, merge.bytes * copies}, merge,
                program::Serves::Element);
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
                                                 plan.formats.weight.bits)),
        {weights_of(t)},
        std::move(cells)};
    StoreId held = c_.program.add(std::move(weights));
    stage.operation = program::Product{t.node, held, t.after};
    return fetched_at;
  }
  /// The activation phase; a product passes it even if nothing is applied there.
  Picoseconds activate(Task& t, program::Stage& stage, Picoseconds at) {
    const double copies = static_cast<double>(t.copies());
    Load load = t.after.empty() ? Load{} : Load{static_cast<double>(t.output_elements), item_bytes(c_, t)};
    if (t.recurrent)
      load = {static_cast<double>(t.gate_values),
              static_cast<double>(t.gate_values) * bytes_per_value(c_, t.output)};
    return phase(c_.settings.pipeline.activate, t, stage, at, {load.values * copies, load.bytes * copies}, load,
                 program::Serves::Element);
  }
  /// What a recurrent layer does with its gates beside the activations.
  Picoseconds renew_state(Task& t, program::Stage& stage, Picoseconds at) {
    if (!t.recurrent || !t.unit || t.work == 0) return 0;
    const circuit::Action& action = *t.unit->component->action(verb_of(*t.unit->component, false));
    const Load work{static_cast<double>(t.work), static_cast<double>(t.work) * bytes_per_value(c_, t.output)};
    const Picoseconds lasts = cycles(action, work, resources_.instances(*t.unit, t));
    add_step(stage, resources_.of(*t.unit, t), action.verb, at, lasts,
             round_up(action.unit == "byte" ? work.bytes : work.values));
    return lasts;
  }
  network::ValueId weights_of(const Task& t) const {
    return c_.network().nodes[t.node].inputs[t.recurrent ? 2 : 1];
  }
  /// A sum is as wide as the arrays make it, or as its operands and the rows demand.
  static double sum_bytes(const array::Plan& plan) {
    if (plan.sum_bits > 0) return std::ceil(plan.sum_bits / 8.0);
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
    const auto& way =
        c_.settings.pipeline.store.through;  // that results take between groups: its innermost part
    for (auto path = way.rbegin(); path != way.rend(); ++path) {
      const machine::Node& node = *c_.machine.find(*path);
      if (!node.component->action(Verb::Move) || node.parent == c_.machine.root.get()) continue;
      const double moved = static_cast<double>(borders) * outputs * sum_bytes(plan);
      const double together = moved * static_cast<double>(t.copies());
      const Picoseconds lasts =
          cycles(*node.component->action(Verb::Move), {together, together}, resources_.instances(node, t));
      add_step(stage, resources_.of(node, t), Verb::Move, at - cycle_, lasts, round_up(moved));
      return lasts - cycle_;
    }
    return 0;
  }

  /// Results on their way: movers carry what leaves the instances of their group that it is made in, buses and
  /// memories every delivery, links what crosses chips.
  void store(Task& t, program::Stage& stage, Picoseconds at) {
    Picoseconds lasts = cycle_;
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
      const circuit::Action& action = *node.component->action(verb_of(*node.component, false));
      const bool link = node.parent == c_.machine.root.get();
      const Traffic carried = traffic(c_, t, *node.parent);
      const bool all = action.verb != Verb::Move || dynamic_cast<const circuit::Bus*>(node.component.get());
      const double factor = all ? carried.received : carried.foreign;
      if (factor == 0) continue;
      double amount =
          factor * (action.unit == "byte" ? item_bytes(c_, t) : static_cast<double>(t.output_elements));
      bool memory = action.verb == Verb::Write;
      size_t region = memory && !t.readers.empty() ? c_.tasks[t.readers[0]].region : t.region;
      Task at_region;
      at_region.region = region;
      const double instances_there = link ? static_cast<double>(node.instances * c_.out.chips) /
                                                static_cast<double>(c_.out.samples_together)
                                          : resources_.instances(node, at_region);
      const Picoseconds whole = cycles(action, {amount * copies, amount * copies}, instances_there);
      // Links are all layers' together: each keeps them for as long as its data take, not for whole cycles.
      const Picoseconds busy =
          round_up(amount * copies / instances_there * static_cast<double>(units::to_picoseconds(action.time)));
      parts.push_back({&node, &action, amount, resources_.of(node, at_region),
                       link ? std::clamp<Picoseconds>(busy, 1, whole) : 0});
      lasts = std::max(lasts, whole);
    }
    for (const Part& p : parts)
      add_step(stage, p.on, p.action->verb, at, p.busy > 0 ? p.busy : lasts, round_up(p.per_element));
  }

  /// Work of a digital unit: operands are read one place of the window after the other, then computed and
  /// stored.
  Picoseconds digital(Task& t, program::Stage& stage) {
    std::vector<network::NodeId> nodes{t.node};
    nodes.insert(nodes.end(), t.after.begin(), t.after.end());
    stage.operation = program::Evaluate{std::move(nodes)};
    if (!t.unit) {  // not modelled: one cycle stands for it, so that what follows stays behind it
      ResourceId nowhere = c_.program.add(program::Resource{t.name + ".not_modelled", "", 1, 1});
      add_step(stage, nowhere, Verb::Apply, 0, cycle_, 0);
      return cycle_;
    }
    const machine::Node& memory = c_.memory();
    const circuit::Action& read = *memory.component->action(Verb::Read);
    const double copies = static_cast<double>(t.copies());
    Picoseconds at = 0, first_read = 0;
    for (const Operand& o : t.operands) {
      int64_t places = 1;
      for (int64_t s : o.span) places *= s;
      int64_t elements = std::min(o.elements, std::max<int64_t>(t.output_elements, 1));
      if (elements < o.elements)
        places *= divide_up(o.elements, elements);  // a reduction walks positions inside `elements`
      double values = static_cast<double>(elements), bytes = values * bytes_per_value(c_, o.origin.value);
      Picoseconds one = busy_cycles(read, {values * copies, bytes * copies}, resources_.instances(memory, t));
      Picoseconds lasts = startup(read) + one * places;
      add_step(stage, resources_.of(memory, t), Verb::Read, at, lasts,
               round_up((read.unit == "byte" ? bytes : values) * static_cast<double>(places)));
      if (at == 0) first_read = startup(read) + one;
      at += lasts;
    }
    const circuit::Action& action = *t.unit->component->action(verb_of(*t.unit->component, false));
    Load work{static_cast<double>(t.work), static_cast<double>(t.work) * bytes_per_value(c_, t.output)};
    Picoseconds lasts =
        cycles(action, {work.values * copies, work.bytes * copies}, resources_.instances(*t.unit, t));
    // It works on what is there while the rest is read, and is not done before a cycle after the last of it.
    const Picoseconds begins = std::max(first_read, at + cycle_ - lasts);
    add_step(stage, resources_.of(*t.unit, t), action.verb, begins, lasts,
             round_up(action.unit == "byte" ? work.bytes : work.values));
    if (t.after.empty()) {
      store(t, stage, begins + lasts - cycle_);
    } else {
      store(t, stage, begins + lasts + activate(t, stage, begins + lasts));
    }
    return at;
  }

  Context& c_;
  Picoseconds cycle_;
  Resources resources_;
  Stores stores_;
};

}  // namespace

void emit(Context& context) { Emitter(context).run(); }

}  // namespace ohmweave::mapping
