// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>

namespace ohmweave::base {

/// Thrown where long work notices that the user pressed Ctrl-C. What is finished by then stays.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

/// From now on Ctrl-C (or a request to terminate) only sets a flag that Progress looks at; a second one ends
/// the program at once.
void catch_interrupts();
/// The signal that asked to stop; 0 if none did.
int interrupted();

/// One line on the terminal that says how far a long piece of work is and how long it will still take. Silent
/// where standard error is no terminal. advance() may be called from any thread and throws Interrupted after
/// Ctrl-C. Not `shown`, it is only that.
class Progress {
 public:
  Progress(std::string what, int64_t total, bool shown = true);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance(int64_t steps = 1);

 private:
  void draw(int64_t done);

  std::string what_;
  int64_t total_;
  std::atomic<int64_t> done_{0};
  std::atomic<int64_t> next_draw_ms_{300};
  std::chrono::steady_clock::time_point start_;
  bool terminal_;
  std::atomic<bool> drawn_{false};
};

}  // namespace ohmweave::base
