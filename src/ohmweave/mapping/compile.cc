// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/mapping/context.h"
#include "ohmweave/network/passes.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::mapping {
namespace {

/// The network as the machine sees it: batch norm folded; for machines of whole numbers, codes of the file
/// taken over and other weights and activations in fixed point.
network::Graph prepare(const network::Graph& network, const machine::Machine& machine, const Settings& settings,
                       const tensor::Tensor* calibration) {
  network::Graph out = network;
  network::keep_batch(out);
  const bool floating = machine.formats.floating.has_value();
  if (!floating) network::absorb_quantization(out);
  network::fold_batch_norm(out);
  network::split_recurrent(out);
  network::put_samples_first(out);
  if (floating) {  // which computes with the reals of a quantized file
    for (network::Value& v : out.values) v.format.reset();
    return out;
  }
  network::QuantizeOptions how;
  how.weights = machine.formats.weight;
  how.activations = machine.formats.input;
  how.result_bits = settings.result_bits;
  how.scales = machine.scales;
  how.clipping = settings.clipping;
  how.percentile = settings.percentile;
  how.per_channel_weights = settings.per_channel_weights;
  network::quantize(out, how, calibration);
  return out;
}

}  // namespace

Mapping compile(const network::Graph& network, const machine::Machine& machine, const Options& options) {
  Mapping out;
  Settings settings = read_settings(machine, &out.settings);
  out.network = prepare(network, machine, settings, options.calibration);
  out.program.name = fmt::format("{} on {}", network.name, machine.configuration);
  Context context{machine, options, std::move(settings), out, out.program, {}, {}, {}};

  lower(context);         // nodes become tasks: products in arrays, digital work, or not modelled
  plan(context);          // each product is cut into arrays
  choose_chips(context);  // how many chips the run takes, and whether it fits
  replicate(context);     // copies of arrays, so that layers keep pace
  place(context);         // tasks get their groups of the machine
  route(context);         // how many groups and chips each result has to reach
  join(context);          // who works where its operand is made, if results are sent
  emit(context);          // stages, stores, steps
  order(context);         // the schedule's extra waiting
  size(context);          // capacities of stores
  summarize(context);     // what people want to know

  const std::vector<std::string> broken = program::violations(out.program);
  OHMWEAVE_CHECK(broken.empty(), broken.empty() ? "" : "mapping made a broken program: " + broken[0]);
  return out;
}

}  // namespace ohmweave::mapping
