// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ohmweave::cli {

class Arguments;

/// What a shell may complete a word with.
enum class Complete { Nothing, Files, Networks, Designs, Baselines, Memristors, Technologies, Words };

/// "--wire-resistance" of "wire_resistance".
std::string option_of(std::string_view key);

struct Option {
  std::string_view name;        // "--samples"
  std::string_view value;       // what stands after it, "N"; empty: a switch
  std::string_view doc;         // one sentence, with the default
  std::string_view alias = {};  // another spelling of it
  bool repeats = false;
  Complete complete = Complete::Nothing;
  std::string_view words = {};  // of Complete::Words, separated by blanks
};
/// Options under one heading of the help.
struct Group {
  std::string_view title;
  std::vector<Option> options;
};

struct Operand {
  std::string_view name, doc;
  bool many = false, optional = false;
  Complete complete = Complete::Nothing;
  std::string_view words = {};  // of Complete::Words: nothing else is accepted
};

struct Example {
  std::string_view command, what;
};

/// A command of the program: help, manual, completion, parsing and dispatch all come from its entry.
struct Command {
  std::string_view name, brief, text;
  std::vector<Operand> operands;
  std::vector<Group> groups;
  std::vector<Example> examples;
  int (*run)(const Arguments&);
};

/// In the order of the help. The one list of them: commands.cc.
const std::vector<Command>& commands();
/// Options of every command.
const Group& general_options();
/// Null if there is none of the name.
const Command* find_command(std::string_view name);

/// "ohmweave run NETWORK --design D [options]"
std::string synopsis(const Command& command);

// What the commands do. They return the exit code: 0, or 1 where a claim or a case turned out not to be true;
// base::Failure says what is wrong with the input.
int list(const Arguments&);
int show(const Arguments&);
int fit(const Arguments&);
int check(const Arguments&);
int map(const Arguments&);
int program(const Arguments&);
int run(const Arguments&);
int mvm(const Arguments&);
int compare(const Arguments&);
int sweep(const Arguments&);
int reproduce(const Arguments&);
int conformance(const Arguments&);
int circuit(const Arguments&);
int logic(const Arguments&);
int docs(const Arguments&);
int completion(const Arguments&);

}  // namespace ohmweave::cli
