// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/cli/commands.h"
#include "ohmweave/config/load.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::cli {

/// A number, or extents separated by commas, that stand in an option's value. Failure names the option.
double number_of(std::string_view option, const std::string& word);
tensor::Shape shape_of(std::string_view option, const std::string& text, std::string_view example);

/// The words of a command line, sorted by the command's table. Getters throw base::Failure that names the
/// option where a word is not of the kind asked for.
class Arguments {
 public:
  /// `words` without the program's name and the command's. Throws base::Failure: unknown or repeated options,
  /// values that are missing, too many or too few operands, words that are not among those an operand or option
  /// accepts.
  static Arguments parse(const Command& command, const std::vector<std::string>& words);

  bool wants_help() const { return given("--help"); }
  const std::vector<std::string>& operands() const { return operands_; }
  const std::string& operand(size_t k) const { return operands_.at(k); }

  bool given(std::string_view option) const { return options_.find(option) != options_.end(); }
  /// The value of an option; empty if it is not given.
  std::string text(std::string_view option) const;
  /// The value of an option that the command cannot do without.
  std::string required(std::string_view option) const;
  std::vector<std::string> all(std::string_view option) const;
  /// What stands between the commas of an option's values; empty if it is not given.
  std::vector<std::string> pieces(std::string_view option) const;
  int64_t integer(std::string_view option, int64_t preset, int64_t least) const;
  uint64_t seed() const;
  double real(std::string_view option, double preset) const;
  /// Numbers separated by commas.
  std::vector<double> reals(std::string_view option, double preset) const;
  /// Extents separated by commas; empty if it is not given. `example` is what errors show.
  tensor::Shape shape(std::string_view option, std::string_view example = "1,3,224,224") const;
  /// How many operands and options say this file, alone or within their words, as npy:X.npy,LABELS.csv does.
  int64_t mentions(const std::string& file) const;
  /// What --set changes, and options that are short for a change.
  std::vector<config::Override> overrides() const;

 private:
  void check() const;

  const Command* command_ = nullptr;
  std::vector<std::string> operands_;
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
};

}  // namespace ohmweave::cli
