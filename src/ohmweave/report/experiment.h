// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/network/feed.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/aspects.h"
#include "ohmweave/report/exact_outputs.h"
#include "ohmweave/report/report.h"

namespace ohmweave::report {

/// A network, and samples if there are any, ready to meet machines.
class Experiment {
 public:
  struct Options {
    MeasureOptions measure;
    int64_t timed = 0;          // inferences that the timing takes; 0: as many as fill the pipeline
    uint64_t seed = 1;          // of calibration samples and of everything random in a machine
    bool recalibrates = false;  // as batch normalization would be (Functional::recalibrate)
  };
  Experiment(network::Loaded network, Options options);
  Experiment(const Experiment&) = delete;
  Experiment& operator=(const Experiment&) = delete;

  /// Samples, and those that number ranges are fixed with; none: of the training split, or else of the samples
  /// themselves. Throws base::Failure where they do not fit the network.
  void feed(std::vector<network::InputData> samples, std::vector<network::InputData> calibration,
            const network::Preprocessing& how);
  /// Gives the network random weights where it has none of its own; whether it lacked any.
  bool fill_weights();

  struct Wanted {
    bool outputs = false, trace = false, layers = false, sensitivity = false;
    int64_t trials = 1;
    bool quiet = false;  // no progress of its own
  };
  /// Maps, times and prices the network on a machine (null: the exact reference) and computes the samples if
  /// there are any; Ctrl-C ends that early (report.values->interrupted). Where the network does not fit the
  /// machine, mapping->misfit says why and nothing else is computed.
  void run(const std::shared_ptr<const machine::Machine>& machine, const Wanted& wanted, Report& report);
  /// Values of the samples alone, on a machine that is mapped already and programmed with a seed.
  Values values(const machine::Machine& machine, const mapping::Mapping& mapping, uint64_t seed);

  /// Fixes what runs share, after which run() may be called from several threads at once.
  void prepare();
  /// What its reports can be compared by.
  std::vector<Aspect> aspects() const;
  const network::Graph& graph() const { return network_.graph; }
  bool has_data() const { return feed_ != nullptr; }

 private:
  const std::vector<tensor::Tensor>& calibration();
  /// A mapped network whose weights are programmed with a seed, and recalibrated if that is asked for.
  std::unique_ptr<execution::Functional> programmed(const mapping::Mapping& mapping,
                                                    const machine::Machine& machine, uint64_t seed);
  mapping::Mapping mapped(const machine::Machine& machine);
  void cost(const machine::Machine& machine, const Wanted& wanted, Report& report);
  void compute(const std::shared_ptr<const machine::Machine>& machine, const Wanted& wanted, Report& report);
  void show_layers(execution::Functional& functional, Report& report) const;
  void try_again(const machine::Machine& machine, int64_t trials, Report& report);
  void check_has_score() const;
  void find_causes(const machine::Machine& machine, Report& report);
  ExactOutputs& exact();
  Values measured(execution::Functional& functional, const MeasureOptions& how, uint64_t seed);

  network::Loaded network_;
  Options options_;
  std::unique_ptr<network::Feed> feed_, calibrated_with_;
  std::vector<tensor::Tensor> calibration_;  // by input
  std::string calibrated_on_;
  std::unique_ptr<ExactOutputs> exact_;
};

}  // namespace ohmweave::report
