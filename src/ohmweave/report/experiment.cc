// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/experiment.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/progress.h"
#include "ohmweave/network/calibration.h"
#include "ohmweave/report/calibrated.h"

namespace ohmweave::report {
namespace {

/// Of the cells of all arrays, per inference.
double cell_energy(const execution::Functional& functional) {
  int64_t attojoules = 0;
  for (const array::Tally& t : functional.activity().tallies) attojoules += t.cell_attojoules;
  return 1e-18 * static_cast<double>(attojoules) / static_cast<double>(functional.activity().samples);
}

}  // namespace

Experiment::Experiment(network::Loaded network, Options options)
    : network_(std::move(network)), options_(std::move(options)) {}

void Experiment::feed(std::vector<network::InputData> samples, std::vector<network::InputData> calibration,
                      const network::Preprocessing& how) {
  feed_ = std::make_unique<network::Feed>(network_.graph, std::move(samples), how);
  if (options_.measure.samples > feed_->size())
    base::fail(feed_->name(), fmt::format("{} samples were asked for, but the set has {}",
                                          options_.measure.samples, feed_->size()));
  if (!calibration.empty())
    calibrated_with_ = std::make_unique<network::Feed>(network_.graph, std::move(calibration), how);
}

bool Experiment::fill_weights() {
  const std::vector<network::Value>& values = network_.graph.values;
  const bool complete = std::all_of(values.begin(), values.end(),
                                    [](const network::Value& v) { return !v.is_constant || v.constant; });
  if (!complete) network::fill_weights(network_.graph, options_.seed);
  return !complete;
}

const std::vector<tensor::Tensor>& Experiment::calibration() {
  if (!calibration_.empty()) return calibration_;
  std::unique_ptr<network::Feed> split;
  if (!calibrated_with_) split = feed_->training_split();
  const network::Feed* other = calibrated_with_ ? calibrated_with_.get() : split.get();
  const network::Feed& from = other != nullptr ? *other : *feed_;
  calibration_ = network::draw_samples(from, network::kCalibrationSamples, options_.seed);
  calibrated_on_ = fmt::format(
      "{} of {} (seed {}){}", std::min(from.size(), network::kCalibrationSamples), from.name(), options_.seed,
      other != nullptr ? "" : ", which are among those computed: the set has no training split");
  return calibration_;
}

ExactOutputs& Experiment::exact() {
  if (!exact_) exact_ = std::make_unique<ExactOutputs>(network_.graph);
  return *exact_;
}

void Experiment::prepare() {
  if (!feed_) return;
  calibration();
  exact();
}

std::vector<Aspect> Experiment::aspects() const {
  std::vector<Aspect> out;
  if (feed_) {
    const MetricOptions& metric = options_.measure.metric;
    Values values;
    values.metric = metric.kind ? *metric.kind : suggested_metric(network_.graph, *feed_);
    values.compared = options_.measure.compares;
    values.figures = make_metric(values.metric, network_.graph, *feed_, metric)->figures();
    out = value_aspects(values);
  }
  for (Aspect& a : cost_aspects()) out.push_back(std::move(a));
  return out;
}

void Experiment::run(const std::shared_ptr<const machine::Machine>& machine, const Wanted& wanted,
                     Report& report) {
  report.network = network_.graph.name;
  report.parameters = network::parameter_count(network_.graph);
  report.multiply_accumulates = network::multiply_accumulates(network_.graph);
  report.machine = machine;
  report.design = machine ? machine->configuration : "float";
  report.not_modelled = network_.unsupported;
  if (machine) cost(*machine, wanted, report);
  if (!machine && !feed_)
    report.warnings.push_back("the exact reference has no costs, and without --data nothing was computed");
  if (wanted.sensitivity) check_has_score();
  if (feed_ && (!report.mapping || report.mapping->fits)) compute(machine, wanted, report);
}

std::unique_ptr<execution::Functional> Experiment::programmed(const mapping::Mapping& mapping,
                                                              const machine::Machine& machine, uint64_t seed) {
  auto out = std::make_unique<execution::Functional>(mapping.program, mapping.network, machine, seed);
  if (options_.recalibrates) out->recalibrate(calibration());
  return out;
}

mapping::Mapping Experiment::mapped(const machine::Machine& machine) {
  mapping::Options how;
  how.samples = options_.timed;
  if (feed_ && !machine.formats.floating) how.calibration = calibration().data();
  return calibrated_mapping(network_.graph, machine, how, options_.seed);
}

void Experiment::cost(const machine::Machine& machine, const Wanted& wanted, Report& report) {
  auto mapping = std::make_shared<mapping::Mapping>(mapped(machine));
  const std::vector<std::string>&left_out = mapping->not_modelled, &more = mapping->warnings;
  report.not_modelled.insert(report.not_modelled.end(), left_out.begin(), left_out.end());
  report.warnings.insert(report.warnings.end(), more.begin(), more.end());
  report.mapping = mapping;
  if (!mapping->fits) return;
  execution::TimingOptions timing;
  constexpr int64_t kTracedTrips = 4;  // of every stage's outermost loop
  if (wanted.trace) timing.keep_trace_epochs = kTracedTrips;
  report.costs = price(machine, *mapping, execution::time(mapping->program, timing));
}

Values Experiment::measured(execution::Functional& functional, const MeasureOptions& how, uint64_t seed) {
  const Executor ours = [&](std::span<const tensor::Tensor> inputs) { return functional.run(inputs); };
  Executor reference;
  if (how.compares) reference = exact().from_the_first();
  Values out = measure(network_.graph, *feed_, ours, &reference, how);
  out.seed = seed;
  return out;
}

Values Experiment::values(const machine::Machine& machine, const mapping::Mapping& mapping, uint64_t seed) {
  return measured(*programmed(mapping, machine, seed), options_.measure, seed);
}

void Experiment::compute(const std::shared_ptr<const machine::Machine>& machine, const Wanted& wanted,
                         Report& report) {
  MeasureOptions how = options_.measure;
  how.keep_outputs = wanted.outputs;
  how.quiet = how.quiet || wanted.quiet;
  if (!machine) {
    how.compares = true;  // with itself
    report.values = measure(network_.graph, *feed_, exact().from_the_first(), nullptr, how);
    report.values->seed = options_.seed;
  } else {
    const auto functional = programmed(*report.mapping, *machine, options_.seed);
    report.values = measured(*functional, how, options_.seed);
    if (!machine->formats.floating || options_.recalibrates) report.values->calibration = calibrated_on_;
    if (machine->arrays().array->knows_cell_energy()) report.values->cell_energy_J = cell_energy(*functional);
    if (wanted.layers) show_layers(*functional, report);
    if (wanted.trials > 1) try_again(*machine, wanted.trials, report);
    if (wanted.sensitivity) find_causes(*machine, report);
  }
  if (report.values->interrupted)
    report.warnings.push_back(
        fmt::format("interrupted: values are of the first {} samples only", report.values->samples));
}

void Experiment::show_layers(execution::Functional& functional, Report& report) const {
  constexpr int64_t kSamples = 64;
  const network::Graph& own = report.mapping->network;
  int64_t n = feed_->whole() ? 1 : std::min(report.values->samples, kSamples);
  if (!network::with_batch(own, n)) n = std::max<int64_t>(own.batch(), 1);  // as it is made for
  report.values->layer_samples = n;
  report.values->layers = layer_errors(functional, *report.mapping, feed_->batch(0, n));
}

/// The same samples with other seeds. Ctrl-C leaves the trials that are complete.
void Experiment::try_again(const machine::Machine& machine, int64_t trials, Report& report) {
  std::vector<Report> others;
  MeasureOptions how = options_.measure;
  how.samples = report.values->samples;
  for (int64_t k = 1; k < trials && base::interrupted() == 0; ++k) {
    const uint64_t seed = options_.seed + static_cast<uint64_t>(k);
    Report trial;
    trial.values = measured(*programmed(*report.mapping, machine, seed), how, seed);
    if (trial.values->interrupted) break;
    others.push_back(std::move(trial));
  }
  std::vector<const Report*> all{&report};
  for (const Report& r : others) all.push_back(&r);
  if (all.size() > 1) report.trials = summarize(all);
}

/// Sensitivity is that of a figure.
void Experiment::check_has_score() const {
  if (aspects().size() == cost_aspects().size())
    base::fail("--sensitivity", "needs a figure: of labels or targets of the data, or of the exact reference");
}

/// Which layer and which effect loses the first figure that values are compared by.
void Experiment::find_causes(const machine::Machine& machine, Report& report) {
  const Aspect aspect = value_aspects(*report.values).front();
  MeasureOptions how = options_.measure;
  how.samples = report.values->samples;
  how.quiet = true;
  const Score score = [&](execution::Functional& functional) {
    Report own;
    own.values = measured(functional, how, options_.seed);
    if (own.values->interrupted) throw base::Interrupted();
    return aspect.value(own).value_or(0);
  };
  const Programmed program = [&](const mapping::Mapping& own, const machine::Machine& changed) {
    return programmed(own, changed, options_.seed);
  };
  const Mapped on = [&](const machine::Machine& changed) { return mapped(changed); };
  try {
    report.sensitivity = sensitivity(machine, *report.mapping, on, program, aspect.key, score);
  } catch (const base::Interrupted&) {
    report.warnings.push_back("interrupted: the sensitivity is not complete, and left out");
  }
}

}  // namespace ohmweave::report
