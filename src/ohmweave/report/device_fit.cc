// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/device_fit.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using device::DeviceFit;
using device::FitLevel;
using nlohmann::ordered_json;

std::string siemens(double g, int digits = 4) { return units::print(units::Conductance::from_si(g), digits); }

std::string levels_table(const DeviceFit& fit, const Style& style, int columns) {
  const bool drifts = !fit.drifts.empty(), noises = !fit.noises.empty();
  std::vector<Column> heads{{"target"},    {"cells"},  {"mean"},       {"off, errors"},
                            {"deviation"}, {"fitted"}, {"off, errors"}};
  if (noises) heads.insert(heads.end(), {{"of a read"}, {"fitted"}});
  if (drifts) heads.insert(heads.end(), {{"exponent"}, {"fitted"}, {"its deviation"}, {"fitted"}});
  Table t(heads);
  for (const FitLevel& l : fit.levels) {
    std::vector<std::string> row{siemens(l.target),
                                 std::to_string(l.cells),
                                 siemens(l.mean),
                                 fmt::format("{:+.1f}", l.mean_in_errors()),
                                 siemens(l.deviation, 3),
                                 siemens(l.fitted_deviation, 3),
                                 fmt::format("{:+.1f}", l.deviation_in_errors())};
    if (noises) {
      row.push_back(l.reads > 0 ? siemens(l.read_deviation, 3) : "");
      row.push_back(l.reads > 0 ? siemens(l.fitted_read_deviation, 3) : "");
    }
    if (drifts && l.drifting > 0) {
      for (const double x : {l.exponent, l.fitted_exponent, l.exponent_deviation, l.fitted_exponent_deviation})
        row.push_back(fmt::format("{:.4f}", x));
    }
    t.add(row);
  }
  return t.text(style, 2, columns);
}

std::string parameters_text(const device::Likelihood& l) {
  std::string out;
  for (const device::Estimate& e : l.parameters)
    out += fmt::format("{}{:.4g} +- {:.2g}", out.empty() ? "" : ", ", e.value, e.error);
  return out;
}

void add_models(Table& t, std::string what, const std::vector<device::TriedModel>& models) {
  for (const device::TriedModel& m : models) {
    t.add({what, m.name, fmt::format("{:.1f}", m.criterion), parameters_text(m.likelihood)});
    what.clear();
  }
}

ordered_json models_json(const std::vector<device::TriedModel>& models) {
  ordered_json out = ordered_json::array();
  for (const device::TriedModel& m : models) {
    ordered_json one{
        {"model", m.name}, {"akaike_above_best", m.criterion}, {"parameters", ordered_json::array()}};
    for (const device::Estimate& e : m.likelihood.parameters) {
      one["parameters"].push_back(
          {{"value", e.value},
           {"standard_error", std::isfinite(e.error) ? ordered_json(e.error) : ordered_json()}});
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string fit_text(const DeviceFit& fit, const Style& style, int columns) {
  std::string out =
      fmt::format("{}  {} values of {} cells in {}\n\n", style.bold(fit.name), fit.rows, fit.cells, fit.source);
  out += levels_table(fit, style, columns);
  Table models(
      {{"", Align::Left}, {"model", Align::Left}, {"criterion"}, {"parameters, in SI", Align::Left, true}});
  add_models(models, "error", fit.errors);
  add_models(models, "read noise", fit.noises);
  add_models(models, "drift", fit.drifts);
  out += "\n" + models.text(style, 2, columns);
  out += "  " + style.dim("criterion: Akaike's above the best; what is first is in the device file") + "\n\n";
  if (fit.drift_start)
    out +=
        fmt::format("  drift starts at {:.4g} s +- {:.2g} s\n", fit.drift_start->value, fit.drift_start->error);
  const auto n = static_cast<double>(fit.residuals.size());
  if (n > 0) {
    const bool normal = fit.kolmogorov < 1.36 / std::sqrt(n);  // Kolmogorov and Smirnov, 5 %
    out += fmt::format(
        "  residuals of {:.0f} cells are {:.3f} from a normal distribution at most (Kolmogorov and Smirnov: {} "
        "at 5 %)\n",
        n, fit.kolmogorov, normal ? "it is one" : "it is none");
  }
  if (fit.own_levels) out += "  cells miss their targets on average: levels are what they conduct\n";
  for (const std::string& remark : fit.remarks) out += "  " + remark + "\n";
  return out;
}

ordered_json fit_json(const DeviceFit& fit) {
  ordered_json out{{"name", fit.name},   {"source", fit.source}, {"values", fit.rows},
                   {"cells", fit.cells}, {"on_S", fit.on},       {"off_S", fit.off}};
  if (fit.bits) out["bits"] = *fit.bits;
  out["errors"] = models_json(fit.errors);
  out["read_noise"] = models_json(fit.noises);
  out["drift"] = models_json(fit.drifts);
  if (fit.drift_start) out["drift_start_s"] = fit.drift_start->value;
  out["kolmogorov_distance"] = fit.kolmogorov;
  out["levels"] = ordered_json::array();
  for (const FitLevel& l : fit.levels) {
    ordered_json one{{"target_S", l.target},       {"cells", l.cells},
                     {"mean_S", l.mean},           {"fitted_mean_S", l.fitted_mean},
                     {"deviation_S", l.deviation}, {"fitted_deviation_S", l.fitted_deviation}};
    if (l.reads > 0)
      one["read_deviation_S"] = l.read_deviation, one["fitted_read_deviation_S"] = l.fitted_read_deviation;
    if (l.drifting > 0) {
      one["exponent"] = l.exponent, one["fitted_exponent"] = l.fitted_exponent;
      one["exponent_deviation"] = l.exponent_deviation,
      one["fitted_exponent_deviation"] = l.fitted_exponent_deviation;
    }
    out["levels"].push_back(std::move(one));
  }
  out["remarks"] = fit.remarks;
  out["device"] = fit.yaml;
  return out;
}

}  // namespace ohmweave::report
