// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ohmweave/report/sweep.h"

namespace ohmweave::report {

/// The finished points of a sweep on disk, one line each in the order in which they were finished, so that the
/// same sweep can go on after whatever ended it. A line that was cut off counts as not written.
class SweepLog {
 public:
  /// Begins a file, or takes up one that is there: its points go to `sweep.points`. `fingerprint` stands for
  /// all that the points depend on. Failure: the file is of another sweep, damaged, used by somebody else at
  /// the moment, or cannot be written.
  SweepLog(std::string path, const std::string& fingerprint, Sweep& sweep);
  ~SweepLog();
  SweepLog(const SweepLog&) = delete;
  SweepLog& operator=(const SweepLog&) = delete;

  /// Writes a point down; when this returns it survives the end of the program.
  void add(int64_t index, const SweepPoint& point);
  /// Deletes the file: the sweep is finished.
  void remove();

 private:
  void take_up(const std::string& text, const std::string& head);
  void take_line(const std::string& line, size_t number);
  void append(const std::string& line);

  std::string path_;
  Sweep& sweep_;
  int file_ = -1;
};

}  // namespace ohmweave::report
