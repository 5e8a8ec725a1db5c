// SPDX-License-Identifier: Apache-2.0
// The format "ohmweave-report/1". docs/report_format.md describes every key; a test compares the two.
#include <nlohmann/json.hpp>

#include "ohmweave/base/paths.h"
#include "ohmweave/config/value.h"
#include "ohmweave/report/beside.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/report/report.h"
#include "ohmweave/report/summary.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

namespace {

ordered_json per_inference(int64_t total, int64_t samples) {
  if (total % samples == 0) return total / samples;
  return static_cast<double>(total) / static_cast<double>(samples);
}

ordered_json peak_json(double ops_per_s, double power_W, double area_m2) {
  ordered_json out;
  out["ops_per_s"] = number(ops_per_s);
  out["ops_per_s_per_m2"] = number(ops_per_s / area_m2);
  out["ops_per_J"] = number(ops_per_s / power_W);
  out["power_W"] = number(power_W);
  return out;
}

ordered_json design_json(const Report& r) {
  ordered_json out;
  out["name"] = r.machine ? r.machine->name : r.design;
  out["title"] = r.machine ? r.machine->title : "exact float execution";
  out["configuration"] = r.design;
  out["changes"] = changes(r.design);
  if (!r.machine) {
    out["peak"] = out["resolved"] = nullptr;
    return out;
  }
  out["peak"] = peak_json(r.machine->peak_operations_per_second(), r.machine->root->peak_power().si(),
                          r.machine->root->area().si());
  config::Node resolved = r.machine->design;
  if (r.mapping) resolved.set("mapping", r.mapping->settings);
  out["resolved"] = config_json(resolved);
  return out;
}

ordered_json machine_json(const machine::Machine& machine) {
  ordered_json out = ordered_json::object();
  for (const machine::Node* node : machine.nodes()) {
    ordered_json& n = out[node->path];
    const double together = static_cast<double>(node->count) / static_cast<double>(node->shared_by);
    n["kind"] = node->component ? node->component->kind() : "group";
    n["count"] = node->count;
    n["shared_by"] = node->shared_by;
    n["instances"] = node->instances;
    n["power_W"] = number(node->peak_power().si());
    n["static_power_W"] = number(node->static_power().si());
    n["area_m2"] = number(node->area().si());
    n["total_power_W"] = number(node->peak_power().si() * together);
    n["total_area_m2"] = number(node->area().si() * together);
    n["weights_bit"] = node->array ? number(node->array->capacity().si()) : ordered_json(nullptr);
    n["source"] = node->source;
  }
  return out;
}

ordered_json values_json(const Values& v) {
  ordered_json out;
  out["data"] = v.data;
  out["calibration"] = v.calibration;
  out["samples"] = v.samples;
  out["metric"] = std::string(config::word_of(v.metric));
  for (const char* key : {"top1", "top5", "reference_top1", "reference_top5"}) out[key] = nullptr;
  for (const Figure& f : v.figures) {
    out[f.key] = number(f.ours);
    if (f.kind != Figure::Kind::Count)
      out["reference_" + f.key] = v.compared ? number(f.exact) : ordered_json(nullptr);
  }
  out["agreement"] = v.agreement ? number(*v.agreement) : ordered_json(nullptr);
  out["output_error"] = v.compared ? number(v.distance) : ordered_json(nullptr);
  for (const ClassResult& c : v.classes)
    out["classes"].push_back({{"name", c.name}, {"samples", c.samples}, {"right", c.right}});
  out["seed"] = v.seed;
  out["cell_energy_J"] = v.cell_energy_J ? number(*v.cell_energy_J) : ordered_json(nullptr);
  out["layer_samples"] = v.layer_samples;
  out["layers"] = ordered_json::array();
  for (const LayerError& e : v.layers)
    out["layers"].push_back(
        {{"name", e.layer}, {"rounding_error", number(e.rounded)}, {"error", number(e.made)}});
  return out;
}

ordered_json breakdown_json(const std::vector<Share>& shares) {
  ordered_json out = ordered_json::object();
  for (const Share& s : shares)
    out[s.part + (s.constant ? ".static" : s.programming ? ".programming" : "")] = number(s.si);
  return out;
}

ordered_json actions_json(const Costs& c) {
  ordered_json out = ordered_json::object();
  for (const auto& [part, done] : c.actions) {
    for (const auto& [verb, count] : done)
      out[part][std::string(config::word_of(verb))] = per_inference(count, c.samples);
  }
  return out;
}

ordered_json busiest_json(const Report& r) {
  ordered_json out = ordered_json::object();
  for (const auto& [part, b] : busiest(r)) {
    ordered_json& o = out[part];
    o["resource"] = b.resource;
    o["busy"] = number(b.busy);
    o["instances"] = b.instances;
    o["per_instance_per_s"] = ordered_json::object();
    for (const auto& [verb, rate] : b.per_instance_per_s)
      o["per_instance_per_s"][std::string(config::word_of(verb))] = number(rate);
  }
  return out;
}

ordered_json waiting_json(const Report& r) {
  ordered_json out = ordered_json::array();
  for (const Waiting& w : waiting(r)) {
    ordered_json o;
    o["name"] = w.stage;
    for (execution::Cause cause : {execution::Cause::Order, execution::Cause::Interval, execution::Cause::Data,
                                   execution::Cause::Room, execution::Cause::Resource}) {
      auto it = w.seconds.find(cause);
      o[word_of(cause) + "_s"] = number(it == w.seconds.end() ? 0 : it->second);
    }
    out.push_back(std::move(o));
  }
  return out;
}

ordered_json chain_json(const Report& r) {
  ordered_json out = ordered_json::array();
  for (const ChainPart& part : critical_chain(r)) {
    ordered_json o;
    o["stage"] = part.stage;
    o["firings"] = part.firings;
    o["time_s"] = number(part.seconds);
    o["waited_for"] = word_of(part.cause);
    out.push_back(std::move(o));
  }
  return out;
}

ordered_json costs_json(const Report& r) {
  const Costs& c = *r.costs;
  ordered_json out;
  out["latency_s"] = number(c.latency_s);
  out["throughput_per_s"] = number(c.throughput_per_s);
  out["energy_per_inference_J"] = number(c.energy_per_inference_J);
  out["average_power_W"] = number(c.average_power_W);
  out["area_m2"] = number(c.area_m2);
  out["upper_bound"] = c.upper_bound;
  out["timed_samples"] = c.samples;
  out["steady"] = c.timing.steady;
  out["peak"] = peak_json(c.peak_ops_per_s, c.peak_power_W, c.area_m2);
  out["wear"] = wear_json(c.wear);
  out["energy_breakdown_J"] = breakdown_json(c.energy);
  out["area_breakdown_m2"] = breakdown_json(c.area);
  out["actions"] = actions_json(c);
  out["busiest"] = busiest_json(r);
  out["waiting"] = waiting_json(r);
  out["critical_chain"] = chain_json(r);
  return out;
}

ordered_json layer_json(const mapping::Layer& l) {
  ordered_json out;
  out["name"] = l.name;
  out["op"] = l.op;
  out["where"] = word_of(l.where);
  out["unit"] = l.unit;
  out["macs"] = l.multiply_accumulates;
  out["arrays"] = l.arrays;
  out["copies"] = l.copies;
  out["row_tiles"] = l.row_tiles;
  out["column_tiles"] = l.column_tiles;
  out["weight_slices"] = l.weight_slices;
  out["input_cycles"] = l.input_cycles;
  out["rows_used"] = l.rows_used;
  out["columns_used"] = l.columns_used;
  out["copies_per_array"] = l.copies_per_array;
  out["all_arrays"] = l.all_arrays;
  out["utilization"] = number(l.utilization);
  out["groups"] = l.groups;
  out["firings"] = l.firings;
  out["buffer_items"] = l.buffer_items;
  out["buffer_B"] = number(l.buffer.si() / 8);
  out["lossless"] = l.lossless;
  out["warnings"] = l.warnings;
  return out;
}

ordered_json mapping_json(const mapping::Mapping& m) {
  ordered_json out;
  out["chips"] = m.chips;
  out["arrays_used"] = m.arrays_used;
  out["arrays_available"] = m.arrays_available;
  out["utilization"] = number(m.utilization);
  out["samples_together"] = m.samples_together;
  out["fits"] = m.fits;
  out["misfit"] = m.misfit;
  out["layers"] = ordered_json::array();
  for (const mapping::Layer& l : m.layers) out["layers"].push_back(layer_json(l));
  return out;
}

}  // namespace

ordered_json to_json(const Report& r) {
  ordered_json out;
  out["format"] = "ohmweave-report/1";
  out["version"] = base::version();
  out["network"] = nullptr;
  if (!r.network.empty()) {
    out["network"] = {{"name", r.network}, {"parameters", r.parameters}, {"macs", r.multiply_accumulates}};
  }
  out["design"] = design_json(r);
  out["values"] = r.values ? values_json(*r.values) : ordered_json(nullptr);
  out["trials"] = r.trials ? trials_json(*r.trials) : ordered_json(nullptr);
  out["sensitivity"] = r.sensitivity ? sensitivity_json(*r.sensitivity) : ordered_json(nullptr);
  out["costs"] = r.costs ? costs_json(r) : ordered_json(nullptr);
  out["baselines"] = ordered_json::array();
  for (const Beside& b : r.baselines) out["baselines"].push_back(beside_json(b, r.costs ? &*r.costs : nullptr));
  out["programming"] = r.costs ? programming_json(r.costs->programming) : ordered_json(nullptr);
  out["mapping"] = r.mapping ? mapping_json(*r.mapping) : ordered_json(nullptr);
  out["machine"] = r.machine ? machine_json(*r.machine) : ordered_json(nullptr);
  out["not_modelled"] = r.not_modelled;
  out["warnings"] = r.warnings;
  return out;
}

}  // namespace ohmweave::report
