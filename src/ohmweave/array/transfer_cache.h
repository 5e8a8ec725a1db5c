// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/array/wires.h"

namespace ohmweave::array {

/// Transfer matrices of linear crossbars, kept as files for the next time. A file is named by the content it
/// was made from (conductances, wires, tolerance, version of the format), appears whole or not at all, and is
/// taken only if its checksum is right; so any number of processes may share a folder, and what is wrong with a
/// file or the folder costs time and nothing else. Deleting files or the folder at any time is all right.
class TransferCache {
 public:
  static constexpr int64_t kMostBytes = int64_t{2} << 30;

  /// An empty folder: nothing is kept. Files that were not used for longest go when there are more than
  /// `most_bytes`.
  explicit TransferCache(std::string folder, int64_t most_bytes = kMostBytes);
  /// $XDG_CACHE_HOME/ohmweave/transfer, or ~/.cache/ohmweave/transfer; empty where neither is known.
  static std::string default_folder();

  /// WireSolver::transfer as float: rows x columns, siemens. The same bits whether they were kept or not. May
  /// be called from several threads.
  std::vector<float> effective_conductances(const Wires& wires, int64_t rows, int64_t columns,
                                            std::span<const double> conductances, double tolerance = 1e-6);

  int64_t found() const { return found_; }
  int64_t solved() const { return solved_; }

 private:
  struct Key {
    uint64_t high, low;
  };
  static Key key_of(const Wires& wires, int64_t rows, int64_t columns, std::span<const double> conductances,
                    double tolerance);
  std::string path_of(const Key& key) const;
  bool read(const Key& key, int64_t rows, int64_t columns, std::vector<float>& out) const;
  void write(const Key& key, int64_t rows, int64_t columns, std::span<const float> values);
  void shrink() const;

  std::string folder_;
  int64_t most_bytes_;
  std::atomic<int64_t> found_{0}, solved_{0}, written_{0};
};

}  // namespace ohmweave::array
