// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/network/feed.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/aspects.h"
#include "ohmweave/report/report.h"

namespace ohmweave::cli {

using MachinePointer = std::shared_ptr<const machine::Machine>;

/// The machine of a configuration ("isaac", "isaac:chips=4", the path of a file) with more changes; null for
/// "float". Throws base::Failure with all errors of the design.
MachinePointer load_machine(const std::string& configuration, const std::vector<config::Override>& more);

/// What --shape and --bind say of a network's inputs.
network::LoadOptions load_options(const Arguments& arguments);

/// What `run` and `compare` share: a network and its samples, ready to meet machines.
class Job {
 public:
  /// Reads the network and opens the data. Throws base::Failure.
  explicit Job(const Arguments& arguments);

  struct Wanted {
    bool outputs = false, trace = false, layers = false, sensitivity = false;
    int64_t trials = 1;
    bool quiet = false;  // no progress of its own
  };
  /// Maps, times and prices the network on a machine (null: the exact reference) and computes the samples if
  /// there are any; Ctrl-C ends that early (report.values->interrupted). Where the network does not fit the
  /// machine, mapping->misfit says why and nothing else is computed.
  void run(const MachinePointer& machine, const Wanted& wanted, report::Report& report);
  /// The same on several machines, side by side where there is no data; those that Ctrl-C left out are missing.
  std::vector<report::Report> run_all(const std::vector<MachinePointer>& machines, const Wanted& wanted);

  /// Fixes what runs share, after which run() may be called from several threads at once.
  void prepare();
  /// What the reports of this job can be compared by.
  std::vector<report::Aspect> aspects() const;
  const std::string& network_name() const { return network_.graph.name; }

  bool has_data() const { return feed_ != nullptr; }

 private:
  void add_random_weights();
  network::Loaded load_network(const std::string& name, network::LoadOptions options,
                               const std::vector<network::InputData>& data) const;
  const std::vector<tensor::Tensor>& calibration();
  void cost(const machine::Machine& machine, const Wanted& wanted, report::Report& report);
  /// A mapped network whose weights are programmed with a seed, and recalibrated if that is asked for.
  std::unique_ptr<execution::Functional> programmed(const mapping::Mapping& mapping,
                                                    const machine::Machine& machine, uint64_t seed);
  mapping::Mapping mapped(const machine::Machine& machine);
  void compute(const MachinePointer& machine, const Wanted& wanted, report::Report& report);
  void try_again(const machine::Machine& machine, int64_t trials, report::Remembered& exact,
                 report::Report& report);
  void find_causes(const machine::Machine& machine, report::Remembered& exact, report::Report& report);

  network::Loaded network_;
  std::unique_ptr<network::Feed> feed_;
  std::vector<std::string> calibrate_;  // as --data, or empty
  network::Windows windows_;
  network::Preprocessing preprocessing_;
  network::PictureOptions pictures_;
  report::MeasureOptions measure_;
  int64_t timed_ = 0;  // inferences that the timing takes
  uint64_t seed_ = 1;
  bool recalibrates_ = false;
  std::vector<report::Beside> baselines_;
  std::vector<std::string> warnings_;
  std::vector<tensor::Tensor> calibration_;  // by input
  std::string calibrated_on_;
};

/// How many --trials are asked for, which needs data.
int64_t trials(const Arguments& arguments);
/// The file of --outputs, if it is asked for, which needs data.
std::optional<base::OutputFile> open_values(Outputs& outputs, const Arguments& arguments);
/// Writes the raw outputs of one machine or, along a new first axis, of several.
void write_outputs(std::optional<base::OutputFile>& file, const std::vector<report::Report>& reports,
                   bool several);
/// Throws base::Failure where the network did not fit the machine.
void check_fits(const report::Report& report);

}  // namespace ohmweave::cli
