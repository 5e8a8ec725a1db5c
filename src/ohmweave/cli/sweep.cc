// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/base/random.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/report/sweep_log.h"

namespace ohmweave::cli {
namespace {

report::Grid read_grid(const Arguments& arguments) {
  std::vector<report::GridAxis> axes;
  for (const std::string& text : arguments.all("--set")) axes.push_back(report::parse_axis(text));
  if (axes.empty()) base::fail("--set", "is missing: a sweep needs a field and its values, KEY=V1,V2,...");
  return report::Grid(std::move(axes));
}

bool has_field(const config::Node& design, const std::string& path) {
  const config::Node* at = &design;
  for (size_t begin = 0; begin <= path.size() && at != nullptr;) {
    const size_t dot = std::min(path.find('.', begin), path.size());
    at = at->find(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return at != nullptr;
}

/// Misspelt fields are told before anything is run: what the design has not is right only if the design can be
/// built with one of its values.
void check_fields(const machine::Machine& plain, const std::string& design, const report::Grid& grid) {
  for (const report::GridAxis& axis : grid.axes()) {
    if (has_field(plain.design, axis.key)) continue;
    std::exception_ptr first;
    const bool right = std::any_of(axis.values.begin(), axis.values.end(), [&](const std::string& value) {
      try {
        load_machine(design, {{axis.key, value}});
        return true;
      } catch (const base::Failure&) {
        if (!first) first = std::current_exception();
        return false;
      }
    });
    if (!right) std::rethrow_exception(first);
  }
}

/// What a failure says, on one line.
std::string one_line(const base::Failure& failure) {
  std::string out;
  for (const base::Diagnostic& d : failure.diagnostics().all()) {
    if (d.severity == base::Severity::Error) out += (out.empty() ? "" : "; ") + d.message;
  }
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

/// The text of a network's file, as far as it is one file.
std::string contents_of(const std::string& network) {
  for (const network::NamedNetwork& known : network::named_networks()) {
    if (known.name == network) return base::read_file(known.path);
  }
  return std::filesystem::is_regular_file(network) ? base::read_file(network) : "";
}

/// A number for all that the points of a sweep depend on: version, network, design, grid and options.
std::string fingerprint(const Arguments& arguments, const machine::Machine& plain) {
  constexpr std::string_view kNoMatter[] = {"--csv", "--json", "--picture", "--threads", "--pareto"};
  std::string all = base::version() + "\n" + arguments.operand(0) + "\n" + contents_of(arguments.operand(0)) +
                    "\n" + config::write_yaml(plain.design);
  for (const Group& group : find_command("sweep")->groups) {
    for (const Option& option : group.options) {
      if (std::find(std::begin(kNoMatter), std::end(kNoMatter), option.name) != std::end(kNoMatter)) continue;
      for (const std::string& value : arguments.all(option.name))
        all += fmt::format("\n{}={}", option.name, value);
    }
  }
  return fmt::format("{:016x}", base::key_of(all));
}

report::SweepPoint run_point(Job& job, const std::string& design, const report::Sweep& sweep, int64_t index) {
  report::SweepPoint failed;
  failed.done = true;
  try {
    report::Report report;
    job.run(load_machine(design, sweep.grid.overrides(index)), {.quiet = true}, report);
    if (report.values && report.values->interrupted) return {};
    return report::point_of(report, sweep.aspects);
  } catch (const base::Failure& failure) {
    failed.error = one_line(failure);
  }
  return failed;
}

/// Runs the points that are not done, one per thread. Ctrl-C ends it after those that are in work.
void run_points(Job& job, const std::string& design, report::Sweep& sweep,
                std::optional<report::SweepLog>& log) {
  std::vector<int64_t> missing;
  for (size_t k = 0; k < sweep.points.size(); ++k) {
    if (!sweep.points[k].done) missing.push_back(static_cast<int64_t>(k));
  }
  base::Progress progress("points", static_cast<int64_t>(missing.size()));
  std::mutex mutex;
  base::parallel_for(static_cast<int64_t>(missing.size()), [&](int64_t k) {
    if (base::interrupted() != 0) return;
    const int64_t index = missing[static_cast<size_t>(k)];
    report::SweepPoint point = run_point(job, design, sweep, index);
    if (!point.done) return;
    {
      const std::lock_guard lock(mutex);
      if (log) log->add(index, point);
      sweep.points[static_cast<size_t>(index)] = std::move(point);
    }
    try {
      progress.advance();
    } catch (const base::Interrupted&) {  // noticed above
    }
  });
}

}  // namespace

int sweep(const Arguments& arguments) {
  Outputs outputs(arguments);
  const std::string design = arguments.required("--design");
  report::Grid grid = read_grid(arguments);
  const MachinePointer plain = load_machine(design, {});
  if (!plain) base::fail("float", "the exact reference has no fields to set");
  check_fields(*plain, design, grid);
  Job job(arguments);
  report::Sweep sweep{job.network_name(), design, std::move(grid), job.aspects(), {}, {}};
  const std::string objectives = arguments.text("--pareto");
  sweep.objectives =
      report::parse_objectives(objectives.empty() ? "energy,throughput,area" : objectives, sweep.aspects);
  sweep.points.resize(static_cast<size_t>(sweep.grid.size()));
  std::optional<base::OutputFile> csv = outputs.open(arguments.text("--csv"));
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  std::optional<report::SweepLog> log;
  if (csv && !csv->is_standard_output())
    log.emplace(csv->path() + ".points", fingerprint(arguments, *plain), sweep);

  job.prepare();
  run_points(job, design, sweep, log);
  outputs.print(report::sweep_text(sweep, colour_on_output()));
  if (csv) write_text(csv, report::sweep_csv(sweep));
  if (json) write_json(json, report::to_json(sweep));
  if (picture) write_text(picture, report::sweep_picture(sweep));
  if (base::interrupted() != 0) throw base::Interrupted();
  if (log) log->remove();
  const bool none = std::all_of(sweep.points.begin(), sweep.points.end(),
                                [](const report::SweepPoint& p) { return !p.error.empty(); });
  if (none) base::fail(design, fmt::format("no point of the grid could be run: {}", sweep.points[0].error));
  return 0;
}

}  // namespace ohmweave::cli
