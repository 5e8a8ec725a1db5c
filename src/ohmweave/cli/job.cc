// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/job.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/network/calibration.h"
#include "ohmweave/network/data.h"
#include "ohmweave/report/beside.h"
#include "ohmweave/report/calibrated.h"

namespace ohmweave::cli {
namespace {

constexpr int64_t kBatch = 64;
constexpr int64_t kMostThreads = 1024;

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

network::Windows windows(const Arguments& arguments) {
  const tensor::Shape given = arguments.shape("--window", "640,128");
  if (given.empty()) return {};
  if (given.size() > 2)
    base::fail("--window", fmt::format("'{}' is no length and step; it should look like 640,128",
                                       arguments.text("--window")));
  return {given.front(), given.back()};
}

report::MetricOptions metric(const Arguments& arguments) {
  report::MetricOptions out;
  for (const auto& [word, kind] : config::Words<report::MetricKind>::values) {
    if (lower(arguments.text("--metric")) == word) out.kind = kind;
  }
  if (arguments.given("--padding")) out.padding = arguments.integer("--padding", 0, 0);
  return out;
}

/// A number, or the array of a file.
tensor::Tensor value_of(const std::string& word) {
  if (word.starts_with("npy:")) return network::read_npy(word.substr(4));
  const std::vector<double> number = {number_of("--bind", word)};
  return tensor::Tensor::of<double>({}, number);
}

/// Of the cells of all arrays, per inference.
double cell_energy(const execution::Functional& functional) {
  int64_t attojoules = 0;
  for (const array::Tally& t : functional.activity().tallies) attojoules += t.cell_attojoules;
  return 1e-18 * static_cast<double>(attojoules) / static_cast<double>(functional.activity().samples);
}

}  // namespace

network::LoadOptions load_options(const Arguments& arguments) {
  network::LoadOptions out;
  for (const std::string& word : arguments.all("--shape")) {
    const size_t at = word.rfind('=');
    if (at == std::string::npos) {
      if (!out.input_shape.empty()) base::fail("--shape", "is given twice for the first input");
      out.input_shape = shape_of("--shape", word, "1,3,224,224");
    } else {
      out.shapes[word.substr(0, at)] = shape_of("--shape", word.substr(at + 1), "1,3,224,224");
    }
  }
  for (const std::string& word : arguments.all("--bind")) {
    const size_t at = word.find('=');
    if (at == std::string::npos || at == 0)
      base::fail("--bind", fmt::format("'{}' is not NAME=VALUE; it should look like sr=16000", word));
    out.constants[word.substr(0, at)] = value_of(word.substr(at + 1));
  }
  return out;
}

MachinePointer load_machine(const std::string& configuration, const std::vector<config::Override>& more) {
  if (configuration == "float" || configuration.starts_with("float:")) {
    if (configuration != "float" || !more.empty())
      base::fail("float", "the exact reference has no fields to set");
    return nullptr;
  }
  return std::make_shared<const machine::Machine>(machine::load(configuration, more));
}

Job::Job(const Arguments& arguments)
    : calibrate_(arguments.all("--calibrate")),
      windows_(windows(arguments)),
      preprocessing_(preprocessing(arguments)),
      pictures_(pictures(arguments)),
      seed_(arguments.seed()),
      recalibrates_(arguments.given("--recalibrate")) {
  if (recalibrates_ && !arguments.given("--data"))
    base::fail("--recalibrate", "needs --data: without samples nothing is computed");
  base::use_threads(static_cast<int>(std::min(arguments.integer("--threads", 0, 1), kMostThreads)));
  measure_.samples = arguments.integer("--samples", 0, 1);
  measure_.batch = arguments.integer("--batch", kBatch, 1);
  measure_.metric = metric(arguments);
  std::vector<network::InputData> data = network::open_inputs(arguments.all("--data"), pictures_, windows_);
  timed_ = data.empty() && measure_.samples > 0 ? measure_.samples : 0;

  network::LoadOptions options = load_options(arguments);
  options.allow_unsupported = data.empty();
  network_ = load_network(arguments.operand(0), options, data);
  for (const std::string& name : arguments.all("--baseline"))
    baselines_.push_back(report::beside(name, network_.graph));
  if (data.empty()) return;
  feed_ = std::make_unique<network::Feed>(network_.graph, std::move(data), preprocessing_);
  if (measure_.samples > feed_->size())
    base::fail(feed_->name(),
               fmt::format("{} samples were asked for, but the set has {}", measure_.samples, feed_->size()));
  add_random_weights();
}

/// Extents that the file leaves open are those of the data, unless the user says them.
network::Loaded Job::load_network(const std::string& name, network::LoadOptions options,
                                  const std::vector<network::InputData>& data) const {
  const bool told = !options.input_shape.empty() || !options.shapes.empty();
  if (data.empty() || told) return network::load(name, options);
  try {
    return network::load(name, options);
  } catch (const base::Failure&) {
    for (const network::InputData& d : data)
      (d.input.empty() ? options.input_shape : options.shapes[d.input]) =
          network::natural_shape(*d.set, preprocessing_);
    std::optional<network::Loaded> open;
    try {
      open = network::load(name, options);
    } catch (const base::Failure&) {
    }
    if (!open) throw;
    return *std::move(open);
  }
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

const std::vector<tensor::Tensor>& Job::calibration() {
  if (!calibration_.empty()) return calibration_;
  std::unique_ptr<network::Feed> other;
  if (calibrate_.empty()) {
    other = feed_->training_split();
  } else {
    other = std::make_unique<network::Feed>(
        network_.graph, network::open_inputs(calibrate_, pictures_, windows_), preprocessing_);
  }
  const network::Feed& from = other ? *other : *feed_;
  calibration_ = network::draw_samples(from, network::kCalibrationSamples, seed_);
  calibrated_on_ =
      fmt::format("{} of {} (seed {}){}", std::min(from.size(), network::kCalibrationSamples), from.name(),
                  seed_, other ? "" : ", which are among those computed: the set has no training split");
  return calibration_;
}

void Job::run(const MachinePointer& machine, const Wanted& wanted, report::Report& report) {
  report.network = network_.graph.name;
  report.parameters = network::parameter_count(network_.graph);
  report.multiply_accumulates = network::multiply_accumulates(network_.graph);
  report.machine = machine;
  report.design = machine ? machine->configuration : "float";
  report.not_modelled = network_.unsupported;
  report.warnings = warnings_;
  report.baselines = baselines_;
  if (machine) cost(*machine, wanted, report);
  if (!machine && !feed_)
    report.warnings.push_back("the exact reference has no costs, and without --data nothing was computed");
  if (feed_ && (!report.mapping || report.mapping->fits)) compute(machine, wanted, report);
}

void Job::prepare() {
  if (feed_) calibration();
}

std::vector<report::Aspect> Job::aspects() const {
  std::vector<report::Aspect> out;
  if (feed_) {
    report::Values values;
    values.metric =
        measure_.metric.kind ? *measure_.metric.kind : report::suggested_metric(network_.graph, *feed_);
    values.figures = report::make_metric(values.metric, network_.graph, *feed_, measure_.metric)->figures();
    out = report::value_aspects(values);
  }
  for (report::Aspect& a : report::cost_aspects()) out.push_back(std::move(a));
  return out;
}

std::vector<report::Report> Job::run_all(const std::vector<MachinePointer>& machines, const Wanted& wanted) {
  std::vector<report::Report> out(machines.size());
  if (feed_) {  // computing takes all processors for each of them
    size_t done = 0;
    while (done < machines.size() && base::interrupted() == 0) {
      run(machines[done], wanted, out[done]);
      ++done;
    }
    out.resize(done);
    return out;
  }
  std::vector<std::exception_ptr> errors(machines.size());  // the same one is told for any number of threads
  base::parallel_for(static_cast<int64_t>(machines.size()), [&](int64_t k) {
    try {
      run(machines[static_cast<size_t>(k)], wanted, out[static_cast<size_t>(k)]);
    } catch (...) {
      errors[static_cast<size_t>(k)] = std::current_exception();
    }
  });
  for (const std::exception_ptr& e : errors) {
    if (e) std::rethrow_exception(e);
  }
  return out;
}

std::unique_ptr<execution::Functional> Job::programmed(const mapping::Mapping& mapping,
                                                       const machine::Machine& machine, uint64_t seed) {
  auto out = std::make_unique<execution::Functional>(mapping.program, mapping.network, machine, seed);
  if (recalibrates_) out->recalibrate(calibration());
  return out;
}

mapping::Mapping Job::mapped(const machine::Machine& machine) {
  mapping::Options options;
  options.samples = timed_;
  if (feed_) options.calibration = calibration().data();
  return report::calibrated_mapping(network_.graph, machine, options, seed_);
}

void Job::cost(const machine::Machine& machine, const Wanted& wanted, report::Report& report) {
  auto mapping = std::make_shared<mapping::Mapping>(mapped(machine));
  const std::vector<std::string>&left_out = mapping->not_modelled, &more = mapping->warnings;
  report.not_modelled.insert(report.not_modelled.end(), left_out.begin(), left_out.end());
  report.warnings.insert(report.warnings.end(), more.begin(), more.end());
  report.mapping = mapping;
  if (!mapping->fits) return;
  execution::TimingOptions timing;
  constexpr int64_t kTracedTrips = 4;  // of every stage's outermost loop
  if (wanted.trace) timing.keep_trace_epochs = kTracedTrips;
  report.costs = report::price(machine, *mapping, execution::time(mapping->program, timing));
}

void Job::compute(const MachinePointer& machine, const Wanted& wanted, report::Report& report) {
  network::Reference reference(network_.graph);
  const report::Executor exact = [&](std::span<const tensor::Tensor> inputs) { return reference.run(inputs); };
  report::MeasureOptions options = measure_;
  options.keep_outputs = wanted.outputs;
  options.quiet = wanted.quiet;
  if (!machine) {
    report.values = report::measure(network_.graph, *feed_, exact, nullptr, options);
    report.values->seed = seed_;
  } else {
    const bool again = wanted.trials > 1 || wanted.sensitivity;
    report::Remembered remembered(exact);
    const report::Executor once = [&](std::span<const tensor::Tensor> inputs) { return remembered(inputs); };
    const auto made = programmed(*report.mapping, *machine, seed_);
    execution::Functional& functional = *made;
    const report::Executor ours = [&](std::span<const tensor::Tensor> inputs) {
      return functional.run(inputs);
    };
    report.values = report::measure(network_.graph, *feed_, ours, again ? &once : &exact, options);
    report.values->calibration = calibrated_on_;
    report.values->seed = seed_;
    if (machine->arrays().array->knows_cell_energy()) report.values->cell_energy_J = cell_energy(functional);
    if (wanted.layers) {
      constexpr int64_t kSamples = 64;
      const network::Graph& own = report.mapping->network;
      int64_t n = feed_->whole() ? 1 : std::min(report.values->samples, kSamples);
      if (!network::with_batch(own, n)) n = std::max<int64_t>(own.batch(), 1);  // as it is made for
      report.values->layer_samples = n;
      report.values->layers = report::layer_errors(functional, *report.mapping, feed_->batch(0, n));
    }
    if (wanted.trials > 1) try_again(*machine, wanted.trials, remembered, report);
    if (wanted.sensitivity) find_causes(*machine, remembered, report);
  }
  if (report.values->interrupted)
    report.warnings.push_back(
        fmt::format("interrupted: values are of the first {} samples only", report.values->samples));
}

/// The same samples with other seeds. Ctrl-C leaves the trials that are complete.
void Job::try_again(const machine::Machine& machine, int64_t trials, report::Remembered& exact,
                    report::Report& report) {
  std::vector<report::Report> others;
  report::MeasureOptions options = measure_;
  options.samples = report.values->samples;
  const report::Executor once = [&](std::span<const tensor::Tensor> inputs) { return exact(inputs); };
  for (int64_t k = 1; k < trials && base::interrupted() == 0; ++k) {
    const uint64_t seed = seed_ + static_cast<uint64_t>(k);
    const auto made = programmed(*report.mapping, machine, seed);
    execution::Functional& functional = *made;
    const report::Executor ours = [&](std::span<const tensor::Tensor> inputs) {
      return functional.run(inputs);
    };
    exact.rewind();
    report::Report trial;
    trial.values = report::measure(network_.graph, *feed_, ours, &once, options);
    trial.values->seed = seed;
    if (trial.values->interrupted) break;
    others.push_back(std::move(trial));
  }
  std::vector<const report::Report*> all{&report};
  for (const report::Report& r : others) all.push_back(&r);
  if (all.size() > 1) report.trials = report::summarize(all);
}

/// Which layer and which effect loses the first figure that values are compared by.
void Job::find_causes(const machine::Machine& machine, report::Remembered& exact, report::Report& report) {
  const report::Aspect aspect = report::value_aspects(*report.values).front();
  report::MeasureOptions options = measure_;
  options.samples = report.values->samples;
  options.quiet = true;
  const report::Executor once = [&](std::span<const tensor::Tensor> inputs) { return exact(inputs); };
  const report::Score score = [&](execution::Functional& functional) {
    const report::Executor ours = [&](std::span<const tensor::Tensor> inputs) {
      return functional.run(inputs);
    };
    exact.rewind();
    report::Report own;
    own.values = report::measure(network_.graph, *feed_, ours, &once, options);
    if (own.values->interrupted) throw base::Interrupted();
    return aspect.value(own).value_or(0);
  };
  const report::Programmed program = [&](const mapping::Mapping& own, const machine::Machine& changed) {
    return programmed(own, changed, seed_);
  };
  const report::Mapped on = [&](const machine::Machine& changed) { return mapped(changed); };
  try {
    report.sensitivity = report::sensitivity(machine, *report.mapping, on, program, aspect.key, score);
  } catch (const base::Interrupted&) {
    report.warnings.push_back("interrupted: the sensitivity is not complete, and left out");
  }
}

int64_t trials(const Arguments& arguments) {
  if (arguments.given("--trials") && !arguments.given("--data"))
    base::fail("--trials", "needs --data: without samples nothing is computed");
  return arguments.integer("--trials", 1, 1);
}

std::optional<base::OutputFile> open_values(Outputs& outputs, const Arguments& arguments) {
  std::string path = arguments.text("--outputs");
  if (!path.empty() && !arguments.given("--data"))
    base::fail("--outputs", "needs --data: without samples there are no outputs");
  return outputs.open(path);
}

void write_outputs(std::optional<base::OutputFile>& file, const std::vector<report::Report>& reports,
                   bool several) {
  if (!file) return;
  std::vector<tensor::Tensor> all;
  for (const report::Report& r : reports) {
    tensor::Tensor outputs = tensor::concatenate(r.values->outputs);
    tensor::Shape shape = outputs.shape();
    if (several) shape.insert(shape.begin(), 1);
    all.push_back(outputs.reshaped(shape));
  }
  file->write(network::write_npy(tensor::concatenate(all)));
  file->commit();
}

void check_fits(const report::Report& report) {
  if (report.mapping && !report.mapping->fits) base::fail(report.network, report.mapping->misfit);
}

}  // namespace ohmweave::cli
