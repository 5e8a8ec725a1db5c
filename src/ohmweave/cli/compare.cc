// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/compare.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/progress.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/machine/scaling.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

/// A term of --same or --iso: a word and what may stand after "=".
struct Term {
  std::string word;
  std::optional<std::string> value;
};
Term term_of(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// What --same holds equal: the first machine's, or what is said.
struct Same {
  bool technology = false, precision = false;
  std::optional<units::Length> node;
  std::optional<int64_t> bits;
};

/// A quantity above zero; `example` says what it should be.
template <class Q>
Q quantity(const char* option, const std::string& text, const char* example) {
  const std::optional<Q> value = units::parse<Q>(text);
  if (!value || !(value->si() > 0)) base::fail(option, fmt::format("'{}' is no {}", text, example));
  return *value;
}

Same read_same(const Arguments& arguments) {
  Same out;
  for (const std::string& text : arguments.pieces("--same")) {
    const Term term = term_of(text);
    if (term.word == "technology") {
      out.technology = true;
      if (term.value)
        out.node = quantity<units::Length>("--same", *term.value, "node; it should look like 22 nm");
    } else if (term.word == "precision") {
      out.precision = true;
      if (term.value) out.bits = static_cast<int64_t>(number_of("--same", *term.value));
    } else {
      const std::string hint = base::did_you_mean(term.word, {"technology", "precision"});
      base::fail("--same", fmt::format("'{}' cannot be held equal{}", term.word,
                                       hint.empty() ? "; technology and precision can" : hint));
    }
  }
  return out;
}

void read_iso(const Arguments& arguments, report::Terms& terms) {
  const std::string text = arguments.text("--iso");
  if (text.empty()) return;
  const Term term = term_of(text);
  for (const auto& [word, kind] : config::Words<report::Budget>::values) {
    if (term.word == word) terms.iso = kind;
  }
  if (!terms.iso)
    base::fail("--iso", fmt::format("'{}' is no budget; area, power and peak_power are", term.word));
  if (!term.value) return;
  terms.budget = *terms.iso == report::Budget::Area
                     ? quantity<units::Area>("--iso", *term.value, "area; it should look like 100 mm^2").si()
                     : quantity<units::Power>("--iso", *term.value, "power; it should look like 50 W").si();
}

/// The machines of --designs, brought to equal terms.
class Contestants {
 public:
  Contestants(const Arguments& arguments, const Same& same) {
    for (const std::string& name : arguments.pieces("--designs")) {
      const bool exact = name == "float";
      names_.push_back(name);
      changes_.push_back(exact ? std::vector<config::Override>{} : arguments.overrides());
      machines.push_back(load_machine(name, changes_.back()));
    }
    if (same.precision) hold_precision(same.bits);
    scaled_from.resize(machines.size());
    if (same.technology) hold_technology(same.node);
  }

  std::vector<MachinePointer> machines;
  std::vector<std::optional<units::Length>> scaled_from;

 private:
  const machine::Machine* first() const {
    const auto at =
        std::find_if(machines.begin(), machines.end(), [](const MachinePointer& m) { return m != nullptr; });
    return at == machines.end() ? nullptr : at->get();
  }

  void hold_precision(std::optional<int64_t> said) {
    if (first() == nullptr) return;
    for (const MachinePointer& m : machines) {
      if (m && m->formats.floating)
        base::fail("--same", fmt::format("{} computes with {}, which the others cannot: precision can be held "
                                         "equal among machines of whole numbers",
                                         m->name, tensor::print(*m->formats.floating)));
    }
    const int64_t weight = said.value_or(first()->formats.weight.bits),
                  input = said.value_or(first()->formats.input.bits);
    for (size_t k = 0; k < machines.size(); ++k) {
      if (!machines[k]) continue;
      const array::ProductFormats& own = machines[k]->formats;
      if (own.weight.bits != weight) changes_[k].push_back({"precision.weight", std::to_string(weight)});
      if (own.input.bits != input) changes_[k].push_back({"precision.input", std::to_string(input)});
      if (own.weight.bits != weight || own.input.bits != input)
        machines[k] = load_machine(names_[k], changes_[k]);
    }
  }

  void hold_technology(std::optional<units::Length> said) {
    if (first() == nullptr) return;
    const units::Length node = said.value_or(first()->technology);
    for (size_t k = 0; k < machines.size(); ++k) {
      if (!machines[k] || machines[k]->technology == node) continue;
      scaled_from[k] = machines[k]->technology;
      machines[k] = std::make_shared<const machine::Machine>(machine::scaled_to(*machines[k], node));
    }
  }

  std::vector<std::string> names_;
  std::vector<std::vector<config::Override>> changes_;
};

nlohmann::ordered_json json_of(const std::vector<report::Report>& reports, const report::Terms& terms) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (size_t k = 0; k < reports.size(); ++k) {
    out.push_back(report::to_json(reports[k]));
    out.back()["terms"] = report::terms_json(reports, k, terms);
  }
  return out;
}

}  // namespace

int compare(const Arguments& arguments) {
  Outputs outputs(arguments);
  arguments.required("--designs");
  report::Terms terms;
  const Same same = read_same(arguments);
  read_iso(arguments, terms);
  const Contestants contestants(arguments, same);
  terms.scaled_from = contestants.scaled_from;
  std::optional<base::OutputFile> values = open_values(outputs, arguments);
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  Job job(arguments);
  const std::vector<report::Report> reports = job.run_all(
      contestants.machines,
      {.outputs = values.has_value(), .sensitivity = sensitivity(arguments), .trials = trials(arguments)});
  outputs.print(report::compare_text(reports, colour_on_output(), terms));
  if (json) write_json(json, json_of(reports, terms));
  if (picture) write_text(picture, report::compare_picture(reports));
  if (base::interrupted() != 0) throw base::Interrupted();
  for (const report::Report& r : reports) check_fits(r);
  write_outputs(values, reports, true);
  return 0;
}

}  // namespace ohmweave::cli
