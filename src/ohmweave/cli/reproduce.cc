// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "ohmweave/base/files.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/claims.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/config/load.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::cli {

namespace {

/// Of a claims file, or of the design whose file it is.
std::vector<report::Claim> claims_at(const std::string& path) {
  const config::Node file = config::parse_yaml(base::read_source(path));
  const config::Node* format = file.find("format");
  if (format != nullptr && format->text == "ohmweave-claims/1") return report::read_claims_file(path);
  return report::read_claims(path);
}

}  // namespace

std::vector<report::Claim> claims_of(std::vector<std::string> names) {
  std::vector<std::string> known;
  std::map<std::string, std::string> designs, files;
  for (const machine::NamedDesign& d : machine::named_designs()) {
    known.push_back(d.name);
    designs[d.name] = d.path;
  }
  for (const report::NamedClaims& c : report::library_claims()) {
    known.push_back(c.name);
    files[c.name] = c.path;
  }
  const bool named = !names.empty();
  if (!named) names = known;
  std::vector<report::Claim> out;
  for (const std::string& name : names) {
    const bool is_path = name.find('/') != std::string::npos || name.ends_with(".yaml");
    if (!is_path && designs.count(name) + files.count(name) == 0)
      base::fail(name, "there is no such design" + base::did_you_mean(name, known));
    std::vector<report::Claim> claims = claims_at(is_path                   ? name
                                                  : designs.count(name) > 0 ? designs.at(name)
                                                                            : files.at(name));
    if (named && claims.empty()) base::fail(name, "there are no claims beside this design (claims.yaml)");
    std::move(claims.begin(), claims.end(), std::back_inserter(out));
  }
  return out;
}

int reproduce(const Arguments& arguments) {
  Outputs outputs(arguments);
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
