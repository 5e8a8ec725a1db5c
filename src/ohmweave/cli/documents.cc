// SPDX-License-Identifier: Apache-2.0
// The table of commands as Markdown, as a manual page and as completion scripts.
#include "ohmweave/cli/documents.h"

#include <fmt/format.h>

#include "ohmweave/base/paths.h"

namespace ohmweave::cli {
namespace {

/// Text of a manual page: what roff would take for its own is escaped.
std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += std::string("\\&") + c;
    else
      out += c;
  }
  return out;
}

std::string cell(std::string_view text) {  // of a Markdown table
  std::string out;
  for (char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

template <class F>
void each_option(const Command& command, F f) {
  for (const Group& g : command.groups) {
    for (const Option& o : g.options) f(o);
  }
  for (const Option& o : general_options().options) f(o);
}

/// What a shell completes after an option or as an operand: "files", a word of 'ohmweave list' whose names it
/// takes, "" or "words a b c".
std::string completes(Complete what, std::string_view words) {
  switch (what) {
    case Complete::Files:
      return "files";
    case Complete::Networks:
      return "networks";
    case Complete::Designs:
      return "designs";
    case Complete::Baselines:
      return "baselines";
    case Complete::Memristors:
      return "memristors";
    case Complete::Technologies:
      return "technologies";
    case Complete::Words:
      return "words " + std::string(words);
    case Complete::Nothing:
      break;
  }
  return "";
}

std::string operand_completion(const Command& c) {
  return c.operands.empty() ? "" : completes(c.operands[0].complete, c.operands[0].words);
}

std::string names_of_commands() {
  std::string out;
  for (const Command& c : commands()) out += (out.empty() ? "" : " ") + std::string(c.name);
  return out;
}

/// One function for bash; zsh runs it through bashcompinit.
std::string bash() {
  std::string out =
      "# Completion of ohmweave, made by 'ohmweave completion'.\n"
      "_ohmweave_words() {\n"
      "  case \"$1\" in\n"
      "    files) compgen -f -- \"$2\" ;;\n"
      "    networks) compgen -f -X '!*.@(onnx|yaml)' -- \"$2\"; compgen -W \"$(ohmweave list networks "
      "2>/dev/null | awk '{print $1}')\" -- \"$2\" ;;\n"
      "    designs) compgen -W \"float $(ohmweave list designs 2>/dev/null | awk '{print $1}')\" -- \"$2\" ;;\n"
      "    baselines) compgen -W \"$(ohmweave list baselines 2>/dev/null | awk '{print $1}')\" -- \"$2\" ;;\n"
      "    memristors|technologies) compgen -f -X '!*.yaml' -- \"$2\"; compgen -W \"$(ohmweave list $1 "
      "2>/dev/null | awk '{print $1}')\" -- \"$2\" ;;\n"
      "    words*) compgen -W \"${1#words }\" -- \"$2\" ;;\n"
      "  esac\n"
      "}\n"
      "_ohmweave() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" options= operand= "
      "what=\n";
  out += fmt::format(
      "  if [ \"$COMP_CWORD\" -le 1 ]; then\n    COMPREPLY=($(compgen -W '{} --version --help' -- \"$word\")); "
      "return\n  fi\n",
      names_of_commands());
  out += "  case \"${COMP_WORDS[1]} $before\" in\n";
  for (const Command& c : commands()) {
    each_option(c, [&](const Option& o) {
      if (!o.value.empty())
        out += fmt::format(
            "    '{} {}') what='{}'; COMPREPLY=($(_ohmweave_words \"$what\" \"$word\")); return ;;\n", c.name,
            o.name, completes(o.complete, o.words));
    });
  }
  out += "  esac\n  case \"${COMP_WORDS[1]}\" in\n";
  for (const Command& c : commands()) {
    std::string options;
    each_option(c, [&](const Option& o) { options += " " + std::string(o.name); });
    out +=
        fmt::format("    {}) options='{}' operand='{}' ;;\n", c.name, options.substr(1), operand_completion(c));
  }
  return out +
         "  esac\n"
         "  case \"$word\" in\n"
         "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
         "    *) COMPREPLY=($(_ohmweave_words \"$operand\" \"$word\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _ohmweave ohmweave\n";
}

/// Loaded at start-up or from a folder of completions, where zsh calls the file itself as the function.
std::string zsh() {
  return "#compdef ohmweave\nautoload -U +X bashcompinit && bashcompinit\n" + bash() +
         "[ \"${funcstack[1]}\" = _ohmweave ] && _bash_complete -o filenames -F _ohmweave\n";
}

std::string quoted(std::string_view text) {  // for fish
  std::string out = "'";
  for (char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

/// Whether files can be given as well as names of `ohmweave list`.
bool names_or_files(const std::string& what) { return what == "memristors" || what == "technologies"; }

std::string fish_words(const std::string& what) {
  if (what == "networks" || what == "designs" || what == "baselines" || names_or_files(what)) {
    const std::string names =
        fmt::format("(ohmweave list {} 2>/dev/null | string replace -r \"^\\s*(\\S+).*\" \"\\$1\")", what);
    return (names_or_files(what) ? "-F -a " : "-a ") + quoted((what == "designs" ? "float " : "") + names);
  }
  if (what.starts_with("words ")) return "-a " + quoted(what.substr(6));
  return what == "files" ? "-F" : "";
}

std::string fish() {
  std::string out = "# Completion of ohmweave, made by 'ohmweave completion fish'.\ncomplete -c ohmweave -f\n";
  for (const Command& c : commands()) {
    out += fmt::format("complete -c ohmweave -n __fish_use_subcommand -a {} -d {}\n", c.name, quoted(c.brief));
    const std::string seen = fmt::format("complete -c ohmweave -n '__fish_seen_subcommand_from {}'", c.name);
    if (const std::string words = fish_words(operand_completion(c)); !words.empty())
      out += fmt::format("{} {}\n", seen, words);
    if (operand_completion(c) == "networks") out += fmt::format("{} -F\n", seen);
    each_option(c, [&](const Option& o) {
      const std::string what = completes(o.complete, o.words);
      const bool files = what == "files" || names_or_files(what);
      const char* takes = o.value.empty() ? "" : files ? " -r " : " -x ";
      const std::string words = takes + (o.value.empty() ? "" : fish_words(what));
      out += fmt::format("{} -l {}{} -d {}\n", seen, o.name.substr(2), words, quoted(o.doc));
    });
  }
  return out + "complete -c ohmweave -n __fish_use_subcommand -l version -d 'says which Ohmweave this is'\n";
}

std::string markdown_options(const Command& command) {
  std::string out;
  for (const Group& g : command.groups) {
    out += fmt::format("\n| {} | |\n|---|---|\n", cell(g.title));
    for (const Option& o : g.options) {
      const std::string alias = o.alias.empty() ? "" : fmt::format(", `{}`", o.alias);
      out += fmt::format("| `{}{}{}`{} | {} |\n", o.name, o.value.empty() ? "" : " ", cell(o.value), alias,
                         cell(o.doc));
    }
  }
  return out;
}

}  // namespace

std::string markdown() {
  std::string out =
      "# The command line\n\nMade by `ohmweave docs cli` from the table that `--help` prints; a test fails if "
      "it is not what the "
      "program says.\n\n| command | |\n|---|---|\n";
  for (const Command& c : commands()) out += fmt::format("| [`{0}`](#{0}) | {1} |\n", c.name, c.brief);
  out += "\n| exit code | |\n|---|---|\n";
  for (const ExitCode& e : exit_codes()) out += fmt::format("| {} | {} |\n", e.code, e.what);
  out +=
      "\n`ohmweave --version` says which Ohmweave it is. Colour and progress appear on terminals only; "
      "`NO_COLOR` turns colour off.\n";
  for (const Command& c : commands()) {
    out += fmt::format("\n## {}\n\n```\n{}\n```\n\n{}\n\n", c.name, synopsis(c), c.text);
    for (const Operand& o : c.operands) out += fmt::format("- `{}`: {}\n", o.name, o.doc);
    out += markdown_options(c) + "\n```sh\n";
    for (const Example& e : c.examples) out += fmt::format("{}  # {}\n", e.command, e.what);
    out += "```\n";
  }
  return out;
}

std::string manual() {
  std::string out = fmt::format(
      ".TH OHMWEAVE 1 \"\" \"Ohmweave {}\" \"User Commands\"\n.SH NAME\nohmweave \\- processing-in-memory "
      "accelerators that run real "
      "networks\n.SH SYNOPSIS\n",
      base::version());
  for (const Command& c : commands()) out += fmt::format(".B {}\n.br\n", roff(synopsis(c)));
  out += ".SH COMMANDS\n";
  for (const Command& c : commands()) {
    out += fmt::format(".SS {}\n{}\n", roff(c.name), roff(c.text));
    for (const Operand& o : c.operands) out += fmt::format(".TP\n.I {}\n{}\n", roff(o.name), roff(o.doc));
    for (const Group& g : c.groups) {
      out += fmt::format(".PP\n{}:\n", roff(g.title));
      for (const Option& o : g.options)
        out += fmt::format(".TP\n.B {} {}\n{}\n", roff(o.name), roff(o.value), roff(o.doc));
    }
    out += ".PP\nExamples:\n";
    for (const Example& e : c.examples) out += fmt::format(".TP\n.B {}\n{}\n", roff(e.command), roff(e.what));
  }
  out += ".SH EXIT STATUS\n";
  for (const ExitCode& e : exit_codes()) out += fmt::format(".TP\n.B {}\n{}\n", e.code, roff(e.what));
  return out + ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nif set, output has no colour\n";
}

std::string completion_script(const std::string& shell) {
  return shell == "bash" ? bash() : shell == "zsh" ? zsh() : fish();
}

}  // namespace ohmweave::cli
