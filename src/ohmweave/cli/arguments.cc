// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/machine/shorthand.h"

namespace ohmweave::cli {
namespace {

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number n{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (true) {
    const size_t end = text.find(at, begin);
    out.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return out;
    begin = end + 1;
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Fails unless `word` is one of `words`.
void check_word(const std::string& where, const std::string& word, std::string_view words) {
  const std::vector<std::string> known = split(std::string(words), ' ');
  if (std::find(known.begin(), known.end(), lower(word)) != known.end()) return;
  const std::string hint = base::did_you_mean(word, known);
  base::fail(where, fmt::format("'{}' is none of {}{}", word, fmt::join(known, ", "), hint));
}

}  // namespace

double number_of(std::string_view option, const std::string& word) {
  const std::optional<double> x = whole<double>(word);
  if (!x || !std::isfinite(*x)) base::fail(std::string(option), fmt::format("'{}' is not a number", word));
  return *x;
}

std::string Arguments::text(std::string_view option) const {
  auto it = options_.find(option);
  return it == options_.end() || it->second.empty() ? "" : it->second.front();
}

std::string Arguments::required(std::string_view option) const {
  if (!given(option))
    base::fail(fmt::format("ohmweave {}", command_->name),
               fmt::format("{} is missing: {}", option, synopsis(*command_)));
  return text(option);
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  auto it = options_.find(option);
  return it == options_.end() ? std::vector<std::string>{} : it->second;
}

int64_t Arguments::integer(std::string_view option, int64_t preset, int64_t least) const {
  if (!given(option)) return preset;
  const std::optional<int64_t> n = whole<int64_t>(text(option));
  if (!n || *n < least)
    base::fail(std::string(option),
               fmt::format("'{}' is not a whole number of at least {}", text(option), least));
  return *n;
}

uint64_t Arguments::seed() const {
  if (!given("--seed")) return 1;
  const std::optional<uint64_t> n = whole<uint64_t>(text("--seed"));
  if (!n) base::fail("--seed", fmt::format("'{}' is not a whole number of at least 0", text("--seed")));
  return *n;
}

double Arguments::real(std::string_view option, double preset) const {
  return given(option) ? number_of(option, text(option)) : preset;
}

std::vector<std::string> Arguments::pieces(std::string_view option) const {
  std::vector<std::string> out;
  for (const std::string& value : all(option))
    for (std::string& piece : split(value, ',')) out.push_back(std::move(piece));
  return out;
}

std::vector<double> Arguments::reals(std::string_view option, double preset) const {
  if (!given(option)) return {preset};
  std::vector<double> out;
  for (const std::string& word : split(text(option), ',')) out.push_back(number_of(option, word));
  return out;
}

tensor::Shape shape_of(std::string_view option, const std::string& text, std::string_view example) {
  tensor::Shape out;
  for (const std::string& word : split(text, ',')) {
    const std::optional<int64_t> n = whole<int64_t>(word);
    if (!n || *n < 1)
      base::fail(std::string(option), fmt::format("'{}' is no shape; it should look like {}", text, example));
    out.push_back(*n);
  }
  return out;
}

tensor::Shape Arguments::shape(std::string_view option, std::string_view example) const {
  return given(option) ? shape_of(option, text(option), example) : tensor::Shape{};
}

int64_t Arguments::mentions(const std::string& file) const {
  const auto same = [&](const std::string& word) {
    std::error_code no_such_file;
    return std::filesystem::equivalent(word, file, no_such_file);
  };
  const auto says = [&](const std::string& word) {
    if (same(word)) return true;
    std::string pieces = word;
    for (char& c : pieces) c = c == ':' || c == '=' ? ',' : c;
    const std::vector<std::string> all = split(pieces, ',');
    return all.size() > 1 && std::any_of(all.begin(), all.end(), same);
  };
  int64_t count = std::count_if(operands_.begin(), operands_.end(), says);
  for (const auto& [option, values] : options_) count += std::count_if(values.begin(), values.end(), says);
  return count;
}

std::vector<config::Override> Arguments::overrides() const {
  std::vector<config::Override> out;
  // First what changes whole cells, so that --set can change something about them.
  for (const machine::Shorthand& s : machine::shorthands()) {
    const std::string option = option_of(s.key);
    if (given(option)) out.push_back({std::string(s.key), text(option)});
  }
  for (const std::string& change : all("--set")) out.push_back(config::parse_override(change));
  if (given("--programming"))
    out.push_back({"mapping.runs_per_programming", std::to_string(integer("--programming", 0, 1))});
  return out;
}

void Arguments::check() const {
  const std::string where = fmt::format("ohmweave {}", command_->name);
  const std::vector<Operand>& wanted = command_->operands;
  for (size_t k = 0; k < wanted.size(); ++k) {
    if (k >= operands_.size() && !wanted[k].optional)
      base::fail(where, fmt::format("{} is missing: {}", wanted[k].name, synopsis(*command_)));
    if (k < operands_.size() && !wanted[k].words.empty()) check_word(where, operands_[k], wanted[k].words);
  }
  if (operands_.size() > wanted.size() && (wanted.empty() || !wanted.back().many))
    base::fail(where,
               fmt::format("'{}' is one word too many: {}", operands_[wanted.size()], synopsis(*command_)));
  for (const Group& group : command_->groups) {
    for (const Option& o : group.options) {
      if (!given(o.name)) continue;
      if (!o.repeats && all(o.name).size() > 1) base::fail(std::string(o.name), "is given more than once");
      for (const std::string& value : all(o.name)) {
        if (value.empty()) base::fail(std::string(o.name), "needs a value after it");
      }
      if (!o.words.empty()) check_word(std::string(o.name), text(o.name), o.words);
    }
  }
}

}  // namespace ohmweave::cli
