// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/network.h"

namespace ohmweave::report {

/// What a data set became on a machine, beside what the exact network makes of it. Fractions from 0 to 1.
struct Values {
  int64_t samples = 0;
  bool labelled = false;
  double top1 = 0, top5 = 0;                      // of the machine; meaningless without labels
  double reference_top1 = 0, reference_top5 = 0;  // of exact float execution
  double agreement = 0;                           // samples where both choose the same class
  uint64_t seed = 0;
  std::string data, calibration;                  // which samples, in words
  std::vector<tensor::Tensor> outputs;            // raw first output, by batch, if asked for
};

/// Where energy or area goes: one component of the machine, or static power.
struct Share {
  std::string part;      // path of the machine node
  double si = 0;         // joules per inference, or square metres
  std::string source;    // provenance of the figure behind it
};

struct Costs {
  double latency_s = 0;            // of one sample through the empty machine
  double throughput_per_s = 0;     // samples, once the pipeline is full
  double energy_per_inference_J = 0, average_power_W = 0, area_m2 = 0;
  std::vector<Share> energy, area;
  std::map<std::string, std::map<std::string, int64_t>> actions;  // part -> verb -> per inference
  double peak_ops_per_s = 0, peak_power_W = 0;                    // of all chips taken
  execution::Timing timing;
  int64_t samples = 1;             // that the timing run took
};

/// Everything a run has to say. Machine-less (the exact reference): `machine` and `mapping` are null, costs absent.
struct Report {
  std::string network;
  int64_t parameters = 0, multiply_accumulates = 0;
  std::shared_ptr<const machine::Machine> machine;
  std::shared_ptr<const mapping::Mapping> mapping;
  std::string design = "float";    // as the user asked for it
  std::optional<Values> values;
  std::optional<Costs> costs;
  std::vector<std::string> not_modelled, warnings;
};

/// Energy, area, latency and throughput of a mapped network: counts times prices plus static power times time.
Costs price(const machine::Machine& machine, const mapping::Mapping& mapping, execution::Timing timing, int64_t samples);

/// Something that computes a batch: the machine or the exact reference.
using Executor = std::function<std::vector<tensor::Tensor>(std::span<const tensor::Tensor>)>;
struct MeasureOptions {
  int64_t samples = 0;       // 0: all
  int64_t batch = 64;
  network::Preprocessing preprocessing;
  bool keep_outputs = false;
};
/// Runs a data set through an executor and the exact reference, batch by batch (memory bounded by batch and network),
/// with progress; `exact` null: the executor is the reference.
Values measure(const network::Graph& network, const network::DataSet& data, const Executor& machine, const Executor* exact, const MeasureOptions& options);

/// The format "ohmweave-report/1" (docs/report_format.md).
nlohmann::ordered_json to_json(const Report& report);
/// For people: aligned tables, SI prefixes; colour on request.
std::string to_text(const Report& report, bool colour);
/// Several reports side by side.
std::string compare_text(const std::vector<Report>& reports, bool colour);
/// Per layer: where it went, arrays, slices, copies, utilization, warnings.
std::string mapping_text(const mapping::Mapping& mapping, const machine::Machine& machine, bool colour);
/// The pipeline as trace-event JSON for Perfetto (tracks = resources under their machine nodes), written piecewise.
void write_trace(const mapping::Mapping& mapping, const execution::Timing& timing, const std::function<void(std::string_view)>& sink);

}  // namespace ohmweave::report
