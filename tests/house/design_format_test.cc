// SPDX-License-Identifier: Apache-2.0
// The tables of docs/design_format.md and docs/logic_format.md are what the code declares.
// OHMWEAVE_UPDATE_DOCS=1 writes them anew.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/array/writing.h"
#include "ohmweave/device/device.h"
#include "ohmweave/device/vteam.h"
#include "ohmweave/logic/costs.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/settings.h"

namespace ohmweave {
namespace {

using Fields = std::vector<config::FieldInfo>;

std::string cell(std::string text) {  // of a Markdown table
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string table(const Fields& fields) {
  std::string out = "| key | value | default | what |\n|---|---|---|---|\n";
  for (const config::FieldInfo& f : fields) {
    const std::string value = f.range.empty() ? f.type : f.type + ", " + f.range;
    const std::string preset = f.required ? "required" : f.preset.empty() ? "" : "`" + f.preset + "`";
    out += fmt::format("| `{}` | {} | {} | {} |\n", f.name, cell(value), preset, cell(f.doc));
  }
  return out;
}

/// Fields that are not among those every component has.
Fields own(Fields fields) {
  const Fields common = config::describe_fields<circuit::CostSpec>();
  std::erase_if(fields, [&](const config::FieldInfo& f) {
    return std::any_of(common.begin(), common.end(),
                       [&](const config::FieldInfo& c) { return c.name == f.name; });
  });
  return fields;
}

/// Every table there has to be, by the name in its marker.
std::map<std::string, std::string> tables() {
  std::map<std::string, std::string> out = {
      {"design", table(machine::describe_design())},
      {"precision", table(config::describe_fields<machine::PrecisionSpec>())},
      {"group", table(machine::describe_group())},
      {"component", table(config::describe_fields<circuit::CostSpec>())},
      {"cell", table(config::describe_fields<device::CellSpec>())},
      {"write", table(config::describe_fields<array::WritingSpec>())},
      {"programming", table(config::describe_fields<mapping::Delivery>())},
      {"morph", table(config::describe_fields<mapping::Morph>())},
      {"mapping", table(config::describe_fields<mapping::Settings>())},
      {"pipeline", table(config::describe_fields<mapping::Pipeline>())}};
  std::string blocks;
  const auto add_block = [&](std::string_view key, const Fields& fields) {
    blocks += fmt::format("`{}`\n\n{}\n", key, table(fields));
  };
  add_block("levels", config::describe_fields<device::LevelsSpec>());
  add_block("programming", config::describe_fields<device::ProgrammingSpec>());
  add_block("variation", config::describe_fields<device::VariationSpec>());
  add_block("faults", config::describe_fields<device::FaultsSpec>());
  add_block("drift", config::describe_fields<device::DriftSpec>());
  add_block("read_noise", config::describe_fields<device::ReadNoiseSpec>());
  add_block("current_voltage", config::describe_fields<device::CurrentVoltageSpec>());
  add_block("read_disturb", config::describe_fields<device::ReadDisturbSpec>());
  add_block("endurance", config::describe_fields<device::EnduranceSpec>());
  add_block("a piece of a function of the conductance", config::describe_fields<device::CurvePiece>());
  out["cell blocks"] = blocks;
  std::string kinds;
  for (const machine::KindInfo& kind : machine::describe_kinds())
    kinds += fmt::format("### `kind: {}`\n\n{}{}.\n\n{}\n", kind.word, kind.is_array ? "An array: " : "",
                         kind.doc, table(own(kind.fields)));
  out["kinds"] = kinds;
  return out;
}

/// Tables of the files of library/logic and library/memristors.
std::map<std::string, std::string> tables_of_logic() {
  return {{"technology", table(config::describe_fields<logic::LogicCosts>())},
          {"switching", table(config::describe_fields<device::VteamSpec>())}};
}

void expect_tables(const std::string& page_name, const std::map<std::string, std::string>& all) {
  const std::string path = OHMWEAVE_DOCS "/" + page_name;
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  const std::string old = page.str();
  std::string fresh = old;
  for (const auto& [name, text] : all) {
    const std::string begin = "<!-- fields: " + name + " -->\n", end = "<!-- end -->";
    const size_t from = fresh.find(begin);
    ASSERT_NE(from, std::string::npos) << "no table '" << name << "' in " << path;
    const size_t to = fresh.find(end, from);
    ASSERT_NE(to, std::string::npos) << "table '" << name << "' has no end";
    fresh.replace(from + begin.size(), to - from - begin.size(), "\n" + text + "\n");
  }
  if (std::getenv("OHMWEAVE_UPDATE_DOCS") != nullptr) std::ofstream(path) << fresh;
  EXPECT_TRUE(fresh == old)
      << path << " differs from what the code declares; run this test with OHMWEAVE_UPDATE_DOCS=1";
}

TEST(DesignFormat, TablesAreWhatTheCodeDeclares) { expect_tables("design_format.md", tables()); }

TEST(LogicFormat, TablesAreWhatTheCodeDeclares) { expect_tables("logic_format.md", tables_of_logic()); }

}  // namespace
}  // namespace ohmweave
