// SPDX-License-Identifier: Apache-2.0
// The one place that knows the parser of command lines.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/cli/arguments.h"

namespace ohmweave::cli {
namespace {

[[noreturn]] void unknown_option(const Command& command, const std::string& word,
                                 const std::vector<std::string>& known) {
  const std::string name = word.substr(0, word.find('='));
  const std::string hint = base::did_you_mean(name, known);
  base::fail(fmt::format("ohmweave {}", command.name),
             fmt::format("there is no option '{}'{}", name,
                         hint.empty() ? fmt::format("; see 'ohmweave {} --help'", command.name) : hint));
}

}  // namespace

Arguments Arguments::parse(const Command& command, const std::vector<std::string>& words) {
  Arguments out;
  out.command_ = &command;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::string> known;
  std::vector<std::pair<std::string, CLI::Option*>> options;
  auto add = [&](const Group& group) {
    for (const Option& o : group.options) {
      const std::string names = std::string(o.name) + (o.alias.empty() ? "" : "," + std::string(o.alias));
      CLI::Option* made =
          o.value.empty()
              ? app.add_flag(names)
              : app.add_option(names)->type_size(1)->expected(1)->take_all()->allow_extra_args(false);
      options.emplace_back(o.name, made);
      known.emplace_back(o.name);
    }
  };
  for (const Group& group : command.groups) add(group);
  add(general_options());
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // the parser takes them last first
  } catch (const CLI::ArgumentMismatch&) {
    const bool named = !words.empty() && words.back().starts_with("--");
    base::fail(named ? words.back() : fmt::format("ohmweave {}", command.name), "needs a value after it");
  } catch (const CLI::ParseError& e) {
    base::fail(fmt::format("ohmweave {}", command.name), e.what());
  }
  bool only_operands = false;  // after "--"
  for (const std::string& word : app.remaining()) {
    if (word == "--" && !only_operands) {
      only_operands = true;
    } else if (!only_operands && word.size() > 1 && word[0] == '-') {
      unknown_option(command, word, known);
    } else {
      out.operands_.push_back(word);
    }
  }
  for (const auto& [name, option] : options) {
    if (option->count() > 0) out.options_[name] = option->results();
  }
  if (!out.wants_help()) out.check();
  return out;
}

}  // namespace ohmweave::cli
