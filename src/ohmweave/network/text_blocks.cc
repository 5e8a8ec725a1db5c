// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/text_blocks.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "ohmweave/config/fields.h"

namespace ohmweave::network {
namespace {

using config::Node;
using Given = std::map<std::string, const Node*>;

bool belongs_to_the_place(const std::string& key) { return key == "name" || key == "from"; }

/// Puts values in the place of `$name`, everywhere below a node.
void substitute(Node& node, const Given& given, base::Diagnostics& d) {
  for (Node& item : node.items) substitute(item, given, d);
  for (config::Member& member : node.members) substitute(member.value, given, d);
  if (node.kind != Node::Kind::Scalar || node.quoted || node.text.empty() || node.text[0] != '$') return;
  const std::string name = node.text.substr(1);
  auto found = given.find(name);
  if (found != given.end()) {
    node = *found->second;
    return;
  }
  std::vector<std::string> known;
  for (const auto& [parameter, value] : given) known.push_back(parameter);
  d.error(node.span,
          fmt::format("'{}' is no parameter of this block{}", name, base::did_you_mean(name, known)));
}

/// `[channels, {stride: 1}]`: names, and names with a default.
std::vector<BlockParameter> read_parameters(const Node& list, base::Diagnostics& d) {
  std::vector<BlockParameter> out;
  if (list.kind != Node::Kind::List)
    d.error(list.span, fmt::format("expected a list of parameters, found {}", config::describe(list)));
  for (const Node& item : list.items) {
    BlockParameter parameter;
    if (item.kind == Node::Kind::Scalar) {
      parameter.name = item.text;
    } else if (item.kind == Node::Kind::Mapping && item.members.size() == 1) {
      parameter = {item.members[0].key, item.members[0].value};
    }
    if (parameter.name.empty()) {
      d.error(item.span, fmt::format("expected a parameter such as 'channels' or '{{stride: 1}}', found {}",
                                     config::describe(item)));
    } else if (belongs_to_the_place(parameter.name) || parameter.name == "input") {
      d.error(item.span, fmt::format("every block has '{}'; choose another name", parameter.name));
    } else if (std::any_of(out.begin(), out.end(),
                           [&](const BlockParameter& p) { return p.name == parameter.name; })) {
      d.error(item.span, fmt::format("two parameters are called '{}'", parameter.name));
    } else {
      out.push_back(std::move(parameter));
    }
  }
  return out;
}

Block read_block(config::Member& member, base::Diagnostics& d) {
  Block block;
  block.name = member.key;
  block.span = member.key_span;
  if (member.value.kind == Node::Kind::List) {  // no parameters: the layers alone
    block.layers = std::move(member.value);
    return block;
  }
  if (member.value.kind != Node::Kind::Mapping) {
    d.error(member.value.span, fmt::format("expected the layers of block '{}', found {}", block.name,
                                           config::describe(member.value)));
    return block;
  }
  for (config::Member& part : member.value.members) {
    if (part.key == "parameters") {
      block.parameters = read_parameters(part.value, d);
    } else if (part.key == "layers") {
      block.layers = std::move(part.value);
    } else {
      config::report_unknown_key(part, {"parameters", "layers"}, d);
    }
  }
  if (member.value.find("layers") == nullptr)
    d.error(member.key_span, "key 'layers' is missing (the layers of the block)");
  return block;
}

}  // namespace

std::optional<Node> Block::with(const Node& given, Node& placement, base::Diagnostics& d) const {
  Given values;
  std::vector<std::string> known;
  for (const BlockParameter& p : parameters) {
    known.push_back(p.name);
    if (p.preset) values[p.name] = &*p.preset;
  }
  bool good = true;
  if (given.kind != Node::Kind::Mapping) {
    if (parameters.empty()) {
      d.error(given.span, fmt::format("block '{}' has no parameters", name));
      return std::nullopt;
    }
    values[parameters[0].name] = &given;
  }
  for (const config::Member& member : given.members) {
    if (belongs_to_the_place(member.key)) {
      placement.set(member.key, member.value, member.key_span);
    } else if (std::find(known.begin(), known.end(), member.key) != known.end()) {
      values[member.key] = &member.value;
    } else {
      std::vector<std::string> all = known;
      all.insert(all.end(), {"name", "from"});
      config::report_unknown_key(member, all, d);
      good = false;
    }
  }
  for (const std::string& parameter : known) {
    if (values.count(parameter) > 0) continue;
    d.error(given.span, fmt::format("block '{}' needs '{}'", name, parameter));
    good = false;
  }
  if (!good) return std::nullopt;
  Node filled = layers;
  substitute(filled, values, d);
  return filled;
}

std::vector<Block> read_blocks(Node& section, const std::vector<std::string>& words, base::Diagnostics& d) {
  std::vector<Block> out;
  if (section.kind != Node::Kind::Mapping)
    d.error(section.span, fmt::format("expected blocks by name, found {}", config::describe(section)));
  for (config::Member& member : section.members) {
    if (std::find(words.begin(), words.end(), member.key) != words.end())
      d.error(member.key_span, fmt::format("'{}' is the word of a layer; choose another name", member.key));
    out.push_back(read_block(member, d));
  }
  return out;
}

}  // namespace ohmweave::network
