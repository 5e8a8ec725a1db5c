// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/cli.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "ohmweave/base/paths.h"
#include "ohmweave/base/progress.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/documents.h"
#include "ohmweave/cli/output.h"

namespace ohmweave::cli {
namespace {

constexpr int kUserError = 2, kInterrupted = 130;

const Command& command_of(const std::string& word) {
  if (const Command* command = find_command(word)) return *command;
  std::vector<std::string> known;
  for (const Command& c : commands()) known.emplace_back(c.name);
  const bool option = word.starts_with("-");
  const std::string hint = base::did_you_mean(word, known);
  base::fail("ohmweave", fmt::format("there is no {} '{}'{}", option ? "option" : "command", word,
                                     hint.empty() ? "; see 'ohmweave --help'" : hint));
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) base::fail("ohmweave", "what shall it do? See 'ohmweave --help'");
  const std::string& first = words[0];
  if (first == "--version") {
    print("ohmweave " + base::version() + "\n");
  } else if (first == "--help" || first == "-h" || first == "help") {
    print(words.size() > 1 ? help_text(command_of(words[1])) : help_text());
  } else {
    const Command& command = command_of(first);
    const Arguments arguments = Arguments::parse(command, {words.begin() + 1, words.end()});
    if (!arguments.wants_help()) return command.run(arguments);
    print(help_text(command));
  }
  return 0;
}

/// Lets threads that wait for work go to sleep after a moment instead of spinning for milliseconds, which takes
/// the processor from whoever has work: with other programs beside us that costs several times the time. The
/// OpenMP library reads this from the environment when it is loaded, so the program starts itself once more;
/// where that does not succeed, threads spin.
void let_waiting_threads_sleep(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  std::error_code error;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error) return;
  ::setenv("GOMP_SPINCOUNT", "1000", 1);
  ::execv(self.c_str(), argv);
}

/// Layer after layer asks for memory of the same size: what is freed is kept instead of given back to the
/// system, which would clear it every time.
void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // as much as it takes
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
}

int complain(const std::string& text, int code) {
  std::fflush(stdout);
  std::fputs(text.c_str(), stderr);
  return code;
}

}  // namespace

int docs(const Arguments& arguments) {
  print(arguments.operand(0) == "man" ? manual() : markdown());
  return 0;
}

int completion(const Arguments& arguments) {
  print(completion_script(arguments.operand(0)));
  return 0;
}

int main(int argc, char** argv) {
  const bool has_values =
      std::any_of(argv, argv + argc, [](std::string_view word) { return word.starts_with("--data"); });
  if (has_values) {
    let_waiting_threads_sleep(argv);
    keep_freed_memory();
  }
  std::signal(SIGPIPE, SIG_IGN);
  base::catch_interrupts();
  try {
    return dispatch({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const base::Failure& failure) {
    return complain(failure.diagnostics().render(colour_on_errors()), kUserError);
  } catch (const base::Interrupted&) {
    return complain("ohmweave: interrupted\n", kInterrupted);
  } catch (const base::OutputClosed&) {
    return 0;
  } catch (const std::bad_alloc&) {
    return complain("ohmweave: error: not enough memory\n", kUserError);
  }
}

}  // namespace ohmweave::cli
