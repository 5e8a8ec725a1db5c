// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/cli/documents.h"

namespace ohmweave::cli {
namespace {

constexpr size_t kWidth = 100, kLeft = 24;

/// Words filled into lines up to kWidth, each but the first after `indent` blanks; the first begins at `at`.
std::string filled(std::string_view text, size_t indent, size_t at) {
  std::string out;
  for (bool first = true; !text.empty(); first = false) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const bool wraps = !first && at + 1 + word.size() > kWidth;
    if (wraps) out += "\n" + std::string(indent, ' ');
    if (!wraps && !first) out += ' ';
    at = (wraps ? indent : at + (first ? 0 : 1)) + word.size();
    out += word;
  }
  return out + "\n";
}

/// "  left      text", the text in a column of its own.
std::string entry(std::string_view left, std::string_view text, size_t column = kLeft) {
  std::string out = fmt::format("  {}", left);
  out += out.size() + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - out.size(), ' ');
  return out + filled(text, column, column);
}

std::string example(const Example& e) { return fmt::format("  {}\n      {}", e.command, filled(e.what, 6, 6)); }

std::string options_text(const Group& group) {
  std::string out = fmt::format("\n{}:\n", group.title);
  for (const Option& o : group.options)
    out += entry(fmt::format("{}{}{}", o.name, o.value.empty() ? "" : " ", o.value),
                 std::string(o.doc) + (o.alias.empty() ? "" : fmt::format("; {} too", o.alias)));
  return out;
}

}  // namespace

const std::vector<ExitCode>& exit_codes() {
  static const std::vector<ExitCode> codes = {
      {"0", "everything went well"},
      {"1", "a published figure that is said to be reproduced is not, or a conformance case fails"},
      {"2", "the input is wrong: messages on standard error say where"},
      {"130", "interrupted; what was finished by then has been printed"}};
  return codes;
}

std::string help_text() {
  std::string out = fmt::format(
      "Ohmweave {}: processing-in-memory accelerators that run real networks\n\nUsage: ohmweave COMMAND ...\n\n"
      "Commands:\n",
      base::version());
  for (const Command& c : commands()) out += entry(c.name, c.brief, 15);
  out += "\nOptions:\n" + entry("--version", "says which Ohmweave this is") +
         entry("--help", "says this; after a command, what the command takes");
  out += "\nStart with:\n";
  for (const Example& e : find_command("run")->examples) out += example(e);
  return out;
}

std::string help_text(const Command& command) {
  std::string out = fmt::format("Usage: {}\n\n", synopsis(command));
  out += filled(command.text, 0, 0);
  if (!command.operands.empty()) out += "\n";
  for (const Operand& o : command.operands) out += entry(o.name, o.doc);
  for (const Group& g : command.groups) out += options_text(g);
  out += options_text(general_options());
  out += "\nExamples:\n";
  for (const Example& e : command.examples) out += example(e);
  return out;
}

}  // namespace ohmweave::cli
