// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/load.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "ohmweave/base/files.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/config/fields.h"

namespace ohmweave::config {
namespace {

constexpr int kDeepestUse = 8;

std::vector<std::string> entries_of_library() {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  std::error_code ignored;
  fs::path root = fs::path(base::data_folder()) / "library";
  for (const fs::directory_entry& e : fs::recursive_directory_iterator(root, ignored)) {
    if (e.path().extension() == ".yaml")
      out.push_back(fs::relative(e.path(), root).replace_extension().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void lay_over(Node& below, const Node& above) {  // mappings merge, everything else is replaced
  for (const Member& m : above.members) {
    Node* old = below.find(m.key);
    if (old && old->kind == Node::Kind::Mapping && m.value.kind == Node::Kind::Mapping) {
      lay_over(*old, m.value);
    } else {
      below.set(m.key, m.value, m.key_span);
    }
  }
}

/// An entry of the library by its name, or any file by its path.
std::string path_of_entry(const Node& use) {
  const bool scalar = use.kind == Node::Kind::Scalar;
  if (scalar && use.text.ends_with(".yaml")) {
    if (!std::filesystem::exists(use.text))
      base::fail(use.span, fmt::format("there is no file '{}'", use.text));
    return use.text;
  }
  std::string path = base::data_folder() + "/library/" + use.text + ".yaml";
  if (!scalar || !std::filesystem::exists(path))
    base::fail(use.span, fmt::format("the library has no entry {}{}", describe(use),
                                     base::did_you_mean(use.text, entries_of_library())));
  return path;
}

void resolve_uses(Node& node, Node& sources, int depth) {
  for (Node& item : node.items) resolve_uses(item, sources, depth);
  if (const Node* use = node.find("use")) {
    if (depth > kDeepestUse) base::fail(use->span, "library entries use each other in a circle");
    const std::string path = path_of_entry(*use);
    Node entry = parse_yaml(base::read_source(path));
    if (const Node* more = entry.find("sources")) lay_over(sources, Node(*more));
    entry.erase("sources");
    entry.erase("format");
    entry.erase("name");
    resolve_uses(entry, sources, depth + 1);
    Node own = std::move(node);
    own.erase("use");
    node = std::move(entry);
    node.span = own.span;
    lay_over(node, own);
  }
  for (Member& m : node.members) resolve_uses(m.value, sources, depth);
}

void resolve(Node& root) {
  Node sources = root.find("sources") ? *root.find("sources") : mapping(root.span);
  resolve_uses(root, sources, 0);
  if (!sources.members.empty()) root.set("sources", std::move(sources));
}

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> out;
  size_t at = 0;
  while (true) {
    size_t dot = path.find('.', at);
    out.push_back(path.substr(at, dot - at));
    if (dot == std::string::npos) return out;
    at = dot + 1;
  }
}

/// What is wrong with the k-th key, which `known` does not have: it is misspelt, or a block that is not there
/// yet.
std::string unknown_key(const std::vector<std::string>& keys, size_t k, const std::string& value,
                        const std::vector<std::string>& known) {
  std::string hint = base::did_you_mean(keys[k], known);
  if (hint.empty() && k + 2 == keys.size())
    hint = fmt::format("; a block is added whole: {}={{{}: {}}}", fmt::join(keys.begin(), keys.end() - 1, "."),
                       keys.back(), value);
  return fmt::format("unknown key '{}'{}", keys[k], hint);
}

void apply_one(Node& root, const Override& change) {
  auto line = std::make_shared<const base::Source>(base::Source{"--set", change.path + "=" + change.value});
  uint32_t column = 1;
  Node* at = &root;
  std::vector<std::string> keys = split(change.path);
  for (size_t k = 0; k < keys.size(); ++k) {
    base::Span span{line, 1, column, static_cast<uint32_t>(keys[k].size())};
    column += static_cast<uint32_t>(keys[k].size()) + 1;
    if (at->kind != Node::Kind::Mapping)
      base::fail(span, fmt::format("'{}' has no fields", k ? keys[k - 1] : "the design"));
    if (k + 1 == keys.size()) {
      Node value = scalar("", {line, 1, column, static_cast<uint32_t>(change.value.size())});
      if (!change.value.empty()) {
        Node parsed = parse_yaml(
            std::make_shared<const base::Source>(base::Source{"--set " + change.path, change.value}));
        base::Span where = value.span;
        value = std::move(parsed);
        if (value.kind == Node::Kind::Scalar) value.span = where;
      }
      at->set(keys[k], std::move(value), span);
    } else {
      Node* next = at->find(keys[k]);
      if (!next) base::fail(span, unknown_key(keys, k, change.value, at->keys()));
      at = next;
    }
  }
}

std::string from_text(const Node& from) {
  if (from.kind == Node::Kind::Scalar) return from.text;
  std::string out;
  for (const Node& item : from.items) out += (out.empty() ? "" : ", ") + item.text;
  return out;
}

class ProvenanceCheck {
 public:
  ProvenanceCheck(const Node& root, base::Diagnostics& d) : sources_(root.find("sources")), diagnostics_(d) {}

  void mapping_node(const Node& node, bool covered) {
    if (const Node* from = node.find("from")) {
      covered = true;
      check(node, *from);
    }
    for (const Member& m : node.members) {
      if (is_provenance_key(m.key)) continue;
      value(m.value, m.key_span, m.key, covered);
    }
  }

 private:
  void value(const Node& node, const base::Span& key, const std::string& name, bool covered) {
    if (node.kind == Node::Kind::Mapping) return mapping_node(node, covered);
    for (const Node& item : node.items) value(item, key, name, covered);
    const bool number = node.kind == Node::Kind::Scalar && !node.text.empty() && !node.defaulted &&
                        std::string_view("0123456789.<>~").find(node.text[0]) != std::string_view::npos;
    if (!number || covered || key.source == nullptr) return;
    if (said_.insert({key.line, key.column}).second) {
      diagnostics_.error(key, fmt::format("'{}' has no source; add 'from:' to its block", name));
    }
  }
  void check(const Node& node, const Node& from) {
    std::string source = from.kind == Node::Kind::List && !from.items.empty() ? from.items[0].text : from.text;
    if (source == "assumed") {
      if (!node.find("why")) diagnostics_.error(from.span, "'from: assumed' needs a 'why:'");
    } else if (!sources_ || !sources_->find(source)) {
      diagnostics_.error(
          from.span,
          fmt::format("'{}' is not listed under 'sources'{}", source,
                      base::did_you_mean(source, sources_ ? sources_->keys() : std::vector<std::string>{})));
    }
  }
  const Node* sources_;
  base::Diagnostics& diagnostics_;
  std::set<std::pair<uint32_t, uint32_t>> said_;  // a list is told once
};

}  // namespace

Override parse_override(const std::string& text) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    base::fail("--set", fmt::format("'{}' is not of the form KEY=VALUE", text));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Node load(const std::string& path, const std::vector<Override>& overrides) {
  Node root = parse_yaml(base::read_source(path));
  if (root.kind != Node::Kind::Mapping)
    base::fail(root.span, fmt::format("expected a mapping, found {}", describe(root)));
  resolve(root);
  apply(root, overrides);
  return root;
}

void apply(Node& root, const std::vector<Override>& overrides) {
  for (const Override& o : overrides) {
    apply_one(root, o);
    resolve(root);
  }
}

void check_provenance(const Node& root, base::Diagnostics& d) {
  ProvenanceCheck check(root, d);
  Node body = root;
  body.erase("sources");
  check.mapping_node(body, false);
}

std::string provenance_of(const Node& root, const std::string& path) {
  const Node* at = &root;
  const Node* from = root.find("from");
  for (const std::string& key : split(path)) {
    at = at->find(key);
    if (!at) break;
    if (const Node* nearer = at->find("from")) from = nearer;
  }
  return from ? from_text(*from) : "";
}

std::vector<Assumption> assumptions(const Node& root) {
  std::vector<Assumption> out;
  const std::function<void(const Node&, const std::string&)> walk = [&](const Node& at,
                                                                        const std::string& path) {
    const Node *from = at.find("from"), *why = at.find("why"), *value = at.find("value");
    if (from && from_text(*from) == "assumed")
      out.push_back({path, value ? text_of(*value) : "", why ? why->text : ""});
    for (const Member& m : at.members) {
      if (!is_provenance_key(m.key)) walk(m.value, path.empty() ? m.key : path + "." + m.key);
    }
  };
  walk(root, "");
  return out;
}

}  // namespace ohmweave::config
