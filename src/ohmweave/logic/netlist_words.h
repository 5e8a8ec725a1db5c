// SPDX-License-Identifier: Apache-2.0
// Netlists written in lines of words: our own form and BLIF.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/logic/netlist.h"

namespace ohmweave::logic {

struct NetlistWord {
  std::string_view text;
  base::Span span;
};

/// Reads line by line: words separated by blanks, without comments (from # on); a \ at its end joins a line
/// with the next one.
class NetlistWords {
 public:
  explicit NetlistWords(std::shared_ptr<const base::Source> source)
      : source_(std::move(source)), rest_(source_->text) {}
  /// The words of the next line that has any, or none at the end. `separators` are words of their own.
  std::vector<NetlistWord> next(std::string_view separators = "");

 private:
  std::shared_ptr<const base::Source> source_;
  std::string_view rest_;
  uint32_t line_ = 0;
};

/// A gate of a standard-cell library, as ABC and yosys write them for MAGIC: inv1, nor2, nand3, ... zero, one.
std::optional<GateFunction> library_cell(std::string_view name, int inputs);
/// Whether a pin of such a cell is its output: O, Y, Z, Q or out.
bool is_output_pin(std::string_view pin);

/// "file" of "folder/file.blif".
std::string stem_of(std::string_view path);

constexpr size_t kMostNetlistErrors = 20;      // more of the same helps nobody
constexpr size_t kMostNetlistParts = 1 << 21;  // nets and gates

}  // namespace ohmweave::logic
