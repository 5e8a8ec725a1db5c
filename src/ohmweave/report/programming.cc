// SPDX-License-Identifier: Apache-2.0
// What programming a network costs. Papers leave it out (ISAAC: weights are programmed once; PRIME, V-B: they
// serve tens of thousands of runs), so it is told beside the costs and joins them only when asked for.
#include "ohmweave/report/programming.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/array/writing.h"
#include "ohmweave/mapping/settings.h"

namespace ohmweave::report {
namespace {

using circuit::Verb;
using machine::Machine;
using machine::Node;
using mapping::Mapping;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Arrays that one layer takes: [first, first + count) of those of all chips, and as many in each further copy
/// of the network.
struct Written {
  std::string name;
  int64_t first = 0, count = 0;
  int64_t copies = 1;    // of the layer, in all copies of the network
  int64_t in_array = 1;  // copies that stand in one array
  const array::Plan* plan = nullptr;
  double bytes = 0;
};

std::vector<Written> written(const Mapping& m) {
  std::vector<Written> out;
  for (const program::Stage& stage : m.program.stages) {
    const auto* product = std::get_if<program::Product>(&stage.operation);
    if (product == nullptr) continue;
    const program::Store& held = m.program[product->held];
    const auto* cells = std::get_if<program::Cells>(&held.where);
    if (cells == nullptr || !cells->plan) continue;
    const mapping::Layer& layer = m.layers.at(product->node);
    const int64_t copies = cells->copies * m.samples_together;
    out.push_back({stage.name, layer.first_array, layer.all_arrays, copies,
                   std::min(layer.copies_per_array, cells->copies), cells->plan.get(),
                   held.item.si() / 8 * static_cast<double>(copies)});
  }
  return out;
}

class Calculation {
 public:
  Calculation(const Machine& machine, const Mapping& mapping)
      : machine_(machine),
        mapping_(mapping),
        settings_(mapping::read_settings(machine)),
        node_(machine.arrays()),
        layers_(written(mapping)) {
    for (const Written& w : layers_) arrays_ += w.count * mapping.samples_together;
  }

  Programming run() {
    const array::Writing* how = node_.array->writing();
    Programming out;
    out.runs = settings_.runs_per_programming;
    if (how != nullptr) {
      out.pulses_per_cell = how->pulses;
      out.pulse = how->pulse, out.pulse_energy = how->energy, out.endurance = how->endurance;
    } else {
      out.pulse.from = out.pulse_energy.from = out.endurance.from = "unknown: these arrays do not say";
    }
    out.arrays_at_once = at_once(how);
    if (out.endurance.value) out.exchanges = *out.endurance.value / out.pulses_per_cell;
    for (const Written& w : layers_) layer(w, how, out);
    deliver(out);
    pulses(how, out);
    total(out);
    if (settings_.morph) out.morph = morph(*settings_.morph, how, out);
    return out;
  }

 private:
  int64_t at_once(const array::Writing* how) const {
    const int64_t group = std::max<int64_t>(node_.instances / node_.parent->instances, 1);
    return std::min(how != nullptr ? how->arrays_at_once.value_or(group) : group, node_.instances);
  }

  /// Pulses that follow one another in an array of so many rows, each of so many of its columns.
  int64_t pulses_of_array(const array::Writing& how, int64_t rows, int64_t columns) const {
    const array::Array& a = *node_.array;
    const int64_t per_row = divide_up(columns * a.cells(), a.rows() * a.columns());
    const int64_t together = how.cells_at_once.value_or(per_row);
    return together < per_row ? rows * divide_up(per_row, together) : divide_up(rows, together / per_row);
  }
  /// Seconds to write one array of a layer.
  std::optional<double> array_time(const array::Writing* how, const Written& w) const {
    if (how == nullptr || !how->pulse.value) return std::nullopt;
    const int64_t rows = w.plan->rows_used * w.in_array;  // copies in one array have rows of their own
    return static_cast<double>(pulses_of_array(*how, rows, w.plan->columns_used)) * how->pulses *
           how->pulse.value->si();
  }
  /// Arrays of a layer on a chip.
  int64_t on_chip(const Written& w, int64_t chip) const {
    int64_t out = 0;
    for (int64_t network = 0; network < mapping_.samples_together; ++network) {
      const int64_t first = w.first + network * mapping_.arrays_per_network;
      const int64_t begin = std::max(first, chip * node_.instances);
      out += std::max<int64_t>(std::min(first + w.count, (chip + 1) * node_.instances) - begin, 0);
    }
    return out;
  }
  /// Seconds of a layer's pulses on one chip.
  std::optional<double> layer_time(const Written& w, const array::Writing* how, int64_t chip) const {
    const std::optional<double> one = array_time(how, w);
    if (!one) return std::nullopt;
    return static_cast<double>(divide_up(on_chip(w, chip), at_once(how))) * *one;
  }

  void layer(const Written& w, const array::Writing* how, Programming& out) const {
    LayerProgramming l;
    l.name = w.name;
    l.arrays = w.count * mapping_.samples_together;
    l.cells = w.plan->cells_used * w.copies;
    l.bytes = w.bytes;
    for (int64_t chip = 0; chip < mapping_.chips; ++chip) {
      if (const std::optional<double> t = layer_time(w, how, chip))
        l.time_s = std::max(l.time_s.value_or(0), *t);
    }
    if (how != nullptr && how->energy.value)
      l.energy_J = static_cast<double>(l.cells) * how->pulses * how->energy.value->si();
    out.arrays += l.arrays;
    out.cells += l.cells;
    out.layers.push_back(std::move(l));
  }

  /// Chips are written at the same time, on each as many arrays at once as it may.
  void pulses(const array::Writing* how, Programming& out) const {
    if (how == nullptr) return;
    if (how->pulse.value) {
      double longest = 0;
      for (int64_t chip = 0; chip < mapping_.chips; ++chip) {
        double sum = 0;
        for (const Written& w : layers_) sum += *layer_time(w, how, chip);
        longest = std::max(longest, sum);
      }
      out.pulses_s = longest;
      out.time_s = std::max(longest, out.delivery.time_s);
    }
    if (!how->energy.value) return;
    const double joules = static_cast<double>(out.cells) * how->pulses * how->energy.value->si();
    out.energy.push_back({node_.path, false, joules, out.pulse_energy.from, true});
  }

  /// Instances of a component that serve the arrays in use: those beside them, as evenly as these are spread.
  double serving(const Node& node) const {
    const auto blocks = static_cast<double>(std::min(node.instances, node.parent ? node.parent->instances : 1) *
                                            mapping_.chips);
    const double each = static_cast<double>(node.instances * mapping_.chips) / blocks;
    const double used = static_cast<double>(arrays_) / static_cast<double>(node_.instances * mapping_.chips);
    return std::max(std::ceil(used * blocks - 1e-9), 1.0) * each;
  }
  /// A memory on the way is written and read; at the end of it, only `last`.
  Transfer transfer(const std::vector<std::string>& through, double bytes, std::optional<Verb> last) const {
    Transfer out;
    out.bytes = bytes;
    for (const std::string& path : through) {
      const Node& node = *machine_.find(path);
      double joules = 0, seconds = 0;
      const bool end = last && &path == &through.back() && node.component->action(*last) != nullptr;
      for (const circuit::Action& a : node.component->actions()) {
        if (a.unit != "byte" || (end && a.verb != *last)) continue;
        joules += bytes * a.energy.si();
        seconds += bytes / (serving(node) * static_cast<double>(a.at_once)) * a.time.si();
      }
      out.energy.push_back({node.path, false, joules, node.source, true});
      if (seconds > out.time_s) out.time_s = seconds, out.slowest = node.path;
    }
    return out;
  }
  void deliver(Programming& out) const {
    double bytes = 0;
    for (const Written& w : layers_) bytes += w.bytes;
    const std::vector<std::string> none;
    out.delivery = transfer(settings_.programming ? settings_.programming->through : none, bytes, {});
    out.energy = out.delivery.energy;
  }

  double constant_power() const {
    return machine_.root->static_power().si() * static_cast<double>(mapping_.chips);
  }
  static double sum(const std::vector<Share>& shares) {
    double out = 0;
    for (const Share& s : shares) out += s.si;
    return out;
  }
  void total(Programming& out) const {
    std::erase_if(out.energy, [](const Share& s) { return s.si <= 0; });
    std::stable_sort(out.energy.begin(), out.energy.end(),
                     [](const Share& a, const Share& b) { return a.si > b.si; });
    if (out.time_s && out.pulse_energy.value) out.energy_J = sum(out.energy) + constant_power() * *out.time_s;
  }

  Morphing morph(const mapping::Morph& how, const array::Writing* write, const Programming& p) const {
    Morphing out;
    const auto arrays = static_cast<double>(arrays_);
    const Transfer saved = transfer(how.through, how.data.si() / 8 * arrays, Verb::Write);
    out.saved_bytes = saved.bytes;
    out.save_s = saved.time_s;
    out.save_J = sum(saved.energy) + constant_power() * out.save_s;
    out.reconfigure_s = how.reconfigure.value_or(units::Time{}).si();
    out.reconfigure_J =
        how.reconfigure_energy.value_or(units::Energy{}).si() * arrays + constant_power() * out.reconfigure_s;
    if (p.time_s) out.to_compute_s = out.save_s + *p.time_s + out.reconfigure_s;
    if (p.energy_J) out.to_compute_J = out.save_J + *p.energy_J + out.reconfigure_J;
    out.to_memory_s = out.reconfigure_s;
    out.to_memory_J = out.reconfigure_J;
    if (how.restore) restore(how, write, out);
    return out;
  }
  /// The data come back the way they went, and every cell of the arrays is written with one pulse.
  void restore(const mapping::Morph& how, const array::Writing* write, Morphing& out) const {
    const Transfer back = transfer(how.through, out.saved_bytes, Verb::Read);
    out.to_memory_s.reset(), out.to_memory_J.reset();
    if (write == nullptr || !write->pulse.value) return;
    const array::Array& a = *node_.array;
    const int64_t busiest = divide_up(std::min(arrays_, node_.instances), at_once(write));
    const double pulses = static_cast<double>(busiest * pulses_of_array(*write, a.rows(), a.columns())) *
                          write->pulse.value->si();
    out.to_memory_s = out.reconfigure_s + std::max(pulses, back.time_s);
    if (!write->energy.value) return;
    out.to_memory_J = out.reconfigure_J + sum(back.energy) +
                      static_cast<double>(arrays_ * a.cells()) * write->energy.value->si() +
                      constant_power() * std::max(pulses, back.time_s);
  }

  const Machine& machine_;
  const Mapping& mapping_;
  mapping::Settings settings_;
  const Node& node_;
  std::vector<Written> layers_;
  int64_t arrays_ = 0;
};

}  // namespace

Programming programming(const Machine& machine, const Mapping& mapping) {
  return Calculation(machine, mapping).run();
}

}  // namespace ohmweave::report
