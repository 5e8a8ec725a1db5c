// SPDX-License-Identifier: Apache-2.0
// Published figures beside ours.
#include "ohmweave/report/claims.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/progress.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/text.h"
#include "ohmweave/report/baseline.h"
#include "ohmweave/report/experiment.h"
#include "ohmweave/report/report.h"
#include "ohmweave/report/trials.h"

namespace ohmweave::report {
namespace {

using nlohmann::ordered_json;

double combined(std::vector<double> values, Combine how) {
  const auto n = static_cast<double>(values.size());
  switch (how) {
    case Combine::Largest:
      return *std::max_element(values.begin(), values.end());
    case Combine::Smallest:
      return *std::min_element(values.begin(), values.end());
    case Combine::Arithmetic:
      return std::accumulate(values.begin(), values.end(), 0.0) / n;
    case Combine::Geometric:
      break;
  }
  if (values.size() == 1) return values[0];
  double logs = 0;
  for (double v : values) logs += std::log(v);
  return std::exp(logs / n);
}

std::string key_of(const std::string& what, const std::vector<config::Override>& set) {
  std::string out = what;
  for (const config::Override& o : set) out += ":" + o.path + "=" + o.value;
  return out;
}

std::string key_of(const ClaimedLogic& l) {
  return fmt::format("{} {} {} {} {}", l.spec.operation, l.spec.format, l.spec.method,
                     config::word_of(l.spec.initialisation), l.technology);
}
std::string key_of(const GateSpec& g) {
  return key_of(fmt::format("gate {} {} {} {} {}", g.gate, g.inputs, g.memristor, g.volts, g.pulse), g.changes);
}

/// Reports by what they are of, one for each trial; each is made when it is asked for first.
class Runs {
 public:
  using Trials = std::vector<ordered_json>;
  /// Of a claim's own machine, or of what it compares with. `network` is a name, empty for the machine alone.
  const Trials& ours(const Claim& c, const std::string& network) {
    return c.of ? reports(c, *c.of, network) : run(c, c.design_path, c.set, network);
  }
  const Trials& against(const Claim& c, const std::string& network) { return reports(c, *c.against, network); }

 private:
  using MachinePointer = std::shared_ptr<const machine::Machine>;

  const Trials& reports(const Claim& c, const Subject& s, const std::string& network) {
    if (!s.baseline.empty()) return baseline(c, s, network);
    if (!s.design.empty()) return run(c, s.design, s.set, network);
    std::vector<config::Override> set = c.set;
    set.insert(set.end(), s.set.begin(), s.set.end());
    return run(c, c.design_path, set, network);
  }
  const Trials& run(const Claim& c, const std::string& design, const std::vector<config::Override>& set,
                    const std::string& network) {
    if (c.of_cells()) return cells(c);
    const std::string machine_key = key_of(design, set);
    const std::string key = fmt::format("{}|{}|{}|{}|{}", machine_key, network, c.data, c.samples, c.trials);
    return kept(reports_, key, [&]() -> Trials {
      const MachinePointer& machine = kept(machines_, machine_key, [&] {
        return std::make_shared<const machine::Machine>(machine::load(design, set));
      });
      if (!c.data.empty()) return computed(c, network, machine);
      if (!network.empty()) return {to_json(estimate(loaded(c, network), machine, c.samples))};
      Report alone;
      alone.machine = machine, alone.design = machine->configuration;
      return {to_json(alone)};
    });
  }
  /// Programs in rows and gates.
  const Trials& cells(const Claim& c) {
    std::string key = "cells";
    for (const ClaimedLogic& l : c.logic) key += fmt::format("|{}={}", l.name, key_of(l));
    for (const ClaimedGate& g : c.gates) key += fmt::format("|{}={}", g.name, key_of(g.spec));
    return kept(reports_, key, [&] {
      ordered_json out;
      for (const ClaimedLogic& l : c.logic) out["logic"][l.name] = program(l);
      for (const ClaimedGate& g : c.gates) out["gate"][g.name] = gate(g.spec);
      return Trials{out};
    });
  }
  const ordered_json& gate(const GateSpec& spec) {
    return kept(programs_, key_of(spec), [&] { return gate_json(report_gate(spec)); });
  }
  /// On a few operands at random: counts do not depend on them, and wrong results are no figures.
  const ordered_json& program(const ClaimedLogic& l) {
    return kept(programs_, key_of(l), [&] {
      constexpr int64_t kRows = 64;
      const LogicJob job(l.spec);
      LogicRun how;
      how.rows = kRows;
      how.costs = logic::load_logic_costs(l.technology);
      const LogicRun run = run_logic(job, job.draw(kRows, how.seed), how);
      if (run.faulty()) base::fail(l.spec.operation, "gives wrong results");
      return logic_json(job, run);
    });
  }
  const Trials& baseline(const Claim& c, const Subject& a, const std::string& network) {
    return kept(reports_, fmt::format("{}|{}", key_of("baseline " + a.baseline, a.set), network), [&] {
      return Trials{baseline_json(load_baseline(a.baseline, a.set),
                                  network.empty() ? nullptr : &loaded(c, network).graph)};
    });
  }
  /// The samples on as many sets of chips as there are trials. Throws base::Interrupted.
  Trials computed(const Claim& c, const std::string& network, const MachinePointer& machine) {
    Experiment& experiment = with_samples(c, network);
    Report report;
    experiment.run(machine, {}, report);
    if (!report.values) base::fail(network, report.mapping->misfit);
    Trials out;
    for (int64_t k = 0; k < c.trials; ++k) {
      if (k > 0) report.values = experiment.values(*machine, *report.mapping, static_cast<uint64_t>(k + 1));
      if (report.values->interrupted) throw base::Interrupted();
      out.push_back(to_json(report));
    }
    return out;
  }
  Experiment& with_samples(const Claim& c, const std::string& network) {
    const std::string key = fmt::format("{}|{}|{}", network, c.data, c.samples);
    return *kept(experiments_, key, [&] {
      Experiment::Options options;
      options.measure.samples = c.samples;
      options.measure.quiet = true;
      auto out = std::make_shared<Experiment>(loaded(c, network), options);
      out->feed(network::open_inputs({c.data}, {}), {}, {});
      if (out->fill_weights()) base::fail(network, "has no weights of its own, so that data say nothing");
      return out;
    });
  }
  const network::Loaded& loaded(const Claim& c, const std::string& network) {
    return kept(networks_, network, [&] {
      if (!c.inline_network) return network::load(network);
      auto text = std::make_shared<const base::Source>(base::Source{c.id + ": network", network});
      return network::Loaded{network::read_text(std::move(text)), {}};
    });
  }
  /// What `made` holds under a key, made now if it is the first time. A failure leaves nothing behind.
  template <class T>
  static const T& kept(std::map<std::string, T>& made, const std::string& key, const auto& make) {
    auto it = made.find(key);
    if (it == made.end()) it = made.emplace(key, make()).first;
    return it->second;
  }

  std::map<std::string, MachinePointer> machines_;
  std::map<std::string, network::Loaded> networks_;
  std::map<std::string, std::shared_ptr<Experiment>> experiments_;
  std::map<std::string, Trials> reports_;
  std::map<std::string, ordered_json> programs_;  // and gates
};

/// Our figure by trial.
std::vector<double> figures(const Claim& c, Runs& runs) {
  std::vector<std::string> networks = c.networks;
  if (c.inline_network) networks = {config::write_yaml(*c.inline_network)};
  if (networks.empty()) networks = {""};
  std::vector<double> out;
  for (size_t trial = 0; trial < static_cast<size_t>(c.trials); ++trial) {
    std::vector<double> values;
    for (const std::string& network : networks) {
      const auto of_trial = [trial](const Runs::Trials& all) { return &all[std::min(trial, all.size() - 1)]; };
      const ordered_json* ours = of_trial(runs.ours(c, network));
      const ordered_json* against = c.against ? of_trial(runs.against(c, network)) : nullptr;
      values.push_back(c.measure.evaluate(*ours, against));
    }
    out.push_back(combined(std::move(values), c.combine));
  }
  return out;
}

bool accepted(const Claim& c, double ours) {
  constexpr double kNoise = 1e-9;  // of the arithmetic
  if (c.within) return std::abs(ours - *c.published) <= *c.within * (1 + kNoise);
  const double ratio = ours / *c.published;
  return ratio >= c.accept_low - kNoise && ratio <= c.accept_high + kNoise;
}

ClaimResult evaluate(const Claim& c, Runs& runs) {
  ClaimResult out{c, {}, {}, {}, ClaimStatus::NotRun, {}};
  if (c.measure.empty()) return out;
  try {
    const TrialSpread spread = spread_of(figures(c, runs));
    out.ours = spread.mean;
    if (c.trials > 1) out.confidence = {spread.low, spread.high};
  } catch (const base::Failure& failure) {
    out.problem = failure.diagnostics().all().front().message;
    return out;
  }
  if (!std::isfinite(*out.ours)) {
    out.ours.reset();
    out.confidence.reset();
    out.problem = "our figure is not finite";
    return out;
  }
  if (!c.published || *c.published == 0) return out;
  out.ratio = *out.ours / *c.published;
  out.status = accepted(c, *out.ours) ? ClaimStatus::Reproduced : ClaimStatus::Missed;
  return out;
}

}  // namespace

std::vector<ClaimResult> reproduce(const std::vector<Claim>& claims, const std::function<void()>& done) {
  Runs runs;
  std::vector<ClaimResult> out;
  for (const Claim& c : claims) {
    try {
      out.push_back(evaluate(c, runs));
      if (done) done();
    } catch (const base::Interrupted&) {
      break;
    }
  }
  return out;
}

bool broken(const ClaimResult& r) {
  return r.claim.expected == ClaimStatus::Reproduced && r.status != ClaimStatus::Reproduced;
}

}  // namespace ohmweave::report
