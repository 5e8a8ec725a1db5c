// SPDX-License-Identifier: Apache-2.0
// The only file of the project that knows yaml-cpp. We listen to its events rather than use its tree, because
// the tree accepts duplicate keys (the first wins, silently), aliases and tags.
#include <optional>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "ohmweave/config/node.h"

namespace ohmweave::config {
namespace {

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::shared_ptr<const base::Source> source) : source_(std::move(source)) {
    size_t at = 0;
    while (at <= source_->text.size()) {
      lines_.push_back(at);
      size_t end = source_->text.find('\n', at);
      if (end == std::string::npos) break;
      at = end + 1;
    }
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases are not part of this format; write the value out");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(scalar("", span(mark, 1))); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    plain(mark, tag == "?" || tag == "!" ? "" : tag, anchor);
    char first = character(mark);
    bool quoted = first == '"' || first == '\'';
    Node n = scalar(value, span(mark, value.size() + (quoted ? 2 : 0)));
    n.quoted = quoted;
    add(std::move(n));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    plain(mark, tag, anchor);
    open(Node::Kind::List, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    plain(mark, tag, anchor);
    open(Node::Kind::Mapping, mark);
  }
  void OnMapEnd() override { close(); }

  base::Span span(const YAML::Mark& mark, size_t length) const {
    return {source_, static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1),
            static_cast<uint32_t>(length)};
  }
  std::optional<Node> root;
  base::Diagnostics diagnostics;

 private:
  struct Open {
    Node node;
    std::optional<Node> key;  // of a mapping: read, its value not yet
    std::set<std::string> seen;
  };

  char character(const YAML::Mark& mark) const {
    size_t line = static_cast<size_t>(mark.line);
    size_t at = line < lines_.size() ? lines_[line] + static_cast<size_t>(mark.column) : source_->text.size();
    return at < source_->text.size() ? source_->text[at] : '\0';
  }
  void refuse(const YAML::Mark& mark, std::string message) {
    diagnostics.error(span(mark, 1), std::move(message));
    add(scalar("", span(mark, 1)));
  }
  void plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0)
      diagnostics.error(span(mark, 1), "anchors are not part of this format; write the value out");
    if (!tag.empty() && tag != "?" && tag != "!")
      diagnostics.error(span(mark, 1), fmt::format("tags such as '{}' are not part of this format", tag));
  }
  void open(Node::Kind kind, const YAML::Mark& mark) {
    Node n;
    n.kind = kind;
    n.span = span(mark, 1);
    stack_.push_back({std::move(n), std::nullopt, {}});
  }
  void close() {
    Node done = std::move(stack_.back().node);
    stack_.pop_back();
    add(std::move(done));
  }
  void add(Node node) {
    if (stack_.empty()) {
      root = std::move(node);
      return;
    }
    Open& top = stack_.back();
    if (top.node.kind == Node::Kind::List) {
      top.node.items.push_back(std::move(node));
    } else if (!top.key) {
      if (node.kind != Node::Kind::Scalar)
        diagnostics.error(node.span, fmt::format("{} cannot be a key", describe(node)));
      if (node.text == "<<")
        diagnostics.error(node.span, "merge keys are not part of this format; write the values out");
      top.key = std::move(node);
    } else {
      Node key = std::move(*top.key);
      top.key.reset();
      if (!top.seen.insert(key.text).second)
        diagnostics.error(key.span, fmt::format("key '{}' given twice", key.text));
      top.node.members.push_back({key.text, key.span, std::move(node)});
    }
  }

  std::shared_ptr<const base::Source> source_;
  std::vector<size_t> lines_;
  std::vector<Open> stack_;
};

}  // namespace

Node parse_yaml(std::shared_ptr<const base::Source> source) {
  Builder builder(source);
  std::istringstream stream(source->text);
  try {
    YAML::Parser parser(stream);
    bool any = parser.HandleNextDocument(builder);
    if (!any || !builder.root) builder.diagnostics.error({source, 0, 0, 0}, "the file is empty");
    if (any && parser && parser.HandleNextDocument(builder))
      builder.diagnostics.error({source, 0, 0, 0}, "a file holds one document, this one holds several");
  } catch (const YAML::Exception& e) {
    builder.diagnostics.error(e.mark.is_null() ? base::Span{source, 0, 0, 0} : builder.span(e.mark, 1), e.msg);
  }
  builder.diagnostics.stop_if_errors();
  return std::move(*builder.root);
}

}  // namespace ohmweave::config
