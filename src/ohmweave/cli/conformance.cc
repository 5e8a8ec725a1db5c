// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/conformance.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/report/table.h"

namespace ohmweave::cli {
namespace {

using network::ConformanceCase;
using network::ConformanceResult;
using network::Verdict;

std::string coloured(const report::Style& style, Verdict v) {
  const std::string word = name_of(v);
  return v == Verdict::Pass ? style.green(word) : v == Verdict::Fail ? style.red(word) : style.yellow(word);
}

std::string as_text(const std::vector<ConformanceCase>& cases, const std::vector<ConformanceResult>& results) {
  const report::Style style{colour_on_output()};
  report::Table t(
      {{"result", report::Align::Left}, {"case", report::Align::Left}, {"reason", report::Align::Left, true}});
  size_t count[3] = {};
  for (size_t k = 0; k < results.size(); ++k) {
    t.add({coloured(style, results[k].verdict), cases[k].name, results[k].reason});
    ++count[static_cast<size_t>(results[k].verdict)];
  }
  return t.text(style, 2, columns_of_output()) + fmt::format("\n  {} cases: {} pass, {} fail, {} unsupported\n",
                                                             results.size(), count[0], count[1], count[2]);
}

nlohmann::ordered_json as_json(const std::vector<ConformanceCase>& cases,
                               const std::vector<ConformanceResult>& results) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (size_t k = 0; k < results.size(); ++k)
    list.push_back(
        {{"name", cases[k].name}, {"result", name_of(results[k].verdict)}, {"reason", results[k].reason}});
  return {{"cases", std::move(list)}};
}

}  // namespace

int conformance(const Arguments& arguments) {
  Outputs outputs(arguments);
  base::use_threads(static_cast<int>(arguments.integer("--threads", 0, 1)));
  std::vector<ConformanceCase> cases;
  for (const std::string& folder : arguments.operands()) {
    for (ConformanceCase& c : network::find_conformance_cases(folder, arguments.text("--models")))
      cases.push_back(std::move(c));
  }
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::vector<ConformanceResult> results;
  {
    base::Progress progress("cases", static_cast<int64_t>(cases.size()));
    for (const ConformanceCase& c : cases) {
      results.push_back(run_conformance_case(c));
      progress.advance();
    }
  }
  outputs.print(as_text(cases, results));
  write_json(json, as_json(cases, results));
  return std::any_of(results.begin(), results.end(),
                     [](const ConformanceResult& r) { return r.verdict == Verdict::Fail; })
             ? 1
             : 0;
}

}  // namespace ohmweave::cli
