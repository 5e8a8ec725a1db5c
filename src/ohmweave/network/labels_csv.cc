// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/labels_csv.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/files.h"

namespace ohmweave::network {
namespace {

constexpr int64_t kMostLabel = 1 << 30;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::optional<int64_t> class_number(const std::string& cell) {
  int64_t n = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), n);
  const bool whole = error == std::errc() && end == cell.data() + cell.size();
  return whole && n >= 0 && n <= kMostLabel ? std::optional(n) : std::nullopt;
}

/// The cells of a line (RFC 4180 but for line breaks in cells), without blanks around them.
std::vector<std::string> cells_of(std::string_view line, char separator) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (size_t k = 0; k < line.size(); ++k) {
    const char c = line[k];
    if (c == '"' && quoted && k + 1 < line.size() && line[k + 1] == '"') {
      out.back() += c;
      ++k;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  for (std::string& cell : out) {
    cell.erase(0, std::min(cell.find_first_not_of(" \t"), cell.size()));
    cell.erase(cell.find_last_not_of(" \t") + 1);
  }
  return out;
}

/// Where the columns stand.
struct Columns {
  size_t label = 0;
  std::optional<size_t> file;
  bool header = false;
};
std::optional<size_t> column_called(const std::vector<std::string>& cells, const std::set<std::string>& names) {
  for (size_t k = 0; k < cells.size(); ++k) {
    if (names.contains(lower(cells[k]))) return k;
  }
  return std::nullopt;
}
Columns columns_of(const std::vector<std::string>& first, const std::string& path) {
  const auto label =
      column_called(first, {"label", "labels", "class", "classid", "class_id", "category", "target"});
  if (label)
    return {*label, column_called(first, {"file", "filename", "file_name", "image", "path", "name"}), true};
  if (first.size() == 1) return {0, std::nullopt, false};
  if (first.size() == 2) return {1, 0, false};
  base::fail(path,
             fmt::format("has {} columns; the first line has to name one of them 'label', or give a label "
                         "or a file and a label a line",
                         first.size()));
}

void number_classes(LabelTable& table, const std::vector<std::string>& labels) {
  const bool numbers = std::all_of(labels.begin(), labels.end(), [](const auto& l) { return class_number(l); });
  if (!numbers) {
    const std::set<std::string> names(labels.begin(), labels.end());
    table.class_names.assign(names.begin(), names.end());
  }
  for (const std::string& label : labels) {
    const auto at = std::lower_bound(table.class_names.begin(), table.class_names.end(), label);
    table.labels.push_back(numbers ? *class_number(label) : at - table.class_names.begin());
  }
}

}  // namespace

bool is_csv(const std::string& path) {
  const std::string ending = lower(path.size() < 4 ? "" : path.substr(path.size() - 4));
  return ending == ".csv" || ending == ".tsv" || ending == ".txt";
}

LabelTable read_labels_csv(const std::string& path) {
  const std::string text = base::read_file(path);
  LabelTable table;
  table.name = path;
  std::vector<std::string> labels;
  std::optional<Columns> columns;
  char separator = ',';
  size_t width = 0, number = 0;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (!columns) {
      for (char c : {';', '\t', ','}) {
        if (line.find(c) != std::string_view::npos) separator = c;
      }
    }
    std::vector<std::string> cells = cells_of(line, separator);
    if (!columns) {
      columns = columns_of(cells, path);
      width = cells.size();
      if (columns->header) continue;
    }
    if (cells.size() != width)
      base::fail(path, fmt::format("line {} has {} cells, the first has {}", number + 1, cells.size(), width));
    if (cells[columns->label].empty()) base::fail(path, fmt::format("line {} has no label", number + 1));
    labels.push_back(cells[columns->label]);
    if (columns->file) table.files.push_back(cells[*columns->file]);
  }
  if (labels.empty()) base::fail(path, "holds no labels");
  number_classes(table, labels);
  return table;
}

}  // namespace ohmweave::network
