// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/configuration.h"

#include <fmt/format.h>

namespace ohmweave::config {

namespace {

/// The next ':' that does not stand in a mapping or list.
size_t next_colon(const std::string& text, size_t from) {
  int depth = 0;
  for (size_t at = from; at < text.size(); ++at) {
    if (text[at] == '{' || text[at] == '[') ++depth;
    if (text[at] == '}' || text[at] == ']') --depth;
    if (text[at] == ':' && depth <= 0) return at;
  }
  return std::string::npos;
}

}  // namespace

Configuration parse_configuration(const std::string& text) {
  size_t colon = next_colon(text, 0);
  Configuration out{text.substr(0, colon), {}};
  while (colon != std::string::npos) {
    const size_t next = next_colon(text, colon + 1);
    out.changes.push_back(parse_override(text.substr(colon + 1, next - colon - 1)));
    colon = next;
  }
  return out;
}

std::string text_of(const Configuration& configuration) {
  std::string out = configuration.name;
  for (const Override& o : configuration.changes) out += fmt::format(":{}={}", o.path, o.value);
  return out;
}

}  // namespace ohmweave::config
