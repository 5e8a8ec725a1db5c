// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/node.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ohmweave::config {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; }

bool needs_quotes(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return true;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos) return true;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return true;
  if (text.find_first_of("\",[]{}") != std::string_view::npos) return true;
  if (std::any_of(text.begin(), text.end(), is_control)) return true;
  return text == "~" || text == "null" || text == "Null" || text == "NULL" || text == "<<";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string scalar_text(const Node& node) {
  if (!node.quoted && node.text.empty()) return "~";
  return node.quoted || needs_quotes(node.text) ? quoted(node.text) : node.text;
}

bool flat(const Node& node) {  // short enough to stand on one line
  auto is_scalar = [](const Node& n) { return n.kind == Node::Kind::Scalar; };
  return node.kind == Node::Kind::List ? std::all_of(node.items.begin(), node.items.end(), is_scalar)
                                       : node.members.empty();
}

void write(const Node& node, int indent, std::string& out) {
  std::string pad(static_cast<size_t>(indent), ' ');
  if (node.kind == Node::Kind::Mapping) {
    for (const Member& m : node.members) {
      out += pad + (needs_quotes(m.key) ? quoted(m.key) : m.key) + ":";
      if (m.value.kind == Node::Kind::Scalar || flat(m.value)) {
        out += ' ';
        write(m.value, 0, out);
      } else {
        out += '\n';
        write(m.value, indent + 2, out);
      }
    }
    if (node.members.empty()) out += "{}\n";
  } else if (node.kind == Node::Kind::List && flat(node)) {
    out += '[';
    for (size_t k = 0; k < node.items.size(); ++k) out += (k ? ", " : "") + scalar_text(node.items[k]);
    out += "]\n";
  } else if (node.kind == Node::Kind::List) {
    for (const Node& item : node.items) {
      if (item.kind == Node::Kind::Scalar || flat(item)) {
        out += pad + "- ";
        write(item, 0, out);
      } else {
        std::string inner;
        write(item, indent + 2, inner);
        inner.replace(static_cast<size_t>(indent), 2, "- ");
        out += inner;
      }
    }
  } else {
    out += scalar_text(node) + '\n';
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Member& m : members) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

Node& Node::set(std::string key, Node value, base::Span key_span) {
  for (Member& m : members) {
    if (m.key == key) {
      if (key_span.source) m.key_span = std::move(key_span);
      return m.value = std::move(value);
    }
  }
  members.push_back({std::move(key), std::move(key_span), std::move(value)});
  return members.back().value;
}

void Node::erase(std::string_view key) {
  std::erase_if(members, [&](const Member& m) { return m.key == key; });
}

std::vector<std::string> Node::keys() const {
  std::vector<std::string> out;
  for (const Member& m : members) out.push_back(m.key);
  return out;
}

Node scalar(std::string text, base::Span span) {
  Node n;
  n.text = std::move(text);
  n.span = std::move(span);
  return n;
}

Node mapping(base::Span span) {
  Node n;
  n.kind = Node::Kind::Mapping;
  n.span = std::move(span);
  return n;
}

std::string write_yaml(const Node& node) {
  std::string out;
  write(node, 0, out);
  return out;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Mapping:
      return "a mapping";
    case Node::Kind::List:
      return "a list";
    case Node::Kind::Scalar:
      break;
  }
  return node.text.empty() ? "nothing" : fmt::format("'{}'", node.text);
}

}  // namespace ohmweave::config
