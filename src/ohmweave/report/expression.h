// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/config/node.h"

namespace ohmweave::report {

/// Arithmetic over the numbers of a report, as claims say what is measured (docs/claims.md):
///   costs.throughput_per_s / against.costs.throughput_per_s
///   max(mapping.layers.*.buffer_B)
/// Numbers, paths, + - * / and parentheses, and min, max, sum over any number of values. A path walks the JSON
/// of a report by keys joined by dots; members of a list are named by their "name"; `*` is every member. Text
/// that is a quantity counts in SI, true and false as 1 and 0. A path that begins with `against.` walks the
/// report compared with.
class Expression {
 public:
  Expression() = default;
  /// Reads a scalar of a configuration; errors point into it.
  static Expression parse(const config::Node& scalar, base::Diagnostics& diagnostics);
  bool empty() const { return kind_ == Kind::Empty; }
  /// Whether any path begins with `against.`.
  bool compares() const;
  /// The number; base::Failure where a path leads nowhere, to several values or to something that is no number.
  double evaluate(const nlohmann::ordered_json& ours, const nlohmann::ordered_json* against) const;

 private:
  friend class ExpressionReader;
  enum class Kind { Empty, Number, Path, Add, Subtract, Multiply, Divide, Negate, Min, Max, Sum };
  std::vector<double> values(const nlohmann::ordered_json& ours, const nlohmann::ordered_json* against) const;

  Kind kind_ = Kind::Empty;
  double number_ = 0;
  std::string path_;
  bool against_ = false;
  std::vector<Expression> operands_;
  base::Span span_;
};

/// Everything a path leads to; empty if it leads nowhere. Keys may have dots in them ("machine" is full of
/// such).
std::vector<const nlohmann::ordered_json*> find_path(const nlohmann::ordered_json& root, std::string_view path);

}  // namespace ohmweave::report
