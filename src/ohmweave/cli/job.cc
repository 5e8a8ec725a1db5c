// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/job.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/execution/functional/functional.h"

namespace ohmweave::cli {
namespace {

constexpr int64_t kBatch = 64;
constexpr int64_t kMostThreads = 1024;
constexpr int64_t kCalibrationSamples = 128;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

network::Preprocessing preprocessing(const Arguments& arguments) {
  network::Preprocessing out;
  out.div = arguments.real("--div", out.div);
  out.mean = arguments.reals("--mean", 0);
  out.std = arguments.reals("--std", 1);
  out.bgr = arguments.given("--bgr");
  out.transpose_hw = arguments.given("--transpose-hw");
  out.nhwc = lower(arguments.text("--layout")) == "nhwc";
  return out;
}

network::PictureOptions pictures(const Arguments& arguments) {
  network::PictureOptions out;
  for (auto& [option, extents] : {std::pair{"--resize", &out.resize}, {"--crop", &out.crop}}) {
    *extents = arguments.shape(option, "256 or 256,320");
    constexpr int64_t kMostSide = 1 << 16;
    const bool fits = std::all_of(extents->begin(), extents->end(), [](int64_t n) { return n <= kMostSide; });
    if (extents->size() > 2 || !fits)
      base::fail(option, fmt::format("'{}' is no size of a picture; it should look like 256 or 256,320",
                                     arguments.text(option)));
  }
  for (const auto& [word, how] : config::Words<network::Interpolation>::values) {
    if (lower(arguments.text("--interpolation")) == word) out.interpolation = how;
  }
  if (arguments.given("--colour"))
    out.colour = lower(arguments.text("--colour")) == "rgb" ? network::PictureOptions::Colour::Rgb
                                                            : network::PictureOptions::Colour::Grey;
  return out;
}

/// `wanted` different numbers below n in rising order, all of them if there are no more.
std::vector<int64_t> choose(int64_t n, int64_t wanted, uint64_t seed) {
  std::vector<int64_t> all(static_cast<size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  if (n <= wanted) return all;
  base::RandomStream random(seed, base::key_of("calibration"), 0);
  for (int64_t k = 0; k < wanted; ++k)
    std::swap(all[static_cast<size_t>(k)],
              all[static_cast<size_t>(k) + random.below(static_cast<uint64_t>(n - k))]);
  all.resize(static_cast<size_t>(wanted));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

MachinePointer load_machine(const std::string& configuration, const std::vector<config::Override>& more) {
  if (configuration == "float" || configuration.starts_with("float:")) {
    if (configuration != "float" || !more.empty())
      base::fail("float", "the exact reference has no fields to set");
    return nullptr;
  }
  return std::make_shared<const machine::Machine>(machine::load(configuration, more));
}

Job::Job(const Arguments& arguments) : calibrate_(arguments.text("--calibrate")), seed_(arguments.seed()) {
  base::use_threads(static_cast<int>(std::min(arguments.integer("--threads", 0, 1), kMostThreads)));
  measure_.samples = arguments.integer("--samples", 0, 1);
  measure_.batch = arguments.integer("--batch", kBatch, 1);
  measure_.preprocessing = preprocessing(arguments);
  pictures_ = pictures(arguments);
  if (arguments.given("--data")) data_ = network::open_data(arguments.text("--data"), pictures_);
  timed_ = !data_ && measure_.samples > 0 ? measure_.samples : report::kCostSamples;

  network::LoadOptions options;
  options.input_shape = arguments.shape("--shape");
  options.allow_unsupported = data_ == nullptr;
  network_ = network::load(arguments.operand(0), options);
  if (!data_) return;
  const network::Graph& graph = network_.graph;
  if (graph.inputs.size() != 1)
    base::fail(graph.name, fmt::format("the network has {} inputs; a data set gives one", graph.inputs.size()));
  if (graph.batch_axis(0) != 0)
    base::fail(graph.name, fmt::format("the samples of its input stand along axis {}; a data set gives them first",
                                       graph.batch_axis(0)));
  if (measure_.samples > data_->size())
    base::fail(data_->name(),
               fmt::format("{} samples were asked for, but the set has {}", measure_.samples, data_->size()));
  if (data_->size() == 0) base::fail(data_->name(), "the set has no samples");
  network::prepare(*data_, 0, 1, measure_.preprocessing, graph.value(graph.inputs[0]).shape);  // or fail now
  add_random_weights();
}

void Job::add_random_weights() {
  const std::vector<network::Value>& values = network_.graph.values;
  const bool complete = std::all_of(values.begin(), values.end(),
                                    [](const network::Value& v) { return !v.is_constant || v.constant; });
  if (complete) return;
  network::fill_weights(network_.graph, seed_);
  warnings_.push_back(
      fmt::format("{} has no weights of its own: they are random (seed {}), and accuracy means nothing",
                  network_.graph.name, seed_));
}

const tensor::Tensor& Job::calibration() {
  if (calibration_) return *calibration_;
  std::unique_ptr<network::DataSet> other =
      calibrate_.empty() ? data_->training_split() : network::open_data(calibrate_, pictures_);
  const network::DataSet& from = other ? *other : *data_;
  const std::vector<int64_t> chosen = choose(from.size(), kCalibrationSamples, seed_);
  if (chosen.empty()) base::fail(from.name(), "the set has no samples");
  const tensor::Shape& input = network_.graph.value(network_.graph.inputs[0]).shape;
  std::vector<tensor::Tensor> samples;
  for (int64_t k : chosen) samples.push_back(network::prepare(from, k, k + 1, measure_.preprocessing, input));
  calibration_ = tensor::concatenate(samples);
  calibrated_on_ = fmt::format("{} of {} (seed {}){}", chosen.size(), from.name(), seed_,
                               other ? "" : ", which are among those computed: the set has no training split");
  return *calibration_;
}

void Job::run(const MachinePointer& machine, const Wanted& wanted, report::Report& report) {
  report.network = network_.graph.name;
  report.parameters = network::parameter_count(network_.graph);
  report.multiply_accumulates = network::multiply_accumulates(network_.graph);
  report.machine = machine;
  report.design = machine ? machine->configuration : "float";
  report.not_modelled = network_.unsupported;
  report.warnings = warnings_;
  if (machine) cost(*machine, wanted, report);
  if (!machine && !data_)
    report.warnings.push_back("the exact reference has no costs, and without --data nothing was computed");
  if (data_ && (!report.mapping || report.mapping->fits)) compute(machine, wanted, report);
}

void Job::cost(const machine::Machine& machine, const Wanted& wanted, report::Report& report) {
  mapping::Options options;
  options.samples = timed_;
  if (data_) options.calibration = &calibration();
  auto mapping = std::make_shared<mapping::Mapping>(mapping::compile(network_.graph, machine, options));
  const std::vector<std::string>&left_out = mapping->not_modelled, &more = mapping->warnings;
  report.not_modelled.insert(report.not_modelled.end(), left_out.begin(), left_out.end());
  report.warnings.insert(report.warnings.end(), more.begin(), more.end());
  report.mapping = mapping;
  if (!mapping->fits) return;
  execution::TimingOptions timing;
  constexpr int64_t kTracedTrips = 4;  // of every stage's outermost loop
  if (wanted.trace) timing.keep_trace_epochs = kTracedTrips;
  report.costs = report::price(machine, *mapping, execution::time(mapping->program, timing), timed_);
}

void Job::compute(const MachinePointer& machine, const Wanted& wanted, report::Report& report) {
  network::Reference reference(network_.graph);
  const report::Executor exact = [&](std::span<const tensor::Tensor> inputs) { return reference.run(inputs); };
  report::MeasureOptions options = measure_;
  options.keep_outputs = wanted.outputs;
  if (machine) {
    execution::Functional functional(report.mapping->program, report.mapping->network, *machine, seed_);
    const report::Executor ours = [&](std::span<const tensor::Tensor> inputs) {
      return functional.run(inputs);
    };
    report.values = report::measure(network_.graph, *data_, ours, &exact, options);
    report.values->calibration = calibrated_on_;
  } else {
    report.values = report::measure(network_.graph, *data_, exact, nullptr, options);
  }
  report.values->seed = seed_;
  if (report.values->interrupted)
    report.warnings.push_back(
        fmt::format("interrupted: values are of the first {} samples only", report.values->samples));
}

}  // namespace ohmweave::cli
