// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ohmweave::network {

/// A table of labels, one sample a line.
struct LabelTable {
  std::string name;  // the file, for errors
  std::vector<int64_t> labels;
  std::vector<std::string> files;        // of each line; empty if the table has no such column
  std::vector<std::string> class_names;  // sorted, where labels are names: class k is the k-th of them
};
/// Reads lines of cells between ',', ';' or tabs; cells may stand in quotes. With a header, the columns are
/// those called label, class, classid, class_id, category or target, and file, filename, image, path or name.
/// Without one, a line is a label, or a file and a label. Failure names the line.
LabelTable read_labels_csv(const std::string& path);
bool is_csv(const std::string& path);

}  // namespace ohmweave::network
