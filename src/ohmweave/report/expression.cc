// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/expression.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/check.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

// --- paths
// --------------------------------------------------------------------------------------------------------

namespace {

void find_into(const ordered_json& at, std::string_view path, std::vector<const ordered_json*>& out) {
  if (path.empty()) {
    out.push_back(&at);
    return;
  }
  auto rest_after = [&](std::string_view key) -> std::optional<std::string_view> {
    if (path.substr(0, key.size()) != key || key.empty()) return std::nullopt;
    if (path.size() == key.size()) return std::string_view();
    if (path[key.size()] != '.') return std::nullopt;
    return path.substr(key.size() + 1);
  };
  if (auto rest = rest_after("*")) {
    for (const auto& member : at) find_into(member, *rest, out);
  } else if (at.is_object()) {  // of keys that fit, the longest: "chip.tile" before "chip"
    const ordered_json* best = nullptr;
    std::string_view after;
    for (const auto& [key, member] : at.items()) {
      auto tail = rest_after(key);
      if (tail && (!best || tail->size() < after.size())) best = &member, after = *tail;
    }
    if (best) find_into(*best, after, out);
  } else if (at.is_array()) {
    for (const auto& member : at) {
      auto name = member.is_object() ? member.find("name") : member.end();
      if (!member.is_object() || name == member.end() || !name->is_string()) continue;
      if (auto tail = rest_after(name->get_ref<const std::string&>())) find_into(member, *tail, out);
    }
  }
}

/// The keys that could have stood where a path leads nowhere, for "did you mean".
std::string hint_for(const ordered_json& root, std::string_view path) {
  size_t dot = path.rfind('.');
  std::string_view above = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
  std::vector<const ordered_json*> parents = find_path(root, above);
  if (parents.empty()) return hint_for(root, above);
  std::vector<std::string> known;
  const ordered_json& parent = *parents.front();
  if (parent.is_object()) {
    for (const auto& [key, member] : parent.items()) known.push_back(key);
  } else if (parent.is_array()) {
    for (const auto& member : parent) {
      if (member.is_object() && member.contains("name")) known.push_back(member["name"].get<std::string>());
    }
  }
  std::string where = above.empty() ? "the report" : fmt::format("'{}'", above);
  std::string word(path.substr(dot == std::string_view::npos ? 0 : dot + 1));
  std::string guess = base::did_you_mean(word, known);
  if (!guess.empty() || known.size() > 24) return fmt::format("{} has no '{}'{}", where, word, guess);
  return fmt::format("{} has no '{}'; it has {}", where, word, fmt::join(known, ", "));
}

double number_of(const ordered_json& value, const base::Span& span, std::string_view path) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_string()) {
    if (auto m = units::parse_measure(value.get_ref<const std::string&>())) return m->si;
  }
  base::fail(span, fmt::format("'{}' is {}, not a number", path,
                               value.is_null()     ? "absent (null)"
                               : value.is_string() ? value.dump()
                                                   : "no single value"));
}

}  // namespace

std::vector<const ordered_json*> find_path(const ordered_json& root, std::string_view path) {
  std::vector<const ordered_json*> out;
  find_into(root, path, out);
  return out;
}

// --- reading
// ------------------------------------------------------------------------------------------------------

class ExpressionReader {
 public:
  ExpressionReader(const config::Node& scalar, base::Diagnostics& d)
      : node_(scalar), text_(scalar.text), diagnostics_(d) {}

  Expression read() {
    Expression out = sum();
    skip_blanks();
    if (!failed_ && at_ < text_.size()) error(at_, 1, fmt::format("'{}' is out of place", text_[at_]));
    return failed_ ? Expression() : out;
  }

 private:
  using Kind = Expression::Kind;
  static constexpr int kDeepest = 32;

  base::Span span(size_t from, size_t length) const {
    base::Span s = node_.span;
    if (s.length >= text_.size()) {  // stands on one line as it is
      s.column += static_cast<uint32_t>(from + (node_.quoted ? 1 : 0));
      s.length = static_cast<uint32_t>(length);
    }
    return s;
  }
  void error(size_t from, size_t length, std::string message) {
    if (!failed_) diagnostics_.error(span(from, length), std::move(message));
    failed_ = true;
    at_ = text_.size();
  }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Expression join(Kind kind, Expression a, Expression b) {
    Expression e;
    e.kind_ = kind;
    e.operands_.push_back(std::move(a));
    e.operands_.push_back(std::move(b));
    return e;
  }

  Expression sum() {
    Expression left = product();
    while (true) {
      if (take('+')) {
        left = join(Kind::Add, std::move(left), product());
      } else if (take('-')) {
        left = join(Kind::Subtract, std::move(left), product());
      } else {
        return left;
      }
    }
  }
  Expression product() {
    Expression left = factor();
    while (true) {
      if (take('*')) {
        left = join(Kind::Multiply, std::move(left), factor());
      } else if (take('/')) {
        left = join(Kind::Divide, std::move(left), factor());
      } else {
        return left;
      }
    }
  }
  Expression factor() {
    if (++depth_ > kDeepest) error(at_, 1, "too deeply nested");
    Expression out;
    if (take('-')) {
      out.kind_ = Kind::Negate;
      out.operands_.push_back(factor());
    } else if (take('(')) {
      out = sum();
      if (!take(')')) error(at_, 1, "')' is missing");
    } else {
      skip_blanks();
      bool digit = at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]));
      out = digit ? literal() : name();
    }
    --depth_;
    return out;
  }
  Expression literal() {
    Expression out;
    out.kind_ = Kind::Number;
    auto [end, problem] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), out.number_);
    if (problem != std::errc()) error(at_, 1, "this is no number");
    if (!failed_) at_ = static_cast<size_t>(end - text_.data());
    return out;
  }
  static bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

  /// A path, or a function if a parenthesis follows. Segments with other characters stand in single quotes.
  Expression name() {
    const size_t start = at_;
    Expression out;
    while (at_ < text_.size()) {
      if (text_[at_] == '\'') {
        size_t end = text_.find('\'', at_ + 1);
        if (end == std::string::npos) {
          error(at_, 1, "the quote does not end");
          return out;
        }
        out.path_ += text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
      } else if (in_word(text_[at_]) || text_[at_] == '.' ||
                 (text_[at_] == '*' && at_ > start && text_[at_ - 1] == '.')) {
        out.path_ += text_[at_++];
      } else {
        break;
      }
    }
    if (out.path_.empty()) {
      error(start, 1,
            start < text_.size()
                ? fmt::format("'{}' is out of place; a number or a path is expected", text_[start])
                : "the expression ends too early");
      return out;
    }
    out.span_ = span(start, at_ - start);
    if (take('(')) return function(std::move(out), start);
    out.kind_ = Kind::Path;
    constexpr std::string_view kOther = "against.";
    if (out.path_.compare(0, kOther.size(), kOther) == 0)
      out.against_ = true, out.path_.erase(0, kOther.size());
    return out;
  }
  Expression function(Expression out, size_t start) {
    constexpr std::pair<std::string_view, Kind> kFunctions[] = {
        {"min", Kind::Min}, {"max", Kind::Max}, {"sum", Kind::Sum}};
    for (const auto& [word, kind] : kFunctions) {
      if (out.path_ == word) out.kind_ = kind;
    }
    if (out.kind_ == Kind::Empty) {
      error(start, out.path_.size(),
            fmt::format("unknown function '{}'{}", out.path_,
                        base::did_you_mean(out.path_, {"min", "max", "sum"})));
      return out;
    }
    do {
      out.operands_.push_back(sum());
    } while (take(','));
    if (!take(')')) error(at_, 1, "')' is missing");
    return out;
  }

  const config::Node& node_;
  const std::string& text_;
  base::Diagnostics& diagnostics_;
  size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

Expression Expression::parse(const config::Node& scalar, base::Diagnostics& diagnostics) {
  if (scalar.kind != config::Node::Kind::Scalar) {
    diagnostics.error(scalar.span, fmt::format("expected an expression, found {}", config::describe(scalar)));
    return {};
  }
  return ExpressionReader(scalar, diagnostics).read();
}

bool Expression::compares() const {
  return against_ ||
         std::any_of(operands_.begin(), operands_.end(), [](const Expression& e) { return e.compares(); });
}

// --- evaluation
// ---------------------------------------------------------------------------------------------------

std::vector<double> Expression::values(const ordered_json& ours, const ordered_json* against) const {
  if (kind_ == Kind::Number) return {number_};
  if (kind_ == Kind::Path) {
    if (against_ && !against) base::fail(span_, "there is nothing to compare with: the claim has no 'against'");
    const ordered_json& root = against_ ? *against : ours;
    std::vector<const ordered_json*> found = find_path(root, path_);
    if (found.empty()) base::fail(span_, hint_for(root, path_));
    std::vector<double> out;
    for (const ordered_json* f : found) out.push_back(number_of(*f, span_, path_));
    return out;
  }
  if (kind_ == Kind::Min || kind_ == Kind::Max || kind_ == Kind::Sum) {
    std::vector<double> all;
    for (const Expression& e : operands_) {
      for (double v : e.values(ours, against)) all.push_back(v);
    }
    if (kind_ == Kind::Min) return {*std::min_element(all.begin(), all.end())};
    if (kind_ == Kind::Max) return {*std::max_element(all.begin(), all.end())};
    return {std::accumulate(all.begin(), all.end(), 0.0)};
  }
  double a = operands_.at(0).evaluate(ours, against);
  if (kind_ == Kind::Negate) return {-a};
  double b = operands_.at(1).evaluate(ours, against);
  switch (kind_) {
    case Kind::Add:
      return {a + b};
    case Kind::Subtract:
      return {a - b};
    case Kind::Multiply:
      return {a * b};
    case Kind::Divide:
      return {a / b};
    default:
      break;
  }
  OHMWEAVE_CHECK(false, "an empty expression was evaluated");
}

double Expression::evaluate(const ordered_json& ours, const ordered_json* against) const {
  std::vector<double> all = values(ours, against);
  if (all.size() != 1)
    base::fail(span_, fmt::format("'{}' is {} values; take min, max or sum of them", path_, all.size()));
  return all[0];
}

}  // namespace ohmweave::report
