// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/progress.h"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace ohmweave::base {
namespace {

volatile std::sig_atomic_t interrupt_flag =
    0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): signals need one

void on_interrupt(int which) {
  interrupt_flag = which;
  std::signal(which, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}
int interrupted() { return interrupt_flag; }

Progress::Progress(std::string what, int64_t total, bool shown)
    : what_(std::move(what)),
      total_(std::max<int64_t>(total, 1)),
      start_(std::chrono::steady_clock::now()),
      terminal_(shown && ::isatty(2) != 0) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::advance(int64_t steps) {
  if (interrupted() != 0) throw Interrupted();
  int64_t done = done_ += steps;
  if (!terminal_) return;
  int64_t ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_).count();
  int64_t due = next_draw_ms_.load();
  if (ms >= due && next_draw_ms_.compare_exchange_strong(due, ms + 100)) draw(done);
}

void Progress::draw(int64_t done) {
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  constexpr int kWidth = 30;
  int filled = static_cast<int>(share * kWidth);
  double left = share > 0 ? seconds / share - seconds : 0;
  fmt::print(stderr, "\r\033[K{} [{}{}] {:3.0f} %  {}/{}  {:.0f} s left", what_, std::string(filled, '#'),
             std::string(kWidth - filled, '.'), 100 * share, done, total_, left);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace ohmweave::base
