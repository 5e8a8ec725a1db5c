// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/execution/functional/matrix.h"
#include "ohmweave/network/data.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

std::string in_words(const execution::MatrixOperand& o) {
  if (o.floating) return fmt::format("numbers of {}", tensor::print(*o.floating));
  if (o.codes) return fmt::format("codes ({})", tensor::print(o.format));
  return fmt::format("reals as {}, one code is {:.6g}", tensor::print(o.format), o.scale);
}

/// Energy of what the arrays and their peripherals did, by the design's prices.
double energy_of(const array::Tally& tally) {
  double joules = 0;
  for (const auto& [what, n] : tally) {
    const circuit::Action* action = what.first->action(what.second);
    if (action != nullptr) joules += static_cast<double>(n) * action->energy.si();
  }
  return joules;
}

double cell_energy_of(const execution::MatrixProduct& p) {
  return 1e-18 * static_cast<double>(p.tally.cell_attojoules) / static_cast<double>(p.outputs.dim(0));
}

nlohmann::ordered_json to_json(const execution::MatrixOperand& o) {
  nlohmann::ordered_json out{{"codes", o.codes},
                             {"format", o.floating ? tensor::print(*o.floating) : tensor::print(o.format)}};
  if (!o.codes && !o.floating) out["scale"] = o.scale;
  return out;
}

nlohmann::ordered_json to_json(const machine::Machine& machine, const execution::MatrixProduct& p,
                               uint64_t seed) {
  nlohmann::ordered_json out{{"format", "ohmweave-mvm/1"}, {"design", machine.configuration}, {"seed", seed}};
  out["rows"] = p.plan->shape.rows;
  out["columns"] = p.plan->shape.outputs;
  out["batch"] = p.outputs.dim(0);
  out["weights"] = to_json(p.weights);
  out["inputs"] = to_json(p.inputs);
  out["arrays"] = p.plan->arrays;
  out["weight_slices"] = p.plan->weight_slices;
  out["input_cycles"] = p.plan->input_cycles;
  out["lossless"] = p.plan->lossless;
  out["loss"] = p.plan->loss;
  out["relative_error"] = p.relative_error;
  out["largest_error"] = p.largest_error;
  out["latency_s"] = units::to_time(p.plan->latency).si();
  out["energy_per_vector_J"] = energy_of(p.tally) / static_cast<double>(p.outputs.dim(0));
  if (machine.arrays().array->knows_cell_energy()) out["cell_energy_per_vector_J"] = cell_energy_of(p);
  auto& actions = out["actions"] = nlohmann::ordered_json::object();
  for (const machine::Node* node : machine.nodes()) {
    for (const auto& [what, n] : p.tally) {
      if (what.first == node->component.get())
        actions[node->path][std::string(config::word_of(what.second))] = n;
    }
  }
  return out;
}

std::string to_text(const machine::Machine& machine, const execution::MatrixProduct& p,
                    const report::Style& style) {
  const array::Plan& plan = *p.plan;
  report::Table t({{"", report::Align::Left}, {"", report::Align::Left}});
  t.add({"weights", in_words(p.weights)});
  t.add({"inputs", in_words(p.inputs)});
  t.add({"arrays", fmt::format("{}, {} rows of the fullest used", plan.arrays, plan.rows_used)});
  t.add({"weight slices", std::to_string(plan.weight_slices)});
  t.add({"input cycles", std::to_string(plan.input_cycles)});
  if (!p.weights.floating) t.add({"converters", plan.lossless ? "lossless" : plan.loss});
  t.add({"error", fmt::format("{:.3g} % of the exact results (root mean square), {:.6g} at most",
                              100 * p.relative_error, p.largest_error)});
  t.add({"latency", units::print(units::to_time(plan.latency)) + " per vector"});
  t.add({"energy",
         units::print(units::Energy::from_si(energy_of(p.tally) / static_cast<double>(p.outputs.dim(0)))) +
             " per vector, of arrays and their peripherals"});
  if (machine.arrays().array->knows_cell_energy())
    t.add({"of cells, by data", units::print(units::Energy::from_si(cell_energy_of(p))) + " per vector"});
  return fmt::format("{}  {} x {} on {}, {} vectors\n\n", style.bold("mvm"), plan.shape.rows,
                     plan.shape.outputs, machine.configuration, p.outputs.dim(0)) +
         t.text(style, 2, columns_of_output());
}

void write(std::optional<base::OutputFile>& file, const tensor::Tensor& tensor) {
  if (!file) return;
  file->write(network::write_npy(tensor));
  file->commit();
}

}  // namespace

int mvm(const Arguments& arguments) {
  Outputs outputs(arguments);
  const MachinePointer machine = load_machine(arguments.required("--design"), arguments.overrides());
  if (!machine) base::fail("--design", "the exact reference has no arrays");
  base::use_threads(static_cast<int>(arguments.integer("--threads", 0, 1)));
  const std::string weights = arguments.required("--weights"), inputs = arguments.required("--inputs");
  std::optional<base::OutputFile> results = outputs.open(arguments.text("--outputs"));
  std::optional<base::OutputFile> exact = outputs.open(arguments.text("--exact"));
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  const execution::MatrixProduct product = execution::multiply(
      *machine, network::read_npy(weights), network::read_npy(inputs), arguments.seed(), weights, inputs);
  outputs.print(to_text(*machine, product, {colour_on_output()}));
  write(results, product.outputs);
  write(exact, product.exact);
  write_json(json, to_json(*machine, product, arguments.seed()));
  return 0;
}

}  // namespace ohmweave::cli
