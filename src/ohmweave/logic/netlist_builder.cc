// SPDX-License-Identifier: Apache-2.0
// What must hold in a netlist: one driver for each net that is used, and no loops.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/logic/netlist.h"

namespace ohmweave::logic {
namespace {

constexpr int kNone = -1, kInput = -2;

}  // namespace

Net NetlistBuilder::net(std::string_view name, const base::Span& span) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) return found->second;
  const Net made = inner(span);
  nets_.back() = std::string(name);
  by_name_.emplace(nets_.back(), made);
  return made;
}

Net NetlistBuilder::inner(const base::Span& span) {
  nets_.emplace_back();
  driven_.push_back({span, kNone, false});
  return static_cast<Net>(nets_.size()) - 1;
}

Net NetlistBuilder::constant(bool value, const base::Span& span) {
  Net& made = constants_[value ? 1 : 0];
  if (made < 0) {
    made = inner(span);
    gate({value ? GateFunction::One : GateFunction::Zero, made, {}, {}, false}, span);
  }
  return made;
}

bool NetlistBuilder::drive(Net net, int gate, const base::Span& span) {
  Driven& d = driven_[static_cast<size_t>(net)];
  if (d.gate != kNone) {
    diagnostics_->error(span, d.gate == kInput && gate == kInput
                                  ? fmt::format("'{}' is an input already", nets_[static_cast<size_t>(net)])
                                  : fmt::format("net '{}' has two drivers", nets_[static_cast<size_t>(net)]));
    diagnostics_->note(d.span, d.gate == kInput ? "it is an input" : "it is driven here");
    return false;
  }
  d.gate = gate;
  d.span = span;
  return true;
}

void NetlistBuilder::input(Net net, const base::Span& span) {
  if (drive(net, kInput, span)) inputs_.push_back(net);
}

void NetlistBuilder::output(Net net, const base::Span& span) {
  const auto found = std::find(outputs_.begin(), outputs_.end(), net);
  if (found != outputs_.end())
    return diagnostics_->error(span, fmt::format("'{}' is an output already", nets_[static_cast<size_t>(net)]));
  outputs_.push_back(net);
  use(net);
}

void NetlistBuilder::gate(NetlistGate gate, const base::Span& span) {
  for (const Net n : gate.inputs) use(n);
  drive(gate.output, static_cast<int>(gates_.size()), span);
  gates_.push_back(std::move(gate));
  gate_spans_.push_back(span);
}

void NetlistBuilder::report_undriven() {
  std::vector<std::string> known;
  for (size_t k = 0; k < nets_.size(); ++k) {
    if (driven_[k].gate != kNone && !nets_[k].empty()) known.push_back(nets_[k]);
  }
  for (size_t k = 0; k < nets_.size(); ++k) {
    if (driven_[k].gate == kNone && driven_[k].used)
      diagnostics_->error(driven_[k].span, fmt::format("nothing drives net '{}'{}", nets_[k],
                                                       base::did_you_mean(nets_[k], known)));
  }
}

void NetlistBuilder::order(Netlist& out) {
  std::vector<int> waiting(gates_.size());  // inputs that are not ready yet
  std::vector<std::vector<int>> readers(nets_.size());
  std::vector<int> ready;
  for (size_t g = 0; g < gates_.size(); ++g) {
    for (const Net n : gates_[g].inputs) {
      if (driven_[static_cast<size_t>(n)].gate < 0) continue;
      readers[static_cast<size_t>(n)].push_back(static_cast<int>(g));
      ++waiting[g];
    }
    if (waiting[g] == 0) ready.push_back(static_cast<int>(g));
  }
  for (size_t k = 0; k < ready.size(); ++k) {
    const auto g = static_cast<size_t>(ready[k]);
    for (const int reader : readers[static_cast<size_t>(gates_[g].output)]) {
      if (--waiting[static_cast<size_t>(reader)] == 0) ready.push_back(reader);
    }
  }
  if (ready.size() < gates_.size()) return report_loop(waiting);
  for (const int g : ready) out.gates.push_back(std::move(gates_[static_cast<size_t>(g)]));
}

void NetlistBuilder::report_loop(const std::vector<int>& waiting) {
  size_t g = 0;
  while (waiting[g] == 0) ++g;
  std::vector<int> seen(gates_.size(), -1);
  std::vector<size_t> path;
  while (seen[g] < 0) {  // against the signal, from a gate that waits to one it waits for
    seen[g] = static_cast<int>(path.size());
    path.push_back(g);
    for (const Net n : gates_[g].inputs) {
      const int driver = driven_[static_cast<size_t>(n)].gate;
      if (driver < 0 || waiting[static_cast<size_t>(driver)] == 0) continue;
      g = static_cast<size_t>(driver);
      break;
    }
  }
  path.erase(path.begin(), path.begin() + seen[g]);
  std::reverse(path.begin(), path.end());
  constexpr size_t kMostShown = 8;
  std::string text;
  for (size_t k = 0; k < path.size(); ++k) {
    const std::string& name = nets_[static_cast<size_t>(gates_[path[k]].output)];
    if (k < kMostShown || k + 1 == path.size())
      text += (name.empty() ? "an expression" : "'" + name + "'") + " -> ";
    if (k == kMostShown && k + 1 < path.size()) text += "... -> ";
  }
  const std::string& first = nets_[static_cast<size_t>(gates_[path[0]].output)];
  text += first.empty() ? "the same" : "'" + first + "'";
  diagnostics_->error(gate_spans_[path[0]],
                      fmt::format("a loop: {}; rows of logic have no memory of their own", text));
}

Netlist NetlistBuilder::finish(std::string name) {
  diagnostics_->stop_if_errors();  // what could not be read would be missed below
  report_undriven();
  diagnostics_->stop_if_errors();
  Netlist out;
  out.name = std::move(name);
  order(out);
  diagnostics_->stop_if_errors();
  out.nets = std::move(nets_);
  out.inputs = std::move(inputs_);
  out.outputs = std::move(outputs_);
  return out;
}

}  // namespace ohmweave::logic
