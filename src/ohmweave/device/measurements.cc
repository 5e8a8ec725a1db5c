// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/measurements.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "ohmweave/base/files.h"
#include "ohmweave/units/text.h"

namespace ohmweave::device {
namespace {

constexpr int64_t kMostErrors = 20;  // more of the same helps nobody

struct Field {
  std::string_view text;
  uint32_t column = 1;  // from 1
};

std::string_view trimmed(std::string_view text, uint32_t* column = nullptr) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
    if (column != nullptr) ++*column;
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::vector<Field> fields_of(std::string_view line) {
  std::vector<Field> fields;
  size_t from = 0;
  while (true) {
    const size_t comma = line.find(',', from);
    Field f{line.substr(from, comma - from), static_cast<uint32_t>(from) + 1};
    f.text = trimmed(f.text, &f.column);
    if (f.text.size() > 1 && f.text.front() == '"' && f.text.back() == '"') {
      f.text = f.text.substr(1, f.text.size() - 2);
      ++f.column;
    }
    fields.push_back(f);
    if (comma == std::string_view::npos) return fields;
    from = comma + 1;
  }
}

/// What a column may be; all but the name of a cell are quantities.
struct Kind {
  std::string_view name;
  units::Dimension dimension;
};
enum : size_t { kTarget, kMeasured, kTime, kTemperature, kCell, kKinds };
constexpr Kind kKnown[kKinds] = {{"target", units::DimensionOf<units::Conductance>::value},
                                 {"measured", units::DimensionOf<units::Conductance>::value},
                                 {"time", units::DimensionOf<units::Time>::value},
                                 {"temperature", units::DimensionOf<units::Temperature>::value},
                                 {"cell", {}}};

constexpr double kLeast[kKinds] = {0, 0, 0, 1, 0}, kMost[kKinds] = {1e3, 1e3, 1e12, 2000, 0};  // in SI
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // spreadsheets begin a file with it

class Reader {
 public:
  explicit Reader(std::shared_ptr<const base::Source> source) : source_(std::move(source)) {}

  Measurements read() {
    std::string_view rest = source_->text;
    if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
    bool head = false;
    for (line_ = 1; !rest.empty(); ++line_) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = trimmed(rest.substr(0, end));
      const std::string_view whole = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.empty() || line.front() == '#') continue;
      if (head) {
        row(fields_of(whole));
      } else {
        heads(fields_of(whole));
        head = true;
      }
      if (errors_ >= kMostErrors) break;
    }
    if (!head)
      base::fail(
          source_->name,
          "there is no row of heads: target_uS, measured_uS and, if measured, time_s, temperature_K, cell");
    diagnostics_.stop_if_errors();
    if (out_.rows.empty()) base::fail(source_->name, "there are no measurements below the heads");
    out_.name = source_->name;
    out_.has_time = place_[kTime].has_value();
    out_.has_cell = place_[kCell].has_value();
    if (place_[kTemperature]) out_.temperature = temperatures_ / static_cast<double>(out_.rows.size());
    return std::move(out_);
  }

 private:
  void error(const Field& f, std::string message) {
    ++errors_;
    diagnostics_.error({source_, line_, f.column, std::max<uint32_t>(static_cast<uint32_t>(f.text.size()), 1)},
                       std::move(message));
  }

  void heads(const std::vector<Field>& fields) {
    for (size_t k = 0; k < fields.size(); ++k) head(fields[k], k);
    for (const size_t needed : {kTarget, kMeasured}) {
      if (!place_[needed] && errors_ == 0)
        error(fields[0], fmt::format("there is no column {0}, such as {0}_uS", kKnown[needed].name));
    }
    diagnostics_.stop_if_errors();
    columns_ = fields.size();
  }

  void head(const Field& f, size_t column) {
    if (f.text.find_first_of(";\t") != std::string_view::npos) return error(f, "commas separate columns");
    const size_t under = f.text == "cell_id" ? 4 : std::min(f.text.rfind('_'), f.text.size());
    const std::string_view name = f.text.substr(0, under),
                           unit = f.text == "cell_id" ? "" : f.text.substr(std::min(under + 1, f.text.size()));
    std::vector<std::string> names;
    for (size_t kind = 0; kind < kKinds; ++kind) {
      names.emplace_back(kKnown[kind].name);
      if (name != kKnown[kind].name) continue;
      const std::optional<units::Unit> known = units::parse_unit(unit);
      if (!known || known->dimension != kKnown[kind].dimension) {
        const std::string wanted = units::unit_name(kKnown[kind].dimension);
        return error(f, wanted.empty() ? fmt::format("'{}' has no unit", name)
                                       : fmt::format("'{}' needs its unit, one of {}, as in {}_{}", f.text,
                                                     wanted, name, wanted == "S" ? "uS" : wanted));
      }
      if (place_[kind]) return error(f, fmt::format("there are two columns '{}'", name));
      place_[kind] = column;
      factor_[kind] = known->factor;
      return;
    }
    error(f, fmt::format("unknown column '{}'{}", f.text, base::did_you_mean(name, names)));
  }

  void row(const std::vector<Field>& fields) {
    if (fields.size() != columns_)
      return error(fields.back(),
                   fmt::format("this row has {} values, and there are {} columns", fields.size(), columns_));
    Measurement m;
    m.cell = static_cast<int64_t>(out_.rows.size());
    bool good = true;
    for (size_t kind = 0; kind < kCell; ++kind) {
      if (!place_[kind]) continue;
      const std::optional<double> value = number(fields[*place_[kind]], kind);
      good &= value.has_value();
      if (!value) continue;
      if (kind == kTarget) m.target = *value;
      if (kind == kMeasured) m.measured = *value;
      if (kind == kTime) m.time = *value;
      if (kind == kTemperature) add_temperature(*value);
    }
    if (place_[kCell]) {
      const Field& f = fields[*place_[kCell]];
      if (f.text.empty()) return error(f, "the cell has no name");
      m.cell = cells_.try_emplace(std::string(f.text), static_cast<int64_t>(cells_.size())).first->second;
    }
    if (good) out_.rows.push_back(m);
  }

  void add_temperature(double kelvin) {
    temperatures_ += kelvin;
    out_.coldest = out_.hottest > 0 ? std::min(out_.coldest, kelvin) : kelvin;
    out_.hottest = std::max(out_.hottest, kelvin);
  }

  std::optional<double> number(const Field& f, size_t kind) {
    if (f.text.empty())
      return error(f, fmt::format("there is no value for {}", kKnown[kind].name)), std::nullopt;
    double value = 0;
    const char* end = f.text.data() + f.text.size();
    const auto [stop, problem] = std::from_chars(f.text.data(), end, value);
    if (problem != std::errc() || stop != end || !std::isfinite(value))
      return error(f, fmt::format("'{}' is not a number", f.text)), std::nullopt;
    if (value < 0)
      return error(f,
                   fmt::format("a {} is not negative", kind <= kMeasured ? "conductance" : kKnown[kind].name)),
             std::nullopt;
    if (value * factor_[kind] < kLeast[kind])
      return error(f, fmt::format("'{}' is too small", f.text)), std::nullopt;
    if (value * factor_[kind] > kMost[kind])
      return error(f, fmt::format("'{}' is too large", f.text)), std::nullopt;
    return value * factor_[kind];
  }

  std::shared_ptr<const base::Source> source_;
  base::Diagnostics diagnostics_;
  int64_t errors_ = 0;
  uint32_t line_ = 1;
  size_t columns_ = 0;
  std::optional<size_t> place_[kKinds];
  double factor_[kKinds] = {};
  std::map<std::string, int64_t, std::less<>> cells_;
  double temperatures_ = 0;
  Measurements out_;
};

}  // namespace

Measurements parse_measurements(std::shared_ptr<const base::Source> source) {
  return Reader(std::move(source)).read();
}

Measurements read_measurements(const std::string& path) { return parse_measurements(base::read_source(path)); }

}  // namespace ohmweave::device
