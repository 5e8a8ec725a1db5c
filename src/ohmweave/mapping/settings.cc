// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/settings.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "ohmweave/config/annotations.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/mapping/phases.h"

namespace ohmweave::mapping {
namespace {

using circuit::Verb;

std::vector<std::string> node_paths(const machine::Machine& machine, bool components) {
  std::vector<std::string> out;
  for (const machine::Node* n : machine.nodes()) {
    if ((n->component != nullptr) == components) out.push_back(n->path);
  }
  return out;
}

class Checker {
 public:
  Checker(const machine::Machine& machine, base::Diagnostics& d) : machine_(machine), diagnostics_(d) {}

  bool component(const std::string& path, const base::Span& span) {
    const machine::Node* node = machine_.find(path);
    if (node && node->component) return true;
    diagnostics_.error(span, fmt::format("the machine has no component '{}'{}", path,
                                         base::did_you_mean(path, node_paths(machine_, true))));
    return false;
  }
  void computes(const std::string& path, const base::Span& span) {
    if (!component(path, span)) return;
    const circuit::Component& unit = *machine_.find(path)->component;
    if (unit.action(Verb::Add) || unit.action(Verb::Apply) || unit.action(Verb::Compare)) return;
    diagnostics_.error(span, fmt::format("'{}' computes nothing", path));
  }
  void phase(const config::Node& pipeline, const char* name) {
    const config::Node* phase = pipeline.find(name);
    const config::Node* through = phase ? phase->find("through") : nullptr;
    if (!through) return;
    for (const config::Node& item : through->items) {
      if (!component(item.text, item.span)) continue;
      const bool source = &item == &through->items.front();
      if (!action_for(*machine_.find(item.text)->component, {source ? Verb::Read : Verb::Write}, source))
        diagnostics_.error(item.span, fmt::format("'{}' neither keeps, moves nor computes values", item.text));
    }
  }
  /// A phase that is a stage of its own takes time.
  void passes_something(const config::Node& pipeline, const char* name) {
    const config::Node* phase = pipeline.find(name);
    const config::Node* through = phase ? phase->find("through") : nullptr;
    if (through && through->kind == config::Node::Kind::List && through->items.empty())
      diagnostics_.error(through->span, fmt::format("'{}' passes no component; leave it out", name));
  }
  /// A list of paths of components that move bytes.
  void way(const config::Node& section, const char* name) {
    const config::Node* part = section.find(name);
    const config::Node* through = part != nullptr ? part->find("through") : nullptr;
    if (!through) return;
    for (const config::Node& item : through->items) {
      if (!component(item.text, item.span)) continue;
      const auto& actions = machine_.find(item.text)->component->actions();
      const bool bytes =
          std::any_of(actions.begin(), actions.end(), [](const auto& a) { return a.unit == "byte"; });
      if (!bytes) diagnostics_.error(item.span, fmt::format("'{}' moves no bytes", item.text));
    }
  }
  /// A group that holds `inner`, or is it; `what` says what `inner` is.
  bool group(const config::Node& section, const char* key, const std::string& path, const machine::Node* inner,
             std::string_view what) {
    const machine::Node* node = machine_.find(path);
    bool holds = false;
    for (const machine::Node* n = inner; node && n; n = n->parent) holds |= n == node;
    if (holds && !node->component) return true;
    diagnostics_.error(section.find(key)->span,
                       fmt::format("'{}' is no group of the machine that holds {}{}", path, what,
                                   base::did_you_mean(path, node_paths(machine_, false))));
    return false;
  }
  void groups(const config::Node& section, const Settings& settings) {
    if (!group(section, "place", settings.place, &machine_.arrays(), "its arrays")) return;
    const machine::Node* place = machine_.find(settings.place);
    const std::string what = fmt::format("'{}', in which layers are placed", settings.place);
    if (!settings.sample_group.empty()) group(section, "sample_group", settings.sample_group, place, what);
    if (!settings.serial_group.empty()) group(section, "serial_group", settings.serial_group, place, what);
  }

 private:
  const machine::Machine& machine_;
  base::Diagnostics& diagnostics_;
};

void read_digital(const config::Node& section, Settings& settings, Checker& check, base::Diagnostics& d) {
  const config::Node* digital = section.find("digital");
  if (!digital) return;
  std::map<std::string, network::Op> words;
  for (int op = 0; op <= static_cast<int>(network::Op::LocalConv); ++op)
    words[word_of_operator(static_cast<network::Op>(op))] = static_cast<network::Op>(op);
  std::vector<std::string> known;
  for (const auto& [word, op] : words) known.push_back(word);
  for (const config::Member& m : digital->members) {
    if (config::is_provenance_key(m.key)) continue;
    if (!words.count(m.key))
      d.error(m.key_span, fmt::format("unknown operator '{}'{}", m.key, base::did_you_mean(m.key, known)));
    check.computes(m.value.text, m.value.span);
    settings.digital[m.key] = m.value.text;
  }
}

}  // namespace

std::string word_of_operator(network::Op op) {
  std::string out;
  std::string name = network::name_of(op);
  for (size_t k = 0; k < name.size();
       ++k) {  // "GlobalMaxPool" -> "global_max_pool", "PRelu" -> "prelu", "LRN" -> "lrn"
    bool upper = std::isupper(static_cast<unsigned char>(name[k])) != 0;
    bool after_lower = k > 0 && std::islower(static_cast<unsigned char>(name[k - 1])) != 0;
    if (upper && after_lower) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(name[k])));
  }
  return out;
}

Settings read_settings(const machine::Machine& machine, config::Node* resolved) {
  base::Diagnostics d;
  Settings settings;
  const config::Node* section = machine.design.find("mapping");
  if (!section)
    base::fail(machine.design.span, "key 'mapping' is missing: how networks come onto this machine");
  config::Node copy = config::without_annotations(*section);
  if (config::read(copy, settings, d, {"digital"})) {
    Checker check(machine, d);
    check.groups(copy, settings);
    const config::Node& pipeline = *copy.find("pipeline");
    for (const char* phase : {"load", "fetch", "merge", "activate", "store", "send"})
      check.phase(pipeline, phase);
    for (const char* phase : {"load", "send"}) check.passes_something(pipeline, phase);
    if (settings.schedule == Schedule::Lockstep && !settings.pipeline.send)
      d.error(copy.find("schedule")->span,
              "layers in lockstep compute, then send: the design has no 'pipeline.send'");
    for (const char* part : {"programming", "morph"}) check.way(copy, part);
    read_digital(copy, settings, check, d);
  }
  d.stop_if_errors();
  if (!resolved) return settings;
  *resolved = *section;
  config::add_defaults(*resolved, copy);
  return settings;
}

}  // namespace ohmweave::mapping
