// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/array/wires.h"

namespace ohmweave::array {

/// EffectiveCells as they are kept.
struct KeptCells {
  std::vector<float> conductances;  // rows x columns, siemens
  std::vector<float> variances;     // the same, or empty
};

/// Transfer matrices of linear crossbars, kept as files for the next time. A file is named by the content it
/// was made from (conductances, wires, tolerance, variances, version of the format), appears whole or not at
/// all, and is taken only if its checksum is right; so any number of processes may share a folder, and what is
/// wrong with a file or the folder costs time and nothing else. Deleting files or the folder at any time is all
/// right.
class TransferCache {
 public:
  static constexpr int64_t kMostBytes = int64_t{2} << 30;

  /// An empty folder: nothing is kept. Files that were not used for longest go when there are more than
  /// `most_bytes`.
  explicit TransferCache(std::string folder, int64_t most_bytes = kMostBytes);
  /// $XDG_CACHE_HOME/ohmweave/transfer, or ~/.cache/ohmweave/transfer; empty where neither is known.
  static std::string default_folder();

  /// What WireSolver::effective_cells says, as float. The same bits whether it was kept or not. May be called
  /// from several threads.
  KeptCells effective_cells(const Wires& wires, int64_t rows, int64_t columns,
                            std::span<const double> conductances, double tolerance,
                            std::span<const double> variances);

  int64_t found() const { return found_; }
  int64_t solved() const { return solved_; }

 private:
  struct Key {
    uint64_t high, low;
  };
  /// What a file is about.
  struct Content {
    Key key;
    int64_t rows, columns;
    bool with_variances;
  };
  static Content content_of(const Wires& wires, int64_t rows, int64_t columns,
                            std::span<const double> conductances, double tolerance,
                            std::span<const double> variances);
  std::string path_of(const Key& key) const;
  bool read(const Content& content, KeptCells& out) const;
  void write(const Content& content, const KeptCells& cells);
  void shrink() const;

  std::string folder_;
  int64_t most_bytes_;
  std::atomic<int64_t> found_{0}, solved_{0}, written_{0};
};

}  // namespace ohmweave::array
