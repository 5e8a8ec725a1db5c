// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/design.h"

#include <algorithm>

namespace ohmweave::machine {
namespace {

bool is_annotated(const config::Node& node) {
  const config::Node* value = node.find("value");
  return value != nullptr && value->kind != config::Node::Kind::Mapping &&
         std::all_of(node.members.begin(), node.members.end(), [](const config::Member& m) {
           return m.key == "value" || config::is_provenance_key(m.key);
         });
}

}  // namespace

config::Node without_annotations(const config::Node& node) {
  if (is_annotated(node)) return without_annotations(*node.find("value"));
  config::Node out = node;
  for (config::Node& item : out.items) item = without_annotations(item);
  for (config::Member& m : out.members) m.value = without_annotations(m.value);
  return out;
}

void add_defaults(config::Node& design, const config::Node& read) {
  for (const config::Member& m : read.members) {
    config::Node* own = design.find(m.key);
    if (own == nullptr) {
      design.set(m.key, m.value);
    } else if (m.value.kind == config::Node::Kind::Mapping) {
      add_defaults(*own, m.value);
    }
  }
}

}  // namespace ohmweave::machine
