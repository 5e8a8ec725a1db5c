// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/config/fields.h"
#include "ohmweave/config/load.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::report {

/// Which part of training is asked for. Backward is the gradients of all layers, training forward and backward.
enum class Pass { Forward, Backward, Training };

}  // namespace ohmweave::report

template <>
struct ohmweave::config::Words<ohmweave::report::Pass> {
  using enum ohmweave::report::Pass;
  static constexpr std::pair<std::string_view, ohmweave::report::Pass> values[] = {
      {"forward", Forward}, {"backward", Backward}, {"training", Training}};
};

namespace ohmweave::report {

/// What a machine is given to do at a time.
struct Workload {
  int64_t batch = 1;  // samples
  Pass pass = Pass::Forward;
  bool operator==(const Workload&) const = default;
};

/// Names with their SI figures.
using Parts = std::vector<std::pair<std::string, double>>;

/// What a model says of a network.
struct Estimate {
  double latency_s = 0;         // of a batch
  double throughput_per_s = 0;  // samples
  double energy_J = 0;          // of one sample
  double used_of_peak = 0;
  std::optional<double> area_m2;
  int64_t chips = 1;
  Parts energy;  // joules of one sample, by what takes them
  Parts time;    // seconds of a batch, by what limits the layers
};

/// A machine at its best.
struct Peak {
  double ops_per_s = 0, power_W = 0;
  std::optional<double> area_m2, weights_B;
};

/// A machine in closed form: one layer after the other. Each has a page in docs/models.
class BaselineModel {
 public:
  virtual ~BaselineModel() = default;
  virtual Peak peak() const = 0;
  /// Throws base::Failure for a network that does not fit, or a workload that the machine cannot do.
  virtual Estimate estimate(const network::Graph& graph, const Workload& workload) const = 0;
};

/// A row of the list of models (baseline_kinds.cc): the word after `model:`, its fields, and how one is made.
struct BaselineKind {
  std::string_view word, doc;
  std::vector<config::FieldInfo> (*fields)();
  /// `name` is what its errors call the machine. Null where `node` is wrong.
  std::shared_ptr<const BaselineModel> (*make)(config::Node& node, const std::string& name,
                                               base::Diagnostics& d);
};
const std::vector<BaselineKind>& baseline_kinds();

/// A published measurement of a machine.
struct Measured {
  std::string network;  // a name of networks/
  int64_t batch = 1;
  Pass pass = Pass::Forward;
  std::string software, version;
  std::optional<units::Time> time;             // of a batch
  std::optional<units::Frequency> throughput;  // samples
  bool anchor = false;                         // an efficiency of the model is taken from it
  std::string differs;                         // in what the network measured is not ours
  std::string from;                            // where it is published
  static constexpr auto fields() {
    using M = Measured;
    return std::tuple{
        config::required("network", &M::network, "which, a name of networks/"),
        config::defaulted("batch", &M::batch, "samples at a time").within(1, 1e6),
        config::defaulted("pass", &M::pass, "which part of training"),
        config::required("software", &M::software, "that ran; the model stands for the file's `software`"),
        config::defaulted("version", &M::version, "of the software"),
        config::defaulted("time", &M::time, "of a batch; this or the throughput").above(0),
        config::defaulted("throughput", &M::throughput, "samples a second").above(0),
        config::defaulted("anchor", &M::anchor, "whether an efficiency of the model is taken from it"),
        config::defaulted("differs", &M::differs,
                          "in what the network measured is not ours: it is not quoted")};
  }
  bool operator==(const Measured&) const = default;
  Workload workload() const { return {batch, pass}; }
  /// Of a batch.
  double seconds() const { return time ? time->si() : static_cast<double>(batch) / throughput->si(); }
};

/// What every file of library/baselines says; the fields of its model stand beside these.
struct BaselineHead {
  std::string format, name, title, model;
  units::Length technology;
  int64_t batch = 1;
  Pass pass = Pass::Forward;
  std::string software;
  std::vector<std::string> spread_of;
  static constexpr auto fields() {
    using H = BaselineHead;
    return std::tuple{
        config::required("format", &H::format, "always ohmweave-baseline/1"),
        config::required("name", &H::name, "what it is called by"),
        config::required("title", &H::title, "the machine, for people"),
        config::required("model", &H::model, "how its figures are calculated"),
        config::required("technology", &H::technology, "node that its figures are for").above(0),
        config::defaulted("batch", &H::batch, "samples at a time").within(1, 1e6),
        config::defaulted("pass", &H::pass, "which part of training"),
        config::defaulted("software", &H::software, "whose measurements the model stands for"),
        config::defaulted("spread_of", &H::spread_of,
                          "machines of its family whose measurements tell how far off the model may be, where "
                          "there are none of its own")};
  }
};

/// A machine that designs compare themselves with: an entry of library/baselines.
struct Baseline : BaselineHead {
  std::string configuration;  // as it was asked for: "gtx1080:batch=1"
  std::vector<Measured> measured;
  std::shared_ptr<const BaselineModel> machine;
  /// The same with the least and the most favourable assumptions of the file; null where it says none.
  std::shared_ptr<const BaselineModel> pessimistic, optimistic;
  config::Node file;  // with its changes and the origin of every figure
  Workload workload() const { return {batch, pass}; }
};

/// The names of library/baselines, sorted.
std::vector<std::string> baseline_names();
/// By a configuration: a name or the path of a file, with changes if wanted ("gtx1080:batch=1"), and more
/// changes. Throws base::Failure with all that is wrong.
Baseline load_baseline(const std::string& configuration, const std::vector<config::Override>& set = {});

/// What there is to say of it in the form of a report (docs/report_format.md): `design`, and with a network
/// `costs` and `mapping.chips`; the costs are those it is quoted with (see Standing). Throws base::Failure for
/// a network that does not fit.
nlohmann::ordered_json baseline_json(const Baseline& baseline, const network::Graph* network);

}  // namespace ohmweave::report
