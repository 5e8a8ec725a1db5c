// SPDX-License-Identifier: Apache-2.0
// Networks as text: layer lists without weights (docs/network_format.md).
#include "ohmweave/network/text.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "ohmweave/base/files.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/text_blocks.h"
#include "ohmweave/network/text_layers.h"
#include "ohmweave/network/text_values.h"

namespace ohmweave::network {
namespace {

using config::defaulted;
using config::required;

struct Document {
  std::string name;
  std::optional<Sample> input;
  static constexpr auto fields() {
    return std::tuple(required("name", &Document::name, "what reports call the network"),
                      defaulted("input", &Document::input, "extents of one sample: channels first"));
  }
};

std::vector<std::string> layer_words() {
  std::vector<std::string> words{"repeat", "block", "input"};
  for (const LayerKind& k : layer_kinds()) words.emplace_back(k.word);
  return words;
}

struct Repeat {
  int64_t times = 1;
  static constexpr auto fields() {
    return std::tuple(
        required("times", &Repeat::times, "how often the layers follow each other").within(1, 1000));
  }
};

/// Reads a list of layers into a graph. After the first error nothing is added any more, but reading goes on,
/// so that all errors come out at once.
class Reader {
 public:
  Reader(Graph& graph, std::vector<Block> blocks, base::Diagnostics& d)
      : graph_(graph), blocks_(std::move(blocks)), known_blocks_(blocks_.size()), d_(d) {}

  void read(config::Node& layers) {
    last_ = graph_.inputs[0];
    scopes_.emplace_back();
    for (ValueId v : graph_.inputs) scopes_.back().emplace(graph_.value(v).name, v);
    read_scope(layers);
    if (!d_.has_errors()) graph_.outputs = {last_};
    for (const Block& block : blocks_) {
      if (!block.is_used && !d_.has_errors())
        d_.error(block.span, fmt::format("block '{}' stands nowhere in the network", block.name));
    }
  }

 private:
  /// Names known in a list of layers; `input` is what the list as a whole reads.
  using Scope = std::map<std::string, ValueId>;
  static constexpr size_t kMostDepth = 16, kMostLayers = 10000;

  /// A list of layers: the network's, a block's, or one round of a repeat.
  void read_scope(config::Node& layers) {
    bool is_list = layers.kind == config::Node::Kind::List;
    if (!is_list || layers.items.empty()) {
      d_.error(layers.span,
               fmt::format("expected a list of layers, found {}", is_list ? "none" : config::describe(layers)));
      return;
    }
    if (scopes_.size() > kMostDepth) {
      d_.error(layers.span, fmt::format("blocks stand in blocks more than {} deep", kMostDepth));
      return;
    }
    scopes_.push_back({{"input", last_}});
    for (config::Node& item : layers.items) read_item(item);
    scopes_.pop_back();
  }

  /// `- word`, `- word: value` or `- word: {parameters}`.
  void read_item(config::Node& item) {
    // Blocks of blocks may stand for more than anybody can read, or be wrong each time.
    constexpr size_t kMostMessages = 200;
    if (is_full_ || d_.all().size() > kMostMessages) return;
    config::Node none = config::mapping(item.span);
    if (item.kind == config::Node::Kind::Scalar && !item.text.empty())
      return read_layer(item.text, item.span, none);
    if (item.kind != config::Node::Kind::Mapping || item.members.size() != 1) {
      d_.error(
          item.span,
          fmt::format("expected a layer such as '- relu' or '- conv: {{channels: 64, kernel: 3}}', found {}",
                      config::describe(item)));
      if (item.kind == config::Node::Kind::Mapping && item.members.size() > 1) {
        d_.note(item.members[1].key_span,
                "parameters of a layer are indented below it, or stand in braces after it");
      }
      return;
    }
    config::Member& member = item.members[0];
    none.span = member.key_span;
    bool empty =
        member.value.kind == config::Node::Kind::Scalar && member.value.text.empty() && !member.value.quoted;
    config::Node& arguments = empty ? none : member.value;
    if (member.key == "block") return read_scope(member.value);
    if (member.key == "repeat") return read_repeat(arguments);
    read_layer(member.key, member.key_span, arguments);
  }

  void read_repeat(config::Node& arguments) {
    Repeat repeat;
    if (!config::read(arguments, repeat, d_, {"layers"})) repeat.times = 1;
    if (arguments.kind != config::Node::Kind::Mapping) return;
    config::Node* layers = arguments.find("layers");
    if (layers == nullptr) {
      d_.error(arguments.span, "key 'layers' is missing (the layers to repeat)");
      return;
    }
    for (int64_t k = 0; k < repeat.times && (k == 0 || !d_.has_errors()); ++k) {
      config::Node round = *layers;  // reading fills in defaults
      read_scope(round);
    }
  }

  /// A block by name. Its layers are called after it; the blocks it uses are among those before it.
  void read_block(size_t index, const base::Span& span, const config::Node& arguments) {
    blocks_[index].is_used = true;
    config::Node placement = config::mapping(span);
    Placement place;
    std::optional<config::Node> layers = blocks_[index].with(arguments, placement, d_);
    for (config::Member& m : placement.members)
      config::decode_text(m.value, m.key == "name" ? place.name : place.from, d_);
    if (!place.from.empty()) last_ = find(place.from, placement, "from");
    if (layers) {
      const size_t known = std::exchange(known_blocks_, index);
      const std::string prefix = std::exchange(prefix_, unique(place, blocks_[index].name) + ".");
      const size_t said = d_.all().size();
      read_scope(*layers);
      if (d_.all().size() > said)
        d_.note(span, fmt::format("in block '{}', which stands here", blocks_[index].name));
      prefix_ = prefix;
      known_blocks_ = known;
    }
    if (!place.name.empty()) define(place.name, last_, placement);
  }

  void read_layer(const std::string& word, const base::Span& span, config::Node& arguments) {
    for (size_t k = 0; k < known_blocks_; ++k) {
      if (blocks_[k].name == word) return read_block(k, span, arguments);
    }
    const auto& kinds = layer_kinds();
    auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const LayerKind& k) { return k.word == word; });
    if (kind == kinds.end()) return report_unknown(word, span);
    if (arguments.kind != config::Node::Kind::Mapping && !kind->alone.empty()) {
      config::Node alone = config::mapping(arguments.span);
      alone.set(std::string(kind->alone), std::move(arguments), arguments.span);
      arguments = std::move(alone);
    }
    Placement placement;
    LayerBuild build;
    bool good = kind->read(arguments, d_, placement, build);
    ValueId result = last_;
    ValueId from = placement.from.empty() ? last_ : find(placement.from, arguments, "from");
    std::vector<ValueId> with;
    for (const std::string& name : placement.operands)
      with.push_back(find(name, arguments, placement.operands_key));
    if (good && !d_.has_errors()) result = add(build, unique(placement, word), from, with, span);
    if (!placement.name.empty()) define(placement.name, result, arguments);
    last_ = result;
  }

  ValueId add(const LayerBuild& build, const std::string& name, ValueId from, const std::vector<ValueId>& with,
              const base::Span& span) {
    if (graph_.nodes.size() >= kMostLayers) {
      if (!is_full_) d_.error(span, fmt::format("more than {} layers", kMostLayers));
      is_full_ = true;
      return last_;
    }
    try {
      LayerSite site(graph_, name, from);
      return build(site, with);
    } catch (const DoesNotFit& problem) {
      d_.error(span, fmt::format("'{}' does not fit: {}", name, problem.what()));
    } catch (const base::Failure& failure) {  // of the graph, which knows no positions
      d_.error(span, failure.diagnostics().all()[0].message);
    }
    return last_;
  }

  void report_unknown(const std::string& word, const base::Span& span) {
    std::vector<std::string> words{"repeat", "block"};
    for (size_t k = 0; k < known_blocks_; ++k) words.push_back(blocks_[k].name);
    for (const LayerKind& k : layer_kinds()) words.emplace_back(k.word);
    std::string hint = base::did_you_mean(word, words), list;
    for (const std::string& w : words) list += (list.empty() ? "; known: " : ", ") + w;
    d_.error(span, fmt::format("unknown layer '{}'{}", word, hint.empty() ? list : hint));
  }

  ValueId find(const std::string& name, const config::Node& arguments, std::string_view key) {
    std::vector<std::string> known;
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      auto found = scope->find(name);
      if (found != scope->end()) return found->second;
      for (const auto& [other, value] : *scope) known.push_back(other);
    }
    const config::Node* where = arguments.find(key);
    d_.error(where ? where->span : arguments.span,
             fmt::format("no layer before this one is called '{}'{}", name, base::did_you_mean(name, known)));
    return last_;
  }

  void define(const std::string& name, ValueId value, const config::Node& arguments) {
    if (scopes_.back().emplace(name, value).second) return;
    bool reserved = name == "input";
    d_.error(arguments.find("name")->span, reserved
                                               ? "'input' is what the list of layers reads; choose another name"
                                               : fmt::format("two layers of this list are called '{}'", name));
  }

  /// A name no other node has: what the layer is called, or its word with a number.
  std::string unique(const Placement& placement, const std::string& word) {
    std::string wish = prefix_ + placement.name;
    if (placement.name.empty()) wish = fmt::format("{}{}{}", prefix_, word, ++counts_[prefix_ + word]);
    std::string name = wish;
    while (!taken_.insert(name).second) name = fmt::format("{}.{}", wish, 1 + ++counts_[wish]);
    return name;
  }

  Graph& graph_;
  bool is_full_ = false;  // more layers than there may be
  std::vector<Block> blocks_;
  size_t known_blocks_;  // of them, those before the one that is being placed
  base::Diagnostics& d_;
  std::string prefix_;  // of names: the block that is being placed
  std::vector<Scope> scopes_;
  std::map<std::string, int64_t> counts_;
  std::set<std::string> taken_;
  ValueId last_ = kNoValue;
};

/// The inputs of a network: `input`, or several by name in `inputs`. The extents of the first, and of those
/// that are like it, may be others than the file says.
class Inputs {
 public:
  Inputs(Graph& graph, const tensor::Shape& first, base::Diagnostics& d)
      : graph_(graph), first_(first), d_(d) {}

  void read(const config::Node& root, const std::optional<Sample>& single) {
    const config::Node* several = root.find("inputs");
    if (single && several != nullptr) {
      d_.error(several->span, "either 'input' or 'inputs': one sample, or several by name");
    } else if (single) {
      add("input", *single);
    } else if (several != nullptr) {
      read_several(*several);
    } else if (root.find("input") == nullptr && root.kind == config::Node::Kind::Mapping) {
      d_.error(root.span, "key 'input' is missing (extents of one sample: channels first)");
    }
    if (graph_.inputs.empty()) add("input", {});
  }

 private:
  void read_several(const config::Node& inputs) {
    if (inputs.kind != config::Node::Kind::Mapping || inputs.members.empty())
      d_.error(inputs.span, fmt::format("expected inputs by name, found {}", config::describe(inputs)));
    for (const config::Member& m : inputs.members) {
      Sample sample;
      if (m.key == "input" && !graph_.inputs.empty()) {
        d_.error(m.key_span, "'input' is the first input; choose another name");
      } else if (m.value.kind == config::Node::Kind::Scalar && !like(m.value, sample)) {
        continue;
      } else if (m.value.kind == config::Node::Kind::Scalar ||
                 config::Value<Sample>::decode(m.value, sample, d_)) {
        add(m.key, std::move(sample));
      }
    }
  }

  /// `segments: tokens`: what an input before this one is.
  bool like(const config::Node& name, Sample& sample) {
    std::vector<std::string> known;
    for (ValueId v : graph_.inputs) {
      const Value& other = graph_.value(v);
      if (other.name == name.text) {
        sample = {{other.shape.begin() + 1, other.shape.end()}, other.element == tensor::Element::Int64};
        return true;
      }
      known.push_back(other.name);
    }
    d_.error(name.span, fmt::format("no input before this one is called '{}'{}", name.text,
                                    base::did_you_mean(name.text, known)));
    return false;
  }

  void add(const std::string& name, Sample sample) {
    if (graph_.inputs.empty() && !first_.empty()) sample.extents = first_;
    Value value;
    value.name = name;
    if (sample.is_tokens) value.element = tensor::Element::Int64;
    value.shape = std::move(sample.extents);
    value.shape.insert(value.shape.begin(), 1);
    graph_.inputs.push_back(graph_.add_value(std::move(value)));
  }

  Graph& graph_;
  const tensor::Shape& first_;
  base::Diagnostics& d_;
};

}  // namespace

Graph read_text(std::shared_ptr<const base::Source> source, const tensor::Shape& sample) {
  config::Node root = config::parse_yaml(std::move(source));
  base::Diagnostics d;
  Document document;
  config::read(root, document, d, {"inputs", "blocks", "layers"});
  config::Node* layers = root.find("layers");
  if (root.kind == config::Node::Kind::Mapping && layers == nullptr)
    d.error(root.span, "key 'layers' is missing (the list of layers)");
  Graph graph;
  graph.name = document.name;
  Inputs(graph, sample, d).read(root, document.input);
  std::vector<Block> blocks;
  if (config::Node* section = root.find("blocks")) blocks = read_blocks(*section, layer_words(), d);
  if (layers != nullptr) Reader(graph, std::move(blocks), d).read(*layers);
  d.stop_if_errors();
  return graph;
}

Graph read_text(const std::string& path, const tensor::Shape& sample) {
  return read_text(base::read_source(path), sample);
}

}  // namespace ohmweave::network
