// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/baseline_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/config/annotations.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/report/numbers.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

std::string seconds_text(double s) { return units::print(units::Time::from_si(s)); }

/// "by the model +12 %": how much longer the model takes.
std::string difference_text(const Comparison& c) { return fmt::format("{:+.1f} %", 100 * c.difference()); }

std::string remark(const Comparison& c) {
  if (c.measured.anchor) return "its efficiency is from here";
  return c.measured.differs.empty() ? "" : "differs: " + c.measured.differs;
}

/// Figures of the file under their keys, sections of assumptions under theirs.
void add_figures(const config::Node& file, const config::Node& plain, const std::string& path, Table& t) {
  for (const config::Member& m : plain.members) {
    const std::string key = path.empty() ? m.key : path + "." + m.key;
    if (config::is_provenance_key(m.key) || m.key == "sources" || m.key == "measured" || m.key == "format")
      continue;
    if (m.value.kind == config::Node::Kind::Mapping) {
      add_figures(file, m.value, key, t);
      continue;
    }
    const config::Node* own = &file;
    for (size_t at = 0; own != nullptr && at < key.size();) {
      const size_t dot = std::min(key.find('.', at), key.size());
      own = own->find(key.substr(at, dot - at));
      at = dot + 1;
    }
    std::string more;
    for (const char* word : {"why", "note"}) {
      const config::Node* text = own != nullptr ? own->find(word) : nullptr;
      if (text != nullptr) more += ": " + text->text;
    }
    const bool number = !m.value.text.empty() && std::isdigit(static_cast<unsigned char>(m.value.text[0])) != 0;
    t.add({key, config::text_of(m.value), number ? config::provenance_of(file, key) + more : ""});
  }
}

void add_measured(const Baseline& b, const Style& style, int columns, std::string& out) {
  const std::vector<Comparison> all = comparisons(b);
  if (all.empty()) return;
  Table t({{"measured", Align::Left},
           {"batch"},
           {"pass", Align::Left},
           {"software", Align::Left},
           {"time"},
           {"model"},
           {""},
           {"from", Align::Left, true},
           {"", Align::Left, true}});
  for (const Comparison& c : all) {
    const Measured& m = c.measured;
    t.add({m.network, std::to_string(m.batch), std::string(config::word_of(m.pass)),
           m.software + (m.version.empty() ? "" : " (" + m.version + ")"), seconds_text(m.seconds()),
           seconds_text(c.model_s), difference_text(c), m.from, remark(c)});
  }
  out += "\n" + t.text(style, 2, columns);
  if (auto factor = spread(b, all, b.pass))
    out += "  " +
           style.dim(
               fmt::format("with {}, the model is up to {:.2f} times off what it was not fitted to ({} pass)",
                           b.software, *factor, config::word_of(b.pass))) +
           "\n";
}

}  // namespace

std::string baseline_text(const Baseline& b, const Style& style, int columns) {
  const Peak peak = b.machine->peak();
  std::string out =
      fmt::format("{}  {}\n\n  peak {}, {}{}\n\n", style.bold(b.name), b.title, in_unit(peak.ops_per_s, "TOPS"),
                  units::print(units::Power::from_si(peak.power_W)),
                  peak.area_m2 ? ", " + in_unit(*peak.area_m2, "mm^2") : "");
  Table figures({{"figure", Align::Left}, {"", Align::Left}, {"from", Align::Left, true}});
  config::Node plain = config::without_annotations(b.file);
  add_figures(b.file, plain, "", figures);
  out += figures.text(style, 2, columns);
  add_measured(b, style, columns, out);
  if (const config::Node* sources = b.file.find("sources")) {
    Table t({{"source", Align::Left}, {"", Align::Left, true}});
    for (const config::Member& m : sources->members) t.add({m.key, config::text_of(m.value)});
    out += "\n" + t.text(style, 2, columns);
  }
  return out;
}

nlohmann::ordered_json comparison_json(const Comparison& c) {
  const Measured& m = c.measured;
  nlohmann::ordered_json out;
  out["network"] = m.network;
  out["batch"] = m.batch;
  out["pass"] = config::word_of(m.pass);
  out["software"] = m.software;
  out["version"] = m.version;
  out["time_s"] = number(m.seconds());
  out["model_time_s"] = number(c.model_s);
  out["difference"] = number(c.difference());
  out["anchor"] = m.anchor;
  out["differs"] = m.differs;
  out["from"] = m.from;
  return out;
}

}  // namespace ohmweave::report
