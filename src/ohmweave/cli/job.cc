// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/job.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/cli/data_options.h"
#include "ohmweave/network/data.h"
#include "ohmweave/report/beside.h"

namespace ohmweave::cli {
namespace {

constexpr int64_t kBatch = 64;
constexpr int64_t kMostThreads = 1024;

/// Extents that the file leaves open are those of the data, unless the user says them.
network::Loaded load_network(const std::string& name, network::LoadOptions options,
                             const std::vector<network::InputData>& data, const network::Preprocessing& how) {
  const bool told = !options.input_shape.empty() || !options.shapes.empty();
  if (data.empty() || told) return network::load(name, options);
  try {
    return network::load(name, options);
  } catch (const base::Failure&) {
    for (const network::InputData& d : data)
      (d.input.empty() ? options.input_shape : options.shapes[d.input]) = network::natural_shape(*d.set, how);
    std::optional<network::Loaded> open;
    try {
      open = network::load(name, options);
    } catch (const base::Failure&) {
    }
    if (!open) throw;
    return *std::move(open);
  }
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

Job::Job(const Arguments& arguments) {
  if (arguments.given("--recalibrate") && !arguments.given("--data"))
    base::fail("--recalibrate", "needs --data: without samples nothing is computed");
  if (arguments.given("--no-reference") && !arguments.given("--data"))
    base::fail("--no-reference", "needs --data: without samples nothing is computed");
  base::use_threads(static_cast<int>(std::min(arguments.integer("--threads", 0, 1), kMostThreads)));
  const network::Windows pieces = windows(arguments);
  const network::Preprocessing how = preprocessing(arguments);
  const network::PictureOptions looks = pictures(arguments);
  report::Experiment::Options options;
  options.seed = arguments.seed();
  options.recalibrates = arguments.given("--recalibrate");
  options.measure.samples = arguments.integer("--samples", 0, 1);
  options.measure.batch = arguments.integer("--batch", kBatch, 1);
  options.measure.metric = metric(arguments);
  options.measure.compares = !arguments.given("--no-reference");
  std::vector<network::InputData> data = network::open_inputs(arguments.all("--data"), looks, pieces);
  if (data.empty()) options.timed = options.measure.samples;

  network::LoadOptions load = load_options(arguments);
  load.allow_unsupported = data.empty();
  experiment_.emplace(load_network(arguments.operand(0), load, data, how), options);
  for (const std::string& name : arguments.all("--baseline"))
    baselines_.push_back(report::beside(name, experiment_->graph()));
  if (data.empty()) return;
  experiment_->feed(std::move(data), network::open_inputs(arguments.all("--calibrate"), looks, pieces), how);
  if (experiment_->fill_weights())
    warnings_.push_back(
        fmt::format("{} has no weights of its own: they are random (seed {}), and accuracy means nothing",
                    network_name(), options.seed));
}

void Job::run(const MachinePointer& machine, const Wanted& wanted, report::Report& report) {
  report.baselines = baselines_;
  report.warnings = warnings_;
  experiment_->run(machine, wanted, report);
}

std::vector<report::Report> Job::run_all(const std::vector<MachinePointer>& machines, const Wanted& wanted) {
  std::vector<report::Report> out(machines.size());
  if (has_data()) {  // computing takes all processors for each of them
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

int64_t trials(const Arguments& arguments) {
  if (arguments.given("--trials") && !arguments.given("--data"))
    base::fail("--trials", "needs --data: without samples nothing is computed");
  return arguments.integer("--trials", 1, 1);
}

bool sensitivity(const Arguments& arguments) {
  if (arguments.given("--sensitivity") && !arguments.given("--data"))
    base::fail("--sensitivity", "needs --data: without samples nothing is computed");
  return arguments.given("--sensitivity");
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
