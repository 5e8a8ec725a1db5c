// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/value.h"

#include <charconv>
#include <cmath>

namespace ohmweave::config {
namespace {

bool is_scalar(const Node& node, std::string_view expected, base::Diagnostics& d) {
  if (node.kind == Node::Kind::Scalar && !(node.text.empty() && !node.quoted)) return true;
  d.error(node.span, fmt::format("expected {}, found {}", expected, describe(node)));
  return false;
}

/// The part of a scalar's span from `offset` on; quoted scalars begin one column later.
base::Span part(const Node& node, size_t offset, size_t length) {
  base::Span s = node.span;
  s.column += static_cast<uint32_t>(offset) + (node.quoted ? 1 : 0);
  s.length = static_cast<uint32_t>(std::max<size_t>(length, 1));
  return s;
}

}  // namespace

bool decode_integer(const Node& node, int64_t& out, base::Diagnostics& d) {
  if (!is_scalar(node, "a whole number", d)) return false;
  const char* end = node.text.data() + node.text.size();
  auto [stop, problem] = std::from_chars(node.text.data(), end, out);
  if (problem == std::errc() && stop == end) return true;
  d.error(node.span, fmt::format("'{}' is not a whole number", node.text));
  return false;
}

bool decode_number(const Node& node, double& out, base::Diagnostics& d) {
  if (!is_scalar(node, "a number", d)) return false;
  std::optional<units::Measure> m = units::parse_measure(node.text);
  if (m && m->dimension == units::Dimension{}) {
    out = m->si;
    return true;
  }
  d.error(node.span, fmt::format("'{}' is not a number", node.text));
  return false;
}

bool decode_bool(const Node& node, bool& out, base::Diagnostics& d) {
  if (!is_scalar(node, "true or false", d)) return false;
  if (node.text == "true" || node.text == "false") {
    out = node.text == "true";
    return true;
  }
  d.error(node.span, fmt::format("'{}' is neither true nor false", node.text));
  return false;
}

bool decode_text(const Node& node, std::string& out, base::Diagnostics& d) {
  if (!is_scalar(node, "a text", d)) return false;
  out = node.text;
  return true;
}

bool decode_quantity(const Node& node, const units::Dimension& dimension, double& out, base::Diagnostics& d) {
  std::string wanted = fmt::format("a quantity measured in {}", units::unit_name(dimension));
  if (!is_scalar(node, wanted, d)) return false;
  units::ParseError error;
  std::optional<units::Measure> m = units::parse_measure(node.text, &error);
  if (!m) {
    d.error(part(node, error.offset, error.length), fmt::format("{}; expected {}", error.message, wanted));
    return false;
  }
  if (m->dimension != dimension) {
    size_t number = node.text.find_first_not_of("+-.0123456789eE");
    size_t at = node.text.find_first_not_of(' ', std::min(number, node.text.size()));
    if (at == std::string::npos) {
      d.error(node.span, fmt::format("'{}' has no unit; expected {}", node.text, wanted));
    } else {
      d.error(part(node, at, node.text.size() - at),
              fmt::format("unit '{}' does not fit; expected {}", node.text.substr(at), wanted));
    }
    return false;
  }
  out = m->si;
  return true;
}

bool decode_cell_area(const Node& node, units::CellArea& out, base::Diagnostics& d) {
  if (!is_scalar(node, "a cell area in F^2", d)) return false;
  units::ParseError error;
  std::optional<units::CellArea> a = units::parse_cell_area(node.text, &error);
  if (!a) {
    d.error(node.span, error.message);
    return false;
  }
  out = *a;
  return true;
}

void report_unknown_word(const Node& node, std::string_view what, const std::vector<std::string>& known,
                         base::Diagnostics& d) {
  std::string list;
  for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
  if (node.kind != Node::Kind::Scalar) {
    d.error(node.span, fmt::format("expected one of {}; found {}", list, describe(node)));
    return;
  }
  std::string hint = base::did_you_mean(node.text, known);
  d.error(node.span,
          fmt::format("unknown {} '{}'{}", what, node.text, hint.empty() ? "; known: " + list : hint));
}

bool split_interval(const Node& node, Node& low, Node& high, bool& has_low, bool& has_high, bool& about,
                    base::Diagnostics& d) {
  if (!is_scalar(node, "a value or a range", d)) return false;
  auto piece = [&](size_t from, size_t to) {
    from = std::min(node.text.find_first_not_of(' ', from), to);
    return scalar(node.text.substr(from, to - from), part(node, from, to - from));
  };
  const std::string& text = node.text;
  has_low = has_high = true;
  about = text[0] == '~';
  size_t dots = text.find("..");
  if (text[0] == '<') {
    has_low = false;
    high = piece(1, text.size());
  } else if (text[0] == '>') {
    has_high = false;
    low = piece(1, text.size());
  } else if (dots != std::string::npos) {
    high = piece(dots + 2, text.size());
    low = piece(0, dots);
    size_t unit = high.text.find_first_not_of("+-.0123456789eE ");  // "4..12 F^2": the unit stands once
    if (unit != std::string::npos && low.text.find_first_not_of("+-.0123456789eE ") == std::string::npos)
      low.text += " " + high.text.substr(unit);
  } else {
    low = high = piece(about ? 1 : 0, text.size());
  }
  return true;
}

}  // namespace ohmweave::config
