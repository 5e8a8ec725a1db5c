// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/config/load.h"
#include "ohmweave/config/value.h"
#include "ohmweave/report/expression.h"
#include "ohmweave/report/logic_gate.h"
#include "ohmweave/report/logic_run.h"

namespace ohmweave::report {

/// How much it says that our figure agrees with the published one: a parameter taken over from the paper
/// (nothing), what follows from such parameters by arithmetic or by our models, what needs a model of the
/// machine compared with as well, and what the paper says too little about.
enum class ClaimKind { Given, Derived, Baseline, NotReproducible };
/// Within the accepted range; outside of it; without a figure of ours.
enum class ClaimStatus { Reproduced, Missed, NotRun };
/// How the figures of several networks become one.
enum class Combine { Geometric, Arithmetic, Largest, Smallest };

/// What a claim is about or compares with: our machine with other settings, another design of ours, or a
/// machine that is known by a closed form (library/baselines).
struct Subject {
  std::string design, baseline;
  std::vector<config::Override> set;
};

/// A program of logic that a claim runs, and what its figures are called: "logic.NAME.cycles".
struct ClaimedLogic {
  std::string name, technology;
  LogicSpec spec;
};

/// A gate of memristors that a claim looks at as a circuit: "gate.NAME.delay_s".
struct ClaimedGate {
  std::string name;
  GateSpec spec;
};

/// A published figure and how ours is found: an entry of a design's claims.yaml, or of a file of
/// library/claims (docs/claims.md).
struct Claim {
  std::string design;         // folder of designs/, or name of a file of library/claims, that it belongs to
  std::string design_path;    // what it is evaluated on: the design.yaml of that folder, or a design's name
  bool beside_design = true;  // of a folder of designs/
  std::string id, metric, workload, note;
  std::string source;               // where it is published: "isaac16, Table I"
  std::string published_text;       // as in the file, "627.5 GOPS/W"
  std::optional<double> published;  // SI
  ClaimKind kind = ClaimKind::Derived;
  ClaimStatus expected = ClaimStatus::Reproduced;  // what the file says; a test demands that it is true
  double accept_low = 1,
         accept_high = 1;             // of ours / published; unless told, what rounds to the printed digits
  std::optional<double> within;       // in place of these: how far ours may be from the published figure, SI
  Expression measure;                 // our figure, over the report; empty: not run
  std::vector<std::string> networks;  // none: the report of the machine alone
  std::optional<config::Node> inline_network;  // a network written in the claim
  std::vector<ClaimedLogic> logic;             // programs in rows, in place of a network and a machine
  std::vector<ClaimedGate> gates;              // gates, likewise
  std::string data;                            // samples to compute, as --data names them; empty: costs only
  int64_t samples = 0;  // inferences that the timing takes, or how many of the data; 0: as many as usual
  int64_t trials = 1;   // seeds, 1 to this; ours is the mean
  Combine combine = Combine::Geometric;
  std::vector<config::Override> set;
  std::optional<Subject> of;  // none: the design, with `set`
  std::optional<Subject> against;
  base::Span span;

  /// Of cells alone: it needs no machine.
  bool of_cells() const { return !logic.empty() || !gates.empty(); }
};

struct ClaimResult {
  Claim claim;
  std::optional<double> ours, ratio;
  std::optional<std::pair<double, double>> confidence;  // 95 % that the mean of all trials lies between
  ClaimStatus status = ClaimStatus::NotRun;
  std::string problem;  // why there is no figure of ours although there should be one
};

/// The claims of a file: beside the design.yaml they are about, or about the design that the file names.
/// Throws base::Failure with everything wrong with the file.
std::vector<Claim> read_claims_file(const std::string& path);
/// The claims beside a design.yaml; empty if it has none.
std::vector<Claim> read_claims(const std::string& design_path);
/// A file of library/claims, whose claims belong to no single design.
struct NamedClaims {
  std::string name, path;
};
std::vector<NamedClaims> library_claims();
/// Evaluates claims; equal runs are made once. `done` is called after each, for progress; where it throws
/// base::Interrupted, the results so far are returned.
std::vector<ClaimResult> reproduce(const std::vector<Claim>& claims, const std::function<void()>& done);
/// Whether a claim is said to be reproduced and is not.
bool broken(const ClaimResult& result);

/// A list of objects with the keys design, id, metric, workload, published, ours, ratio, kind, status, note
/// and confidence ([low, high]; null where ours is no mean of trials).
nlohmann::ordered_json claims_json(const std::vector<ClaimResult>& results);
/// For people: a table in the units of the papers, and how many claims came out how.
std::string claims_text(const std::vector<ClaimResult>& results, bool colour);

}  // namespace ohmweave::report

template <>
struct ohmweave::config::Words<ohmweave::report::ClaimKind> {
  using enum ohmweave::report::ClaimKind;
  static constexpr std::pair<std::string_view, ohmweave::report::ClaimKind> values[] = {
      {"given", Given}, {"derived", Derived}, {"baseline", Baseline}, {"not_reproducible", NotReproducible}};
};
template <>
struct ohmweave::config::Words<ohmweave::report::ClaimStatus> {
  using enum ohmweave::report::ClaimStatus;
  static constexpr std::pair<std::string_view, ohmweave::report::ClaimStatus> values[] = {
      {"reproduced", Reproduced}, {"missed", Missed}, {"not_run", NotRun}};
};
template <>
struct ohmweave::config::Words<ohmweave::report::Combine> {
  using enum ohmweave::report::Combine;
  static constexpr std::pair<std::string_view, ohmweave::report::Combine> values[] = {
      {"geometric_mean", Geometric}, {"mean", Arithmetic}, {"largest", Largest}, {"smallest", Smallest}};
};
