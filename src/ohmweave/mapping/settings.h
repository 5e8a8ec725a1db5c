// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/programming.h"
#include "ohmweave/network/passes.h"

namespace ohmweave::mapping {

/// Which operand of a product is held in arrays, and so how nodes become stages.
enum class Dataflow { WeightStationary };
/// How many copies of its arrays a layer gets.
enum class Replication {
  None,     // one
  Balance,  // the layers' firings per sample become as equal as the machine has room for (ISAAC, section IV)
};
/// When a layer may start.
enum class Schedule {
  Element,   // as soon as the items of its window are there
  Layer,     // when the layers before it have finished the sample
  Serial,    // the same, and a sample starts when the one before has left the machine
  Lockstep,  // in beats: all layers compute, each a sample of its own, then the odd ones send, then the even
             // ones
};
/// What windows of neighbouring copies have in common.
enum class Overlap {
  Shared,    // is fetched once for all of them
  Repeated,  // is fetched again by each (PRIME: every result reads its whole window)
};
/// What a sliding window waits for.
enum class WindowRule {
  Exact,  // the last element of the window: Nx(Ky-1)+Kx items buffered
  Rows,   // whole rows of the input: Nx*Ky items
};

/// One phase of an operation: the components its data pass, all busy at once, for whole cycles.
struct Phase {
  std::vector<std::string> through;  // paths of machine nodes
  static constexpr auto fields() {
    return std::tuple{
        config::required("through", &Phase::through, "components the data pass, all at once; [] for none")};
  }
};

/// How one operation passes through the machine around its arrays (ISAAC, Figure 4b).
struct Pipeline {
  units::Time cycle;
  std::optional<Phase> load;
  Phase fetch, merge, activate, store;
  std::optional<Phase> send;
  static constexpr auto fields() {
    using P = Pipeline;
    return std::tuple{
        config::required("cycle", &P::cycle, "every phase lasts whole cycles").above(0),
        config::defaulted(
            "load", &P::load,
            "inputs of the network on their way to the buffer, a sample ahead of its work; without it they "
            "are there from the start"),
        config::required("fetch", &P::fetch, "inputs on their way from the buffer to the arrays"),
        config::required("merge", &P::merge, "sums of several arrays added up"),
        config::required("activate", &P::activate, "the activation function"),
        config::required("store", &P::store, "results on their way to the buffers of their readers"),
        config::defaulted(
            "send", &P::send,
            "a sample's results of a layer on their way to the groups of their readers, or out of the machine, "
            "when all are there; without it readers use each as soon as it is stored")};
  }
};

/// The `mapping:` section of a design.
struct Settings {
  Dataflow dataflow = Dataflow::WeightStationary;
  Replication replicate = Replication::None;
  std::string place;  // a layer takes whole instances of this group of the machine
  bool share_arrays = false;
  std::string sample_group;  // path, or empty
  Schedule schedule = Schedule::Element;
  std::string serial_group;  // path, or empty: the whole machine
  Overlap overlap = Overlap::Shared;
  WindowRule window = WindowRule::Exact;
  network::Clipping clipping = network::Clipping::MinMax;
  double percentile = 99.99;
  bool per_channel_weights = false;
  int result_bits = 0;
  Pipeline pipeline;
  int64_t runs_per_programming = 0;
  std::optional<Delivery> programming;
  std::optional<Morph> morph;
  std::map<std::string, std::string> digital;  // operator word -> path of the component that computes it

  static constexpr auto fields() {
    using S = Settings;
    return std::tuple{
        config::defaulted("dataflow", &S::dataflow, "which operand of a product the arrays hold"),
        config::defaulted("replicate", &S::replicate, "how many copies of its arrays a layer gets"),
        config::required("place", &S::place, "group of the machine that layers take whole instances of"),
        config::defaulted(
            "share_arrays", &S::share_arrays,
            "whether copies of a small layer stand side by side in one array, with rows and columns of their "
            "own"),
        config::defaulted(
            "sample_group", &S::sample_group,
            "group that holds the whole network if it can: each works on a sample of its own, all of them at "
            "the same time (default: samples follow one another)"),
        config::defaulted("schedule", &S::schedule, "when a layer may start"),
        config::defaulted(
            "serial_group", &S::serial_group,
            "for schedule: serial, the group in which samples follow one another (default: the machine)"),
        config::defaulted("overlap", &S::overlap, "what windows of neighbouring copies have in common"),
        config::defaulted("window", &S::window, "what a sliding window waits for"),
        config::defaulted("clipping", &S::clipping, "how calibration chooses the range of a tensor"),
        config::defaulted("percentile", &S::percentile, "of absolute values, for clipping: percentile")
            .within(50, 100),
        config::defaulted("per_channel_weights", &S::per_channel_weights,
                          "one weight scale per output channel instead of one per layer"),
        config::defaulted(
            "result_bits", &S::result_bits,
            "bits of values that are stored on their way and multiplied nowhere, such as sums before "
            "they are pooled (0: as an input)")
            .within(0, 22),
        config::required("pipeline", &S::pipeline, "how one operation passes through the machine"),
        config::defaulted(
            "runs_per_programming", &S::runs_per_programming,
            "inferences that one programming of the weights serves; its time and energy are spread "
            "over them (0: neither is counted)")
            .within(0, 1e15),
        config::defaulted("programming", &S::programming, "the way weights take to the arrays"),
        config::defaulted("morph", &S::morph, "arrays that are memory while they compute nothing")};
  }
};

/// Reads and checks the `mapping:` section against the machine; throws base::Failure with all errors.
/// `resolved`, if given, receives the section with its defaults filled in.
Settings read_settings(const machine::Machine& machine, config::Node* resolved = nullptr);

/// The word a design file uses for an operator: "max_pool", "global_average_pool".
std::string word_of_operator(network::Op op);

}  // namespace ohmweave::mapping

template <>
struct ohmweave::config::Words<ohmweave::mapping::Dataflow> {
  static constexpr std::pair<std::string_view, ohmweave::mapping::Dataflow> values[] = {
      {"weight_stationary", ohmweave::mapping::Dataflow::WeightStationary}};
};
template <>
struct ohmweave::config::Words<ohmweave::mapping::Replication> {
  using enum ohmweave::mapping::Replication;
  static constexpr std::pair<std::string_view, ohmweave::mapping::Replication> values[] = {
      {"none", None}, {"balance", Balance}};
};
template <>
struct ohmweave::config::Words<ohmweave::mapping::Schedule> {
  using enum ohmweave::mapping::Schedule;
  static constexpr std::pair<std::string_view, ohmweave::mapping::Schedule> values[] = {
      {"element", Element}, {"layer", Layer}, {"serial", Serial}, {"lockstep", Lockstep}};
};
template <>
struct ohmweave::config::Words<ohmweave::mapping::Overlap> {
  using enum ohmweave::mapping::Overlap;
  static constexpr std::pair<std::string_view, ohmweave::mapping::Overlap> values[] = {{"shared", Shared},
                                                                                       {"repeated", Repeated}};
};
template <>
struct ohmweave::config::Words<ohmweave::mapping::WindowRule> {
  using enum ohmweave::mapping::WindowRule;
  static constexpr std::pair<std::string_view, ohmweave::mapping::WindowRule> values[] = {{"exact", Exact},
                                                                                          {"rows", Rows}};
};
