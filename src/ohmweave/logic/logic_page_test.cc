// SPDX-License-Identifier: Apache-2.0
// The tables of docs/models/logic_arithmetic.md are counted from the programs. OHMWEAVE_UPDATE_DOCS=1 writes
// them anew.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/logic/initialisation.h"
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/testing/pages.h"

namespace ohmweave::logic {
namespace {

struct Way {
  const LogicMethod* method;
  CellInitialisation initialisation = CellInitialisation::Published;
};

std::string row_of(const Way& way, Arithmetic operation, std::span<const char* const> formats) {
  const bool bulk = way.initialisation == CellInitialisation::Bulk;
  std::string row = fmt::format("| {} | `{}`{} |", name_of(operation), way.method->name, bulk ? ", bulk" : "");
  for (const char* format : formats) {
    const LogicProgram program = build(*way.method, operation, parse_logic_format(format), way.initialisation);
    const LogicCounts counts = count(program);
    row += fmt::format(" {}, {}, {} |", counts.cycles, counts.gates(), program.bitlines);
  }
  return row + "\n";
}

std::string table(std::span<const char* const> formats, std::span<const Arithmetic> operations,
                  std::span<const Way> ways) {
  std::string text = "\n| | |", line = "|---|---|";
  for (const char* format : formats) {
    text += fmt::format(" {} |", format);
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (Arithmetic operation : operations)
    for (const Way& way : ways)
      if (way.method->refusal(operation, parse_logic_format(formats[0])).empty())
        text += row_of(way, operation, formats);
  return text;
}

std::string tables() {
  constexpr const char *kWhole[] = {"fixed:8", "fixed:16", "fixed:32", "fixed:64"},
                       *kFloating[] = {"bf16", "fp16", "fp32", "fp64"};
  constexpr Arithmetic kWholeOperations[] = {Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul, Arithmetic::Div,
                                             Arithmetic::Mac},
                       kFloatingOperations[] = {Arithmetic::Fadd, Arithmetic::Fsub, Arithmetic::Fmul,
                                                Arithmetic::Fdiv, Arithmetic::Mac};
  const Way bulk{&kOhmweave, CellInitialisation::Bulk};
  const Way whole[] = {{&kAritpim}, {&kOhmweave}, bulk},
            floating[] = {{&kAritpimUnsigned}, {&kAritpim}, {&kOhmweave}, bulk};
  return "\nWhole numbers.\n" + table(kWhole, kWholeOperations, whole) + "\nFloating-point numbers.\n" +
         table(kFloating, kFloatingOperations, floating) + "\n";
}

TEST(LogicPage, TablesAreThoseOfThePrograms) { testing::expect_counts("logic_arithmetic.md", tables()); }

}  // namespace
}  // namespace ohmweave::logic
