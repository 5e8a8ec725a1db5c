// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/config/load.h"
#include "ohmweave/config/value.h"
#include "ohmweave/report/expression.h"

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

/// A published figure and how ours is found: an entry of a design's claims.yaml (docs/claims.md).
struct Claim {
  std::string design;       // folder of designs/ that it belongs to
  std::string design_path;  // its design.yaml
  std::string id, metric, workload, note;
  std::string source;               // where it is published: "isaac16, Table I"
  std::string published_text;       // as in the file, "627.5 GOPS/W"
  std::optional<double> published;  // SI
  ClaimKind kind = ClaimKind::Derived;
  ClaimStatus expected = ClaimStatus::Reproduced;  // what the file says; a test demands that it is true
  double accept_low = 1,
         accept_high = 1;             // of ours / published; unless told, what rounds to the printed digits
  Expression measure;                 // our figure, over the report; empty: not run
  std::vector<std::string> networks;  // none: the report of the machine alone
  std::optional<config::Node> inline_network;  // a network written in the claim
  int64_t samples = 0;                         // inferences that the run takes; 0: as many as usual
  Combine combine = Combine::Geometric;
  std::vector<config::Override> set;
  std::optional<Subject> of;  // none: the design, with `set`
  std::optional<Subject> against;
  base::Span span;
};

struct ClaimResult {
  Claim claim;
  std::optional<double> ours, ratio;
  ClaimStatus status = ClaimStatus::NotRun;
  std::string problem;  // why there is no figure of ours although there should be one
};

/// The claims beside a design.yaml; empty if it has none. Throws base::Failure with everything wrong with the
/// file.
std::vector<Claim> read_claims(const std::string& design_path);
/// Evaluates claims; equal runs are made once. `done` is called after each, for progress; where it throws
/// base::Interrupted, the results so far are returned.
std::vector<ClaimResult> reproduce(const std::vector<Claim>& claims, const std::function<void()>& done);
/// Whether a claim is said to be reproduced and is not.
bool broken(const ClaimResult& result);

/// A list of objects with the keys design, id, metric, workload, published, ours, ratio, kind, status, note.
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
