// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/report/experiment.h"

namespace ohmweave::cli {

using MachinePointer = std::shared_ptr<const machine::Machine>;

/// The machine of a configuration ("isaac", "isaac:chips=4", the path of a file) with more changes; null for
/// "float". Throws base::Failure with all errors of the design.
MachinePointer load_machine(const std::string& configuration, const std::vector<config::Override>& more);

/// What `run` and `compare` share: a network and its samples, ready to meet machines.
class Job {
 public:
  /// Reads the network and opens the data. Throws base::Failure.
  explicit Job(const Arguments& arguments);

  using Wanted = report::Experiment::Wanted;
  /// As report::Experiment::run().
  void run(const MachinePointer& machine, const Wanted& wanted, report::Report& report);
  /// The same on several machines, side by side where there is no data; those that Ctrl-C left out are missing.
  std::vector<report::Report> run_all(const std::vector<MachinePointer>& machines, const Wanted& wanted);

  /// Fixes what runs share, after which run() may be called from several threads at once.
  void prepare() { experiment_->prepare(); }
  /// What the reports of this job can be compared by.
  std::vector<report::Aspect> aspects() const { return experiment_->aspects(); }
  const std::string& network_name() const { return experiment_->graph().name; }

  bool has_data() const { return experiment_->has_data(); }

 private:
  std::optional<report::Experiment> experiment_;
  std::vector<report::Beside> baselines_;
  std::vector<std::string> warnings_;
};

/// How many --trials are asked for, which needs data.
int64_t trials(const Arguments& arguments);
/// Whether --sensitivity is asked for, which needs data.
bool sensitivity(const Arguments& arguments);
/// The file of --outputs, if it is asked for, which needs data.
std::optional<base::OutputFile> open_values(Outputs& outputs, const Arguments& arguments);
/// Writes the raw outputs of one machine or, along a new first axis, of several.
void write_outputs(std::optional<base::OutputFile>& file, const std::vector<report::Report>& reports,
                   bool several);
/// Throws base::Failure where the network did not fit the machine.
void check_fits(const report::Report& report);

}  // namespace ohmweave::cli
