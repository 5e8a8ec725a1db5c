// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/claims.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::cli {

std::vector<report::Claim> claims_of(std::vector<std::string> designs) {
  std::vector<std::string> known;
  std::map<std::string, std::string> paths;
  for (const machine::NamedDesign& d : machine::named_designs()) {
    known.push_back(d.name);
    paths[d.name] = d.path;
  }
  const bool named = !designs.empty();
  if (!named) designs = known;
  std::vector<report::Claim> out;
  for (const std::string& design : designs) {
    const bool is_path = design.find('/') != std::string::npos || design.ends_with(".yaml");
    if (!is_path && paths.count(design) == 0)
      base::fail(design, "there is no such design" + base::did_you_mean(design, known));
    std::vector<report::Claim> claims = report::read_claims(is_path ? design : paths.at(design));
    if (named && claims.empty()) base::fail(design, "there are no claims beside this design (claims.yaml)");
    std::move(claims.begin(), claims.end(), std::back_inserter(out));
  }
  return out;
}

int reproduce(const Arguments& arguments) {
  Outputs outputs;
  base::use_threads(static_cast<int>(arguments.integer("--threads", 0, 1)));
  const std::vector<report::Claim> claims = claims_of(arguments.operands());
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::vector<report::ClaimResult> results;
  {
    base::Progress progress("claims", static_cast<int64_t>(claims.size()));
    results = report::reproduce(claims, [&] { progress.advance(); });
  }
  outputs.print(report::claims_text(results, colour_on_output()));
  write_json(json, report::claims_json(results));
  if (results.size() < claims.size()) throw base::Interrupted();
  return std::any_of(results.begin(), results.end(), report::broken) ? 1 : 0;
}

}  // namespace ohmweave::cli
