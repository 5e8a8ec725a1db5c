// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/claims.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::cli {

std::vector<report::Claim> claims_of(const std::vector<std::string>& designs) {
  std::vector<report::Claim> out;
  std::vector<std::string> known;
  for (const machine::NamedDesign& d : machine::named_designs()) {
    known.push_back(d.name);
    if (!designs.empty() && std::find(designs.begin(), designs.end(), d.name) == designs.end()) continue;
    std::vector<report::Claim> claims = report::read_claims(d.path);
    std::move(claims.begin(), claims.end(), std::back_inserter(out));
  }
  for (const std::string& name : designs) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      base::fail(name, "there is no such design" + base::did_you_mean(name, known));
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
