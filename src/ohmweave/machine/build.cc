// SPDX-License-Identifier: Apache-2.0
// From the resolved design file to the tree of the machine: groups and components first, then the arrays, which
// look for their peripherals among them. All errors of the file are told at once.
#include <algorithm>
#include <cctype>
#include <set>

#include "ohmweave/array/kinds.h"
#include "ohmweave/config/annotations.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::machine {
namespace {

constexpr std::string_view kFormat = "ohmweave-design/1";
constexpr double kMostInstances = 1e15;

using Kind = config::Node::Kind;

bool is_identifier(std::string_view name) {
  auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

std::vector<std::string> kind_words() {
  std::vector<std::string> words;
  for (const array::Kind& k : array::kinds()) words.emplace_back(k.word);
  for (const circuit::Kind& k : circuit::kinds()) words.emplace_back(k.word);
  return words;
}

constexpr int64_t kMostCount = 1'000'000'000;

/// A count before its mapping has been read and checked; something harmless if it is wrong.
int64_t peek_count(const config::Node& node, std::string_view key) {
  base::Diagnostics ignored;
  int64_t n = 1;
  const config::Node* value = node.find(key);
  if (value == nullptr || !config::decode_integer(*value, n, ignored)) return 1;
  return std::clamp<int64_t>(n, 1, kMostCount);
}

class Builder {
 public:
  Builder(config::Node& design, const circuit::CostScale& scale, base::Diagnostics& d)
      : design_(design), scale_(scale), diagnostics_(d) {}

  void read(Machine& machine) {
    DesignSpec spec;
    std::vector<std::string> others{"sources", "chips", "mapping"};
    const std::vector<std::string> roots = find_roots(others);
    others.insert(others.end(), roots.begin(), roots.end());
    config::read(design_, spec, diagnostics_, others);
    if (config::Node* format = design_.find("format"); format != nullptr && spec.format != kFormat) {
      diagnostics_.error(format->span, fmt::format("the format of a design is {}", kFormat));
    }
    machine.name = spec.name;
    machine.title = spec.title;
    machine.technology = spec.technology;
    // What is out of range has been told; the arrays are still read, for what is wrong with them.
    machine.formats = {{std::clamp(spec.precision.input.value_or(16), 1, 16), !spec.precision.unsigned_inputs},
                       {std::clamp(spec.precision.weight.value_or(16), 1, 16), true},
                       spec.precision.floating};
    formats_ = machine.formats;
    machine.scales = spec.precision.scales;
    read_chips(machine.chips);
    if (roots.empty()) return;
    auto root = std::find_if(design_.members.begin(), design_.members.end(),
                             [&](const config::Member& m) { return m.key == roots.front(); });
    machine.root = part(*root, nullptr);
    for (auto& [node, place] : arrays_) make_array(*node, *place);
    if (arrays_.empty()) {
      std::string words;
      for (const array::Kind& k : array::kinds())
        words += fmt::format("{}{}", words.empty() ? "" : ", ", k.word);
      diagnostics_.error(root->key_span,
                         fmt::format("'{}' has no arrays to hold weights (kind: {})", root->key, words));
    }
  }

 private:
  /// The keys of the file that may be the machine: groups the head does not know. A likely misspelt key of the
  /// head stays unknown, unless it holds parts.
  std::vector<std::string> find_roots(std::vector<std::string> known) {
    for (const config::FieldInfo& f : describe_design()) known.push_back(f.name);
    std::vector<std::string> roots;
    for (const config::Member& m : design_.members) {
      if (m.value.kind != Kind::Mapping || config::is_provenance_key(m.key) ||
          std::find(known.begin(), known.end(), m.key) != known.end()) {
        continue;
      }
      if (!base::closest(m.key, known).empty() && !holds_parts(m.value)) continue;
      roots.push_back(m.key);
      if (roots.size() == 1) continue;
      diagnostics_.error(m.key_span,
                         fmt::format("'{}' would be a second machine beside '{}'; a design has one{}", m.key,
                                     roots[0], base::did_you_mean(m.key, known)));
    }
    if (roots.empty()) {
      diagnostics_.error(design_.span, "the design has no machine: a group such as 'chip' with its parts");
    }
    return roots;
  }
  static bool holds_parts(const config::Node& node) {
    return std::any_of(node.members.begin(), node.members.end(),
                       [](const config::Member& m) { return m.value.kind == Kind::Mapping; });
  }

  /// `chips: auto`, `chips: 4`, or `chips: {most: 16}` for auto with another limit.
  void read_chips(Chips& chips) {
    config::Node* node = design_.find("chips");
    if (node == nullptr) {
      config::Node preset = config::scalar("auto");
      preset.defaulted = true;
      design_.set("chips", std::move(preset));
      return;
    }
    if (node->kind == Kind::Scalar && node->text == "auto") return;
    const bool limit = node->kind == Kind::Mapping && node->find("most") != nullptr;
    if (node->kind != Kind::Scalar && !limit) {
      diagnostics_.error(node->span,
                         fmt::format("expected auto, a number of chips or {{most: NUMBER}}, found {}",
                                     config::describe(*node)));
      return;
    }
    int64_t& n = limit ? chips.most : chips.fixed;
    const config::Node& number = limit ? *node->find("most") : *node;
    if (!config::decode_integer(number, n, diagnostics_)) return;
    if (!config::in_range(static_cast<double>(n), 1, 1e6, false))
      config::report_out_of_range(number, config::describe_range(1, 1e6, false), diagnostics_);
  }

  std::unique_ptr<Node> part(config::Member& member, Node* parent) {
    auto place = std::make_unique<Node>();
    place->name = member.key;
    place->path = parent != nullptr ? parent->path + "." + member.key : member.key;
    place->parent = parent;
    place->span = member.key_span;
    if (!is_identifier(member.key)) {
      diagnostics_.error(
          member.key_span,
          fmt::format("'{}' is no name; letters, digits and _ make one, digits not first", member.key));
    }
    place->count = peek_count(member.value, "count");
    place->shared_by = peek_count(member.value, "shared_by");
    count_instances(*place);
    if (member.value.find("kind") != nullptr) {
      component(member.value, *place);
    } else {
      group(member, *place);
    }
    return place;
  }

  void count_instances(Node& place) {
    const int64_t around = place.parent != nullptr ? place.parent->instances : 1;
    const double all = static_cast<double>(around) * static_cast<double>(place.count);
    if (all > kMostInstances) {
      diagnostics_.error(place.span, fmt::format("{:.3g} instances of '{}' are more than a machine can have",
                                                 all, place.path));
      return;
    }
    place.instances = (around * place.count + place.shared_by - 1) / place.shared_by;
  }

  void group(config::Member& member, Node& place) {
    config::Node& node = member.value;
    std::vector<std::string> parts;
    for (const config::Member& m : node.members) {
      if (m.value.kind == Kind::Mapping && !config::is_provenance_key(m.key)) parts.push_back(m.key);
    }
    if (parts.empty()) {
      std::string hint;
      for (const config::Member& m : node.members) {
        if (hint.empty() && base::closest(m.key, {"kind"}) == "kind")
          hint = fmt::format("; did you mean 'kind' instead of '{}'?", m.key);
      }
      diagnostics_.error(member.key_span, fmt::format("'{}' has no 'kind' and no parts{}", member.key, hint));
      return;
    }
    GroupSpec spec;
    config::read(node, spec, diagnostics_, parts);
    for (config::Member& m : node.members) {
      if (m.value.kind == Kind::Mapping && !config::is_provenance_key(m.key))
        place.children.push_back(part(m, &place));
    }
  }

  void component(config::Node& node, Node& place) {
    const config::Node kind = *node.find("kind");  // a copy: reading adds members
    if (array::find_kind(kind.text) != nullptr) {
      arrays_.emplace_back(&node, &place);
      return;
    }
    const circuit::Kind* known = circuit::find_kind(kind.text);
    if (known == nullptr) {
      config::report_unknown_word(kind, "kind", kind_words(), diagnostics_);
    } else {
      std::shared_ptr<circuit::Component> made = known->make(node, diagnostics_);
      if (made) made->scale(scale_);
      place.component = std::move(made);
    }
    if (!place.component) failed_.emplace_back(kind.text);
  }

  class Around;
  void make_array(config::Node& node, Node& place);

  config::Node& design_;
  circuit::CostScale scale_;
  base::Diagnostics& diagnostics_;
  array::ProductFormats formats_;
  std::vector<std::pair<config::Node*, Node*>> arrays_;
  std::vector<std::string> failed_;  // kinds of components that could not be made: told already, not missing
};

/// The components around an array: those of its group, else of the nearest group above that has any.
class Builder::Around : public array::Surroundings {
 public:
  Around(const Builder& builder, const Node& place, base::Diagnostics& d)
      : builder_(builder), place_(place), diagnostics_(d) {}

  Found find(std::string_view what, Test test) const override {
    for (const Node* group = place_.parent; group != nullptr; group = group->parent) {
      const Node* found = nullptr;
      for (const auto& child : group->children) {
        if (!child->component || !test(*child->component)) continue;
        if (found != nullptr) {
          diagnostics_.error(child->span, fmt::format("'{}' needs one {}; '{}' and '{}' both are", place_.path,
                                                      what, found->path, child->path));
          return {};
        }
        found = child.get();
      }
      if (found != nullptr) {
        return {found->component, static_cast<double>(found->instances) / static_cast<double>(place_.instances),
                found->span};
      }
    }
    const bool told = std::any_of(builder_.failed_.begin(), builder_.failed_.end(),
                                  [&](const std::string& kind) { return what.starts_with(kind); });
    if (!told)
      diagnostics_.error(place_.span,
                         fmt::format("'{}' needs a {} in its group or one above", place_.path, what));
    return {};
  }

 private:
  const Builder& builder_;
  const Node& place_;
  base::Diagnostics& diagnostics_;
};

void Builder::make_array(config::Node& node, Node& place) {
  if (&place != arrays_.front().second) {
    diagnostics_.error(place.span, fmt::format("'{}' is a second kind of arrays beside '{}'; a design has one",
                                               place.path, arrays_.front().second->path));
  }
  const array::Kind& kind = *array::find_kind(node.find("kind")->text);
  if (formats_.floating && !kind.has_floats) {
    diagnostics_.error(design_.find("precision")->find("floating")->span,
                       fmt::format("a {} computes with whole numbers; give 'weight' and 'input'", kind.word));
    return;
  }
  array::Made made = kind.make(node, Around(*this, place, diagnostics_), formats_, diagnostics_);
  place.component = std::move(made.component);
  place.array = std::move(made.array);
}

void add_sources(Node& place, const config::Node& design) {
  place.source = config::provenance_of(design, place.path);
  for (auto& child : place.children) add_sources(*child, design);
}

}  // namespace

Machine build(config::Node design, const std::string& configuration, const circuit::CostScale& scale) {
  if (design.kind != Kind::Mapping)
    base::fail(design.span, fmt::format("expected a mapping, found {}", config::describe(design)));
  base::Diagnostics d;
  Machine machine;
  config::Node plain = config::without_annotations(design);
  Builder(plain, scale, d).read(machine);
  d.stop_if_errors();
  config::add_defaults(design, plain);
  add_sources(*machine.root, design);
  machine.configuration = configuration;
  machine.design = std::move(design);
  return machine;
}

std::vector<KindInfo> describe_kinds() {
  std::vector<KindInfo> out;
  for (const array::Kind& k : array::kinds())
    out.push_back({std::string(k.word), std::string(k.doc), true, k.describe()});
  for (const circuit::Kind& k : circuit::kinds())
    out.push_back({std::string(k.word), std::string(k.doc), false, k.describe()});
  return out;
}
std::vector<config::FieldInfo> describe_group() { return config::describe_fields<GroupSpec>(); }
std::vector<config::FieldInfo> describe_design() { return config::describe_fields<DesignSpec>(); }

}  // namespace ohmweave::machine
