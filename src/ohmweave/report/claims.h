// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/config/load.h"
#include "ohmweave/config/value.h"

namespace ohmweave::report {

/// How much it says that our figure agrees with the published one.
enum class ClaimKind { Given, Derived, Baseline, NotReproducible };
enum class ClaimStatus { Reproduced, Missed, NotRun };

/// A published figure and how ours is found: an entry of a design's claims.yaml (docs/claims.md).
struct Claim {
  std::string design, id, metric, workload, where, note;
  std::string published_text;               // as in the file, "627.5 GOPS/W"
  std::optional<double> published;          // SI
  ClaimKind kind = ClaimKind::Derived;
  ClaimStatus expected = ClaimStatus::Reproduced;  // what the file says; a test demands that it is true
  double accept_low = 1, accept_high = 1;   // of ours / published
  // ours: one number of the report ("costs.throughput_per_s", "machine.chip.tile.power_W"), over another if given
  std::string measure, over;
  std::vector<std::string> networks;        // empty: no run needed
  config::Node inline_network;              // or a network written in the claim
  std::vector<config::Override> set;
  // a ratio to another configuration or to a baseline
  std::vector<config::Override> against_set;
  std::string against_design, against_baseline;
  bool relative = false, inverse = false;   // inverse: reference / ours (for energies)
  bool geometric = false;                   // mean over networks
  base::Span span;
};

struct ClaimResult {
  Claim claim;
  std::optional<double> ours, ratio;
  ClaimStatus status = ClaimStatus::NotRun;
};

/// The claims of a design's folder; empty if it has none. Throws base::Failure for a malformed file.
std::vector<Claim> read_claims(const std::string& design_path);
/// Evaluates claims; equal runs are made once. `done` is called after each, for progress.
std::vector<ClaimResult> reproduce(const std::vector<Claim>& claims, const std::function<void()>& done);

}  // namespace ohmweave::report

template <>
struct ohmweave::config::Words<ohmweave::report::ClaimKind> {
  using enum ohmweave::report::ClaimKind;
  static constexpr std::pair<std::string_view, ohmweave::report::ClaimKind> values[] = {{"given", Given}, {"derived", Derived}, {"baseline", Baseline}, {"not_reproducible", NotReproducible}};
};
template <>
struct ohmweave::config::Words<ohmweave::report::ClaimStatus> {
  using enum ohmweave::report::ClaimStatus;
  static constexpr std::pair<std::string_view, ohmweave::report::ClaimStatus> values[] = {{"reproduced", Reproduced}, {"missed", Missed}, {"not_run", NotRun}};
};
