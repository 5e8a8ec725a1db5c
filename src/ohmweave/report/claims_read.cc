// SPDX-License-Identifier: Apache-2.0
// claims.yaml becomes claims. An entry with `claims` of its own is a group: what else it has holds for all of
// them.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/config/fields.h"
#include "ohmweave/report/claims.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using config::Node;

/// The fields of an entry that the field tables can read.
struct ClaimSpec {
  std::string id, metric, workload, published;
  ClaimKind kind = ClaimKind::Derived;
  ClaimStatus expect = ClaimStatus::Reproduced;
  std::vector<double> accept;
  std::vector<std::string> networks;
  Combine combine = Combine::Geometric;
  std::string data, within;
  int64_t samples = 0, trials = 1;
  static constexpr auto fields() {
    using C = ClaimSpec;
    return std::tuple{
        config::required("id", &C::id, "what it is called, once in a file"),
        config::required("metric", &C::metric, "what is measured, in a few words"),
        config::defaulted("workload", &C::workload, "on what"),
        config::required("published", &C::published, "the figure with its unit, as printed"),
        config::required("kind", &C::kind, "how much an agreement says"),
        config::defaulted("expect", &C::expect, "what comes out"),
        config::defaulted("accept", &C::accept, "[lowest, highest] accepted ours / published").at_least(0),
        config::defaulted("networks", &C::networks, "networks that are run"),
        config::defaulted("combine", &C::combine, "how their figures become one"),
        config::defaulted("samples", &C::samples, "inferences of a run, or how many of the data")
            .within(0, 1e6),
        config::defaulted("data", &C::data, "samples to compute, as --data names them"),
        config::defaulted("trials", &C::trials, "seeds whose mean is ours").within(1, 1000),
        config::defaulted("within", &C::within, "how far ours may be from the published figure")};
  }
};
struct ClaimedLogicSpec {
  std::string operation, format, method, technology = "floatpim";
  logic::CellInitialisation initialisation = logic::CellInitialisation::Published;
  static constexpr auto fields() {
    using L = ClaimedLogicSpec;
    return std::tuple{config::required("operation", &L::operation, "as of the command logic"),
                      config::required("format", &L::format, "of its numbers"),
                      config::defaulted("method", &L::method, "how it is computed"),
                      config::defaulted("initialisation", &L::initialisation, "how cells are initialised"),
                      config::defaulted("technology", &L::technology, "what cycles cost")};
  }
};
struct ClaimedGateSpec {
  std::string gate = "nor", memristor = "floatpim";
  int64_t inputs = 0;
  units::Voltage voltage{};
  units::Time pulse{};
  static constexpr auto fields() {
    using G = ClaimedGateSpec;
    return std::tuple{
        config::defaulted("gate", &G::gate, "as of the command logic gate"),
        config::defaulted("inputs", &G::inputs, "how many; 0: as few as it has")
            .within(0, logic::kMostGateInputs),
        config::defaulted("memristor", &G::memristor, "what its cells are"),
        config::defaulted("voltage", &G::voltage, "across it; 0: as of a pulse that writes 0").at_least(0),
        config::defaulted("pulse", &G::pulse, "its time; 0: as the slowest switch takes").at_least(0)};
  }
};
struct SubjectSpec {
  std::string design, baseline;
  static constexpr auto fields() {
    using A = SubjectSpec;
    return std::tuple{config::defaulted("design", &A::design, "another design"),
                      config::defaulted("baseline", &A::baseline, "an entry of library/baselines")};
  }
};

/// Half a unit of the last digit of a printed number, relative to it: "330 mW" is anything from 329.5 to 330.5.
double rounding(std::string_view printed) {
  const size_t end = printed.find_first_not_of("0123456789.");
  const std::string digits(printed.substr(0, end));
  const size_t point = digits.find('.');
  const auto decimals = point == std::string::npos ? 0 : static_cast<int>(digits.size() - point - 1);
  const double value = std::strtod(digits.c_str(), nullptr);
  return value > 0 ? 0.5 * std::pow(10, -decimals) / value : 0;
}

/// What an entry does not say is as its group says it.
void inherit(Node& entry, const Node& group) {
  for (const config::Member& m : group.members) {
    if (m.key == "claims") continue;
    Node* own = entry.find(m.key);
    if (!own) {
      entry.set(m.key, m.value, m.key_span);
    } else if (m.key == "set" && own->kind == Node::Kind::Mapping) {
      Node merged = m.value;
      for (const config::Member& o : own->members) merged.set(o.key, o.value, o.key_span);
      *own = std::move(merged);
    }
  }
}

class Reader {
 public:
  /// `like` says what all claims of the file have in common.
  Reader(Claim like, base::Diagnostics& d) : like_(std::move(like)), d_(d) {}

  void list(const Node& entries, const Node* group) {
    if (entries.kind != Node::Kind::List)
      return d_.error(entries.span,
                      fmt::format("expected a list of claims, found {}", config::describe(entries)));
    for (Node entry : entries.items) {
      if (entry.kind != Node::Kind::Mapping) {
        d_.error(entry.span, fmt::format("expected a claim, found {}", config::describe(entry)));
        continue;
      }
      if (group) inherit(entry, *group);
      if (const Node* inner = entry.find("claims")) {
        list(Node(*inner), &entry);
      } else {
        claim(std::move(entry));
      }
    }
  }
  std::vector<Claim> take() { return std::move(claims_); }

 private:
  void claim(Node entry) {
    ClaimSpec spec;
    const Node* id_at = entry.find("id");
    const base::Span span = id_at ? id_at->span : entry.span;
    if (!config::read(entry, spec, d_, {"measure", "network", "logic", "gate", "set", "of", "against"})) return;
    Claim c = like_;
    c.id = spec.id, c.metric = spec.metric, c.workload = spec.workload;
    c.kind = spec.kind, c.expected = spec.expect, c.combine = spec.combine, c.samples = spec.samples;
    c.networks = spec.networks;
    c.data = spec.data, c.trials = spec.trials;
    c.span = span;
    if (const Node* note = entry.find("note")) c.note = note->text;
    c.source = config::provenance_of(entry, "published");
    if (!ids_.insert(c.id).second) d_.error(span, fmt::format("there is another claim '{}'", c.id));
    read_published(entry, spec, c);
    read_run(entry, c);
    if (c.design_path.empty() && !c.of_cells() && !c.measure.empty())
      d_.error(span, "the file names no 'design', and the claim has no 'logic' and no 'gate'");
    check_expectation(entry, c);
    claims_.push_back(std::move(c));
  }

  void read_published(const Node& entry, const ClaimSpec& spec, Claim& c) {
    const Node& at = *entry.find("published");
    c.published_text = spec.published;
    units::ParseError problem;
    if (auto m = units::parse_measure(spec.published, &problem)) {
      c.published = m->si;
      const double slack = rounding(spec.published);
      c.accept_low = 1 - slack, c.accept_high = 1 + slack;
    } else if (!at.quoted) {  // quoted: words, where the paper gives no number
      d_.error(at.span, fmt::format("'{}' is no figure: {}", spec.published, problem.message));
    }
    if (!spec.within.empty()) read_within(entry, spec, c);
    if (spec.accept.empty()) return;
    const Node& range = *entry.find("accept");
    if (spec.accept.size() != 2 || spec.accept[0] > spec.accept[1]) {
      return d_.error(range.span, "'accept' is a list of two ratios, the lower one first");
    }
    c.accept_low = spec.accept[0], c.accept_high = spec.accept[1];
  }

  void read_within(const Node& entry, const ClaimSpec& spec, Claim& c) {
    const Node& at = *entry.find("within");
    units::ParseError problem;
    if (const auto m = units::parse_measure(spec.within, &problem)) {
      c.within = m->si;
    } else {
      d_.error(at.span, fmt::format("'{}' is no figure: {}", spec.within, problem.message));
    }
    if (!spec.accept.empty()) d_.error(at.span, "a claim has 'accept' or 'within', not both");
  }

  void read_run(const Node& entry, Claim& c) {
    if (const Node* measure = entry.find("measure")) c.measure = Expression::parse(*measure, d_);
    if (const Node* network = entry.find("network")) {
      if (!c.networks.empty()) d_.error(network->span, "a claim has 'network' or 'networks', not both");
      if (network->kind == Node::Kind::Mapping) {
        c.inline_network = *network;
      } else {
        c.networks = {network->text};
      }
    }
    const bool has_network = !c.networks.empty() || c.inline_network;
    if (!c.data.empty() && !has_network) d_.error(entry.find("data")->span, "data need a 'network'");
    if (c.data.empty() && c.trials > 1)
      d_.error(entry.find("trials")->span, "without 'data', all trials would be the same");
    read_cells(entry, c);
    read_set(entry, c.set);
    c.of = subject(entry, "of");
    c.against = subject(entry, "against");
    if (c.measure.compares() && !c.against) d_.error(c.span, "it measures 'against.', but has no 'against'");
  }
  /// `logic: {sum: {operation: fadd, format: fp32}, ...}` and `gate: {nor: {gate: nor, voltage: 1 V}, ...}`
  void read_cells(const Node& entry, Claim& c) {
    for (const config::Member& m : named(entry, "logic", "programs", c)) {
      Node copy = m.value;
      ClaimedLogicSpec spec;
      if (!config::read(copy, spec, d_)) continue;
      c.logic.push_back({m.key,
                         spec.technology,
                         {.operation = spec.operation,
                          .format = spec.format,
                          .method = spec.method,
                          .initialisation = spec.initialisation}});
    }
    for (const config::Member& m : named(entry, "gate", "gates", c)) {
      Node copy = m.value;
      ClaimedGateSpec spec;
      if (!config::read(copy, spec, d_)) continue;
      c.gates.push_back({m.key,
                         {.gate = spec.gate,
                          .inputs = static_cast<int>(spec.inputs),
                          .memristor = spec.memristor,
                          .volts = spec.voltage.si(),
                          .pulse = spec.pulse.si()}});
    }
  }
  /// The members of `key`, none if there is no such key.
  std::vector<config::Member> named(const Node& entry, const char* key, const char* what, const Claim& c) {
    const Node* node = entry.find(key);
    if (node == nullptr) return {};
    if (!c.networks.empty() || c.inline_network)
      d_.error(node->span, fmt::format("a claim has '{}' or a network, not both", key));
    if (node->kind == Node::Kind::Mapping) return node->members;
    d_.error(node->span, fmt::format("expected a mapping of {}, found {}", what, config::describe(*node)));
    return {};
  }
  std::optional<Subject> subject(const Node& entry, const char* key) {
    const Node* node = entry.find(key);
    if (!node) return std::nullopt;
    Node copy = *node;
    SubjectSpec spec;
    if (!config::read(copy, spec, d_, {"set"})) return std::nullopt;
    Subject out{spec.design, spec.baseline, {}};
    read_set(copy, out.set);
    if (!out.design.empty() && !out.baseline.empty())
      d_.error(node->span, fmt::format("'{}' is a design or a baseline, not both", key));
    return out;
  }
  void read_set(const Node& node, std::vector<config::Override>& out) {
    const Node* set = node.find("set");
    if (!set) return;
    if (set->kind != Node::Kind::Mapping)
      return d_.error(set->span,
                      fmt::format("expected a mapping of changes, found {}", config::describe(*set)));
    for (const config::Member& m : set->members) {
      if (m.value.kind == Node::Kind::Scalar) {
        out.push_back({m.key, m.value.text});
      } else {
        d_.error(m.value.span, "a change is one value");
      }
    }
  }

  void check_expectation(const Node& entry, const Claim& c) {
    const Node* expect = entry.find("expect");
    if (c.measure.empty() != (c.expected == ClaimStatus::NotRun) && !d_.has_errors()) {
      d_.error(expect && !expect->defaulted ? expect->span : c.span,
               "a claim has a 'measure', or is expected to be 'not_run'");
    }
    if (c.expected != ClaimStatus::Reproduced && c.note.empty())
      d_.error(c.span, "it is not reproduced; a 'note' has to say why");
  }

  Claim like_;
  base::Diagnostics& d_;
  std::set<std::string> ids_;
  std::vector<Claim> claims_;
};

struct FileSpec {
  std::string format, design;
  static constexpr auto fields() {
    return std::tuple{config::required("format", &FileSpec::format, "always ohmweave-claims/1"),
                      config::defaulted("design", &FileSpec::design,
                                        "what its claims are evaluated on, if not the design.yaml beside it")};
  }
};

namespace fs = std::filesystem;

}  // namespace

std::vector<Claim> read_claims_file(const std::string& path) {
  Node root = config::load(path);
  base::Diagnostics d;
  FileSpec spec;
  config::read(root, spec, d, {"sources", "claims"});
  if (!spec.format.empty() && spec.format != "ohmweave-claims/1")
    d.error(root.find("format")->span, "expected ohmweave-claims/1");
  config::check_provenance(root, d);
  Claim like;
  like.beside_design = spec.design.empty() && fs::path(path).filename() == "claims.yaml";
  const fs::path folder = fs::path(path).parent_path();
  like.design = (like.beside_design ? folder.filename() : fs::path(path).stem()).string();
  like.design_path = like.beside_design ? (folder / "design.yaml").string() : spec.design;
  Reader reader(like, d);
  if (const Node* claims = root.find("claims")) {
    reader.list(*claims, nullptr);
  } else {
    config::report_missing_key(root, "claims", "list of claims", d);
  }
  d.stop_if_errors();
  return reader.take();
}

std::vector<Claim> read_claims(const std::string& design_path) {
  const fs::path file = fs::path(design_path).parent_path() / "claims.yaml";
  if (!fs::exists(file)) return {};
  return read_claims_file(file.string());
}

std::vector<NamedClaims> library_claims() {
  std::vector<NamedClaims> out;
  std::error_code missing;
  for (const auto& entry :
       fs::directory_iterator(fs::path(base::data_folder()) / "library" / "claims", missing)) {
    if (entry.path().extension() == ".yaml")
      out.push_back({entry.path().stem().string(), entry.path().string()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace ohmweave::report
