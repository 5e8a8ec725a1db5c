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

std::string describe_range(std::optional<double> least, std::optional<double> most, bool open_least) {
  if (least && most) return fmt::format("{} to {}", *least, *most);
  if (least) return open_least ? fmt::format("above {}", *least) : fmt::format("at least {}", *least);
  if (most) return fmt::format("at most {}", *most);
  return "";
}

void check_range(const Node& node, double si, std::optional<double> least, std::optional<double> most,
                 bool open_least, base::Diagnostics& d) {
  bool low = least && (open_least ? si <= *least : si < *least);
  if (low || (most && si > *most))
    d.error(node.span, fmt::format("{} is out of range; must be {}", describe(node),
                                   describe_range(least, most, open_least)));
}

}  // namespace ohmweave::config
