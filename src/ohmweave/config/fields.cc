// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/fields.h"

namespace ohmweave::config {

bool is_provenance_key(std::string_view key) { return key == "from" || key == "why" || key == "note"; }

void report_unknown_key(const Member& member, const std::vector<std::string>& known, base::Diagnostics& d) {
  std::string list;
  for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
  std::string hint = base::did_you_mean(member.key, known);
  d.error(member.key_span,
          fmt::format("unknown key '{}'{}", member.key, hint.empty() ? "; known: " + list : hint));
}

void report_missing_key(const Node& mapping, std::string_view name, std::string_view type,
                        base::Diagnostics& d) {
  d.error(mapping.span, fmt::format("key '{}' is missing ({})", name, type));
}

std::string describe_range(std::optional<double> least, std::optional<double> most, bool open_least,
                           const units::Dimension& dimension) {
  auto text = [&](double bound) {
    return bound == 0 || dimension == units::Dimension{} ? fmt::format("{}", bound)
                                                         : units::write(bound, dimension);
  };
  if (least && most) return fmt::format("{} to {}", text(*least), text(*most));
  if (least) return (open_least ? "above " : "at least ") + text(*least);
  if (most) return "at most " + text(*most);
  return "";
}

bool in_range(double si, std::optional<double> least, std::optional<double> most, bool open_least) {
  if (least && (open_least ? si <= *least : si < *least)) return false;
  return !most || si <= *most;
}

void report_out_of_range(const Node& node, const std::string& range, base::Diagnostics& d) {
  d.error(node.span, fmt::format("{} is out of range; must be {}", text_of(node), range));
}

std::string text_of(const Node& node) {
  if (node.kind == Node::Kind::Scalar) return node.text;
  if (node.kind != Node::Kind::List) return "";
  std::string out;
  for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + item.text;
  return "[" + out + "]";
}

}  // namespace ohmweave::config
