// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::config {

struct Member;

/// A value of a configuration file with the place it came from: a scalar, a list or a mapping, nothing else.
struct Node {
  enum class Kind { Scalar, List, Mapping };
  Kind kind = Kind::Scalar;
  std::string text;  // of a scalar, without quotes
  bool quoted = false;
  bool defaulted =
      false;  // not written by anybody: filled in by a field table, so that the resolved file is complete
  std::vector<Node> items;
  std::vector<Member> members;
  base::Span span;

  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// Adds or replaces a member of a mapping.
  Node& set(std::string key, Node value, base::Span key_span = {});
  void erase(std::string_view key);
  std::vector<std::string> keys() const;
};

struct Member {
  std::string key;
  base::Span key_span;
  Node value;
};

Node scalar(std::string text, base::Span span = {});
Node mapping(base::Span span = {});

/// Reads the YAML subset of our files: mappings, lists and scalars. Anchors, aliases, tags, merge keys, several
/// documents and duplicate keys are errors. Throws base::Failure.
Node parse_yaml(std::shared_ptr<const base::Source> source);

/// YAML text that parse_yaml reads back into the same tree.
std::string write_yaml(const Node& node);

/// A word for messages: "a mapping", "a list", "'text'".
std::string describe(const Node& node);

}  // namespace ohmweave::config
