// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/baseline_standing.h"
#include "ohmweave/report/measure.h"
#include "ohmweave/report/programming.h"
#include "ohmweave/report/wear.h"
#include "ohmweave/report/sensitivity.h"
#include "ohmweave/report/trials.h"

namespace ohmweave::report {

/// Actions by machine node and what it did.
using Actions = std::map<std::string, std::map<circuit::Verb, int64_t>>;

/// What the inferences of a timing run cost, over all chips taken.
struct Costs {
  int64_t samples = 1;          // that the timing run took
  double latency_s = 0;         // of one sample through the empty machine
  double throughput_per_s = 0;  // samples, once the pipeline is full
  double energy_per_inference_J = 0, average_power_W = 0, area_m2 = 0;
  bool upper_bound = false;  // time and energy count the most that data could ask for (Program::measures)
  std::vector<Share> energy, area;  // largest first
  Actions actions;                  // of all samples together: whole numbers
  double peak_ops_per_s = 0, peak_power_W = 0;
  Programming programming;  // part of throughput, energy and power only if spread over runs
  std::optional<Wear> wear;  // of computing
  execution::Timing timing;
};

/// A machine that a run compares itself with.
struct Beside {
  std::shared_ptr<const Baseline> baseline;
  Standing standing;
};

/// Everything a run has to say. Machine-less (the exact reference): `machine` and `mapping` are null, costs
/// absent. Without a network (`network` empty) it describes a machine.
struct Report {
  std::string network;
  int64_t parameters = 0, multiply_accumulates = 0;
  std::shared_ptr<const machine::Machine> machine;
  std::shared_ptr<const mapping::Mapping> mapping;
  std::string design = "float";  // as the user asked for it
  std::optional<Values> values;
  std::optional<Trials> trials;            // of the values, with other seeds
  std::optional<Sensitivity> sensitivity;  // of the values, on the samples they are of
  std::optional<Costs> costs;
  std::vector<Beside> baselines;
  std::vector<std::string> not_modelled, warnings;
};

/// Energy, area, latency and throughput of a mapped network: counts times prices plus static power times time.
/// Where the design spreads programming over inferences, its time and energy are in all but the latency; that
/// is a Failure if they are not known.
/// A timing that ended in a deadlock is a Failure that tells the cycle of waits.
Costs price(const machine::Machine& machine, const mapping::Mapping& mapping, execution::Timing timing);

/// A network on a machine without data: mapped, timed and priced. Where it does not fit, costs are absent and
/// mapping->misfit says why. `samples`: of the timing, as mapping::Options::samples.
Report estimate(const network::Loaded& network, std::shared_ptr<const machine::Machine> machine,
                int64_t samples = 0);

/// The format "ohmweave-report/1" (docs/report_format.md).
nlohmann::ordered_json to_json(const Report& report);
/// For people: aligned tables, SI prefixes; colour on request.
std::string to_text(const Report& report, bool colour);
/// Per layer: where it went, arrays, slices, copies, utilization, warnings.
std::string mapping_text(const mapping::Mapping& mapping, const machine::Machine& machine, bool colour);
/// The pipeline as trace-event JSON for Perfetto, written piecewise: one process per owner and machine group,
/// one thread per resource (per server where it has several), one slice per step of the firings whose starts
/// the timing kept (TimingOptions::keep_trace_epochs), arrows along the steps of a firing. At most `most`
/// slices; the metadata says so.
constexpr int64_t kMostSlices = 200000;
void write_trace(const mapping::Mapping& mapping, const execution::Timing& timing,
                 const std::function<void(std::string_view)>& sink, int64_t most = kMostSlices);

}  // namespace ohmweave::report
