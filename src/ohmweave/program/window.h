// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/program/program.h"

namespace ohmweave::program {

/// A window as firings. Firing n of the reader needs the first need(n) firings of the writer finished; when it is done,
/// the writer's firings below release(n) are used by no later one. Where reader and writer share their outermost loop one
/// to one, both are kept for one trip of it (an epoch) and shift by a constant per epoch.
class WindowTable {
 public:
  WindowTable(const Stage& reader, const Stage& writer, const Window& window);
  int64_t need(int64_t n) const { return need_[index(n)] + shift(n); }
  int64_t release(int64_t n) const { return release_[index(n)] + shift(n); }
  /// Smallest first item of firing n (what it reads begins there).
  int64_t first(int64_t n) const { return first_[index(n)] + shift(n); }
  bool periodic() const { return writer_epoch_ > 0; }
  /// max over n of need(n) - release(n-1): fewer items than that and the reader can never fire.
  int64_t least_capacity() const;

 private:
  // Implementation detail of program/window.cc, inline because the timing engine asks on every firing.
  size_t index(int64_t n) const { return static_cast<size_t>(writer_epoch_ > 0 ? n % reader_epoch_ : n); }
  int64_t shift(int64_t n) const { return writer_epoch_ > 0 ? n / reader_epoch_ * writer_epoch_ : 0; }
  std::vector<int32_t> need_, release_, first_;
  int64_t reader_epoch_ = 1, writer_epoch_ = 0;
};

}  // namespace ohmweave::program
