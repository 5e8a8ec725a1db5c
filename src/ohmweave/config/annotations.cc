// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/annotations.h"

#include <algorithm>

#include "ohmweave/config/fields.h"

namespace ohmweave::config {
namespace {

bool is_annotated(const Node& node) {
  const Node* value = node.find("value");
  return value != nullptr && value->kind != Node::Kind::Mapping &&
         std::all_of(node.members.begin(), node.members.end(),
                     [](const Member& m) { return m.key == "value" || is_provenance_key(m.key); });
}

}  // namespace

Node without_annotations(const Node& node) {
  if (is_annotated(node)) return without_annotations(*node.find("value"));
  Node out = node;
  for (Node& item : out.items) item = without_annotations(item);
  for (Member& m : out.members) m.value = without_annotations(m.value);
  return out;
}

void add_defaults(Node& design, const Node& read) {
  for (const Member& m : read.members) {
    Node* own = design.find(m.key);
    if (own == nullptr) {
      design.set(m.key, m.value);
    } else if (m.value.kind == Node::Kind::Mapping) {
      add_defaults(*own, m.value);
    }
  }
}

}  // namespace ohmweave::config
