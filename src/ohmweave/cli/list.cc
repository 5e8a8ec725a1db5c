// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/claims.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/device/device.h"
#include "ohmweave/device/vteam.h"
#include "ohmweave/logic/costs.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/baseline.h"
#include "ohmweave/report/table.h"

namespace ohmweave::cli {
namespace {

void list_designs(report::Table& t) {
  for (const machine::NamedDesign& d : machine::named_designs()) t.add({d.name, d.title});
}

void list_devices(report::Table& t) {
  for (const std::string& name : device::device_names()) t.add({name, device::load_device(name).cell.title});
}

void list_memristors(report::Table& t) {
  for (const std::string& name : device::memristor_names()) t.add({name, device::load_memristor(name).title});
}

void list_technologies(report::Table& t) {
  for (const std::string& name : logic::logic_costs_names()) t.add({name, logic::load_logic_costs(name).title});
}

void list_networks(report::Table& t) {
  for (const network::NamedNetwork& n : network::named_networks()) t.add({n.name, n.description});
}

void list_baselines(report::Table& t) {
  for (const std::string& name : report::baseline_names()) t.add({name, report::load_baseline(name).title});
}

void list_claims(report::Table& t) {
  for (const report::Claim& c : claims_of({}))
    t.add({c.design + " " + c.id, c.published_text, c.metric + ", " + c.workload});
}

}  // namespace

int list(const Arguments& arguments) {
  const std::string& what = arguments.operand(0);
  std::vector<report::Column> columns{{"", report::Align::Left}, {"", report::Align::Left, true}};
  if (what == "claims") columns.insert(columns.begin() + 1, {""});
  report::Table table(columns);
  if (what == "designs") list_designs(table);
  if (what == "devices") list_devices(table);
  if (what == "memristors") list_memristors(table);
  if (what == "technologies") list_technologies(table);
  if (what == "networks") list_networks(table);
  if (what == "baselines") list_baselines(table);
  if (what == "claims") list_claims(table);
  print(table.text({colour_on_output()}, 0, columns_of_output()));
  return 0;
}

}  // namespace ohmweave::cli
