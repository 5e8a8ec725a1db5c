// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/software/accelerator.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/network/calibration.h"
#include "ohmweave/network/feed.h"
#include "ohmweave/report/calibrated.h"

namespace ohmweave::software {
namespace {

using tensor::Tensor;

enum class Step { Made, Mapped, Programmed, Configured };

std::string_view name_of(Step step) {
  constexpr std::string_view names[] = {"the constructor", "map_topology()", "program_weight()",
                                        "config_datapath()"};
  return names[static_cast<size_t>(step)];
}

std::vector<config::Override> overrides(const std::vector<std::string>& changes) {
  std::vector<config::Override> out;
  for (const std::string& change : changes) out.push_back(config::parse_override(change));
  return out;
}

/// Fails unless the tensors are inputs of the network, for a batch of any one size.
void check_inputs(const network::Graph& graph, std::span<const Tensor> inputs, const std::string& who) {
  if (inputs.size() != graph.inputs.size())
    base::fail(who, fmt::format("the network has {} input{}, {} {} given", graph.inputs.size(),
                                graph.inputs.size() == 1 ? "" : "s", inputs.size(),
                                inputs.size() == 1 ? "was" : "were"));
  int64_t batch = 0;
  for (size_t k = 0; k < inputs.size(); ++k) {
    const network::Value& value = graph.value(graph.inputs[k]);
    const int axis = graph.batch_axis(k);
    tensor::Shape wanted = value.shape;
    const bool batched = axis >= 0 && inputs[k].rank() == wanted.size();
    if (batched) wanted[static_cast<size_t>(axis)] = inputs[k].dim(static_cast<size_t>(axis));
    if (inputs[k].shape() != wanted || inputs[k].size() == 0)
      base::fail(who, fmt::format("input '{}' is {}, the network takes {}{}", value.name,
                                  tensor::print(inputs[k].shape()), tensor::print(value.shape),
                                  axis >= 0 ? " for one batch" : ""));
    if (!batched) continue;
    const int64_t own = wanted[static_cast<size_t>(axis)];
    if (batch != 0 && own != batch)
      base::fail(who,
                 fmt::format("input '{}' has {} samples, the ones before have {}", value.name, own, batch));
    batch = own;
  }
}

int64_t batch_of(const network::Graph& graph, std::span<const Tensor> inputs) {
  const int axis = inputs.empty() ? -1 : graph.batch_axis(0);
  return axis < 0 ? 1 : inputs[0].dim(static_cast<size_t>(axis));
}

/// Probabilities of the classes of one sample.
std::vector<double> softmax(std::span<const float> values) {
  std::vector<double> out(values.begin(), values.end());
  const double largest = *std::max_element(out.begin(), out.end());
  double sum = 0;
  for (double& v : out) sum += v = std::exp(v - largest);
  for (double& v : out) v /= sum;
  return out;
}

std::vector<Guess> likeliest(const std::vector<double>& probabilities, int64_t top,
                             const std::vector<std::string>& names) {
  std::vector<int64_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return probabilities[static_cast<size_t>(a)] > probabilities[static_cast<size_t>(b)];
  });
  order.resize(std::min(order.size(), static_cast<size_t>(top)));
  std::vector<Guess> out;
  for (int64_t k : order) {
    const auto at = static_cast<size_t>(k);
    out.push_back({k, names.empty() ? "" : names[at], probabilities[at]});
  }
  return out;
}

}  // namespace

struct Accelerator::State {
  std::shared_ptr<const machine::Machine> machine;
  Options options;
  Step done = Step::Made;

  network::Loaded network;                    // as it was read
  mapping::Mapping topology;                  // for one sample, without number ranges
  std::unique_ptr<mapping::Mapping> mapping;  // with them; functional refers to it
  std::unique_ptr<execution::Functional> functional;
  report::Listing listing;
  Costs costs;

  void needs(Step step, std::string_view who) const {
    if (done < step)
      base::fail(
          std::string(who),
          fmt::format("{} comes first; the order is map_topology(), program_weight(), config_datapath(), "
                      "run(), post_proc()",
                      name_of(static_cast<Step>(static_cast<int>(done) + 1))));
  }
};

Accelerator::Accelerator(const std::string& design, const Options& options)
    : state_(std::make_unique<State>()) {
  state_->machine = std::make_shared<const machine::Machine>(machine::load(design, overrides(options.changes)));
  state_->options = options;
}
Accelerator::~Accelerator() = default;
Accelerator::Accelerator(Accelerator&&) noexcept = default;
Accelerator& Accelerator::operator=(Accelerator&&) noexcept = default;

const machine::Machine& Accelerator::machine() const { return *state_->machine; }
Costs Accelerator::costs() const { return state_->costs; }

const mapping::Mapping& Accelerator::map_topology(const std::string& network,
                                                  const network::LoadOptions& options) {
  network::Loaded loaded = network::load(network, options);
  mapping::Mapping topology = mapping::compile(loaded.graph, *state_->machine, {});
  if (!topology.fits) base::fail(network, topology.misfit);
  State& s = *state_;
  s.functional.reset(), s.mapping.reset();
  s.costs = {};
  s.network = std::move(loaded);
  s.topology = std::move(topology);
  s.done = Step::Mapped;
  return s.topology;
}

const report::Programming& Accelerator::program_weight(std::span<const Tensor> calibration) {
  State& s = *state_;
  s.needs(Step::Mapped, "program_weight()");
  if (!s.machine->formats.floating || !calibration.empty())
    check_inputs(s.network.graph, calibration, "program_weight()");
  network::Graph graph = s.network.graph;
  const bool complete = std::all_of(graph.values.begin(), graph.values.end(),
                                    [](const network::Value& v) { return !v.is_constant || v.constant; });
  if (!complete) {
    if (!s.options.random_weights)
      base::fail(graph.name, "has no weights of its own; Options::random_weights gives it some");
    network::fill_weights(graph, s.options.seed);
  }
  mapping::Options how;
  how.samples = 0;  // as many as fill the pipeline
  how.calibration = calibration.data();
  auto mapping =
      std::make_unique<mapping::Mapping>(report::calibrated_mapping(graph, *s.machine, how, s.options.seed));
  auto functional =
      std::make_unique<execution::Functional>(mapping->program, mapping->network, *s.machine, s.options.seed);
  s.functional = std::move(functional);
  s.mapping = std::move(mapping);
  s.costs = {};
  s.costs.programming = report::programming(*s.machine, *s.mapping);
  s.done = Step::Programmed;
  return *s.costs.programming;
}

const report::Listing& Accelerator::config_datapath() {
  State& s = *state_;
  s.needs(Step::Programmed, "config_datapath()");
  report::Listing listing = report::make_listing(s.topology, *s.machine);
  s.costs.inference = report::price(*s.machine, *s.mapping, execution::time(s.mapping->program));
  s.costs.configuration_commands = static_cast<int64_t>(listing.configuration.size());
  s.costs.samples = 0, s.costs.time_s = s.costs.energy_J = 0;
  s.listing = std::move(listing);
  s.done = Step::Configured;
  return s.listing;
}

std::vector<Tensor> Accelerator::run(std::span<const Tensor> inputs) {
  State& s = *state_;
  s.needs(Step::Configured, "run()");
  check_inputs(s.network.graph, inputs, "run()");
  std::vector<Tensor> out = s.functional->run(inputs);
  const auto n = static_cast<double>(batch_of(s.network.graph, inputs));
  s.costs.samples += static_cast<int64_t>(n);
  const double first = std::min(n, static_cast<double>(s.mapping->samples_together));  // finish together
  s.costs.time_s += s.costs.inference->latency_s + (n - first) / s.costs.inference->throughput_per_s;
  s.costs.energy_J += n * s.costs.inference->energy_per_inference_J;
  return out;
}

std::vector<std::vector<Guess>> Accelerator::post_proc(std::span<const Tensor> outputs, int64_t top,
                                                       const std::vector<std::string>& names) const {
  state_->needs(Step::Mapped, "post_proc()");
  const network::Graph& graph = state_->network.graph;
  if (outputs.empty() || outputs[0].rank() < 2 || outputs[0].size() == 0)
    base::fail("post_proc()", "expected outputs of run(): samples x classes");
  const int64_t samples = outputs[0].dim(0), classes = outputs[0].size() / samples;
  if (top < 1) base::fail("post_proc()", "at least one class of every sample is asked for");
  if (!names.empty() && static_cast<int64_t>(names.size()) != classes)
    base::fail("post_proc()", fmt::format("{} names were given for {} classes", names.size(), classes));
  const auto producer = graph.producer(graph.outputs[0]);
  const bool probabilities = producer && graph.nodes[*producer].op == network::Op::Softmax;
  const Tensor values = outputs[0].to(tensor::Element::Float32);
  std::vector<std::vector<Guess>> out;
  for (int64_t k = 0; k < samples; ++k) {
    const std::span<const float> own =
        values.data<float>().subspan(static_cast<size_t>(k * classes), static_cast<size_t>(classes));
    out.push_back(
        likeliest(probabilities ? std::vector<double>(own.begin(), own.end()) : softmax(own), top, names));
  }
  return out;
}

std::vector<Tensor> Accelerator::samples(const std::string& data, int64_t count,
                                         const network::Preprocessing& how) const {
  state_->needs(Step::Mapped, "samples()");
  const network::Feed feed(state_->network.graph, network::open_inputs({data}, {}), how);
  if (count < 1 || count > feed.size())
    base::fail(data, fmt::format("{} samples were asked for, the set has {}", count, feed.size()));
  if (feed.whole() && count > 1)
    base::fail(data, "the network computes one sample at a time, so one is what it can be given");
  return feed.batch(0, count);
}

std::vector<Tensor> Accelerator::calibration(const std::string& data, const network::Preprocessing& how) const {
  state_->needs(Step::Mapped, "calibration()");
  const network::Feed feed(state_->network.graph, network::open_inputs({data}, {}), how);
  const std::unique_ptr<network::Feed> split = feed.training_split();
  return network::draw_samples(split ? *split : feed, network::kCalibrationSamples, state_->options.seed);
}

}  // namespace ohmweave::software
