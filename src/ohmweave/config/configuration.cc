// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/configuration.h"

#include <fmt/format.h>

namespace ohmweave::config {

Configuration parse_configuration(const std::string& text) {
  size_t colon = text.find(':');
  Configuration out{text.substr(0, colon), {}};
  while (colon != std::string::npos) {
    const size_t next = text.find(':', colon + 1);
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
