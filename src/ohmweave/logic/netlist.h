// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::logic {

/// A signal of a netlist: an index of Netlist::nets.
using Net = int32_t;

enum class GateFunction : uint8_t {
  Zero,
  One,
  Buf,
  Not,
  And,
  Nand,
  Or,
  Nor,
  Xor,   // of several inputs: an odd number of them is 1
  Xnor,  // its complement
  Mux,   // inputs s, a, b: a where s is 1, else b
  Sum,   // of products
};
struct GateFunctionKind {
  std::string_view name;  // in our text form
  int least_inputs, most_inputs;
};
constexpr int kMostNetlistInputs = 1 << 16;
const GateFunctionKind& kind_of(GateFunction function);
/// The function of a name; nothing if there is none (Sum has no name).
const GateFunction* gate_function(std::string_view name);
std::vector<std::string> gate_function_names();

struct NetlistGate {
  GateFunction function = GateFunction::Buf;
  Net output = 0;
  std::vector<Net> inputs;
  std::vector<std::string> products;  // Sum: a '0', '1' or '-' for each input
  bool inverted = false;              // Sum: the products tell where it is 0
};

/// Combinational logic: gates in an order in which inputs come before what they feed; every net has one driver.
struct Netlist {
  std::string name;
  std::vector<std::string> nets;
  std::vector<Net> inputs, outputs;
  std::vector<NetlistGate> gates;
};

/// Inputs or outputs that are bits of one number: a[0], a[1], ... of all of them.
struct NetlistPort {
  std::string name;
  std::vector<int> places;  // in `inputs` or `outputs`, least significant bit first
};
/// In the order of their first bit. What has no index, or not all indices from 0, is a port of one bit.
std::vector<NetlistPort> ports(const Netlist& netlist, std::span<const Net> nets);

/// Values of the outputs for 64 independent vectors: bit k of each word belongs to vector k.
std::vector<uint64_t> evaluate(const Netlist& netlist, std::span<const uint64_t> inputs);

/// Collects what a reader finds, and checks it in the end.
class NetlistBuilder {
 public:
  explicit NetlistBuilder(base::Diagnostics& diagnostics) : diagnostics_(&diagnostics) {}

  /// The net of a name; it is new if nobody has used it before.
  Net net(std::string_view name, const base::Span& span);
  /// A net that has no name in the file, for gates inside expressions.
  Net inner(const base::Span& span);
  Net constant(bool value, const base::Span& span);
  void input(Net net, const base::Span& span);
  void output(Net net, const base::Span& span);
  void gate(NetlistGate gate, const base::Span& span);
  size_t size() const { return nets_.size() + gates_.size(); }

  /// Reports nets with two drivers or none and loops; throws base::Failure after any error, also of the reader.
  Netlist finish(std::string name);

 private:
  struct Driven {
    base::Span span;  // of its first mention, then of its driver
    int gate = -1;    // that drives it, if it is not an input
    bool used = false;
  };
  void use(Net net) { driven_[static_cast<size_t>(net)].used = true; }
  bool drive(Net net, int gate, const base::Span& span);
  void report_undriven();
  /// Gates in order, or the loop that prevents one.
  void order(Netlist& out);
  void report_loop(const std::vector<int>& waiting);

  base::Diagnostics* diagnostics_;
  std::map<std::string, Net, std::less<>> by_name_;
  std::vector<std::string> nets_;
  std::vector<Driven> driven_;
  std::vector<Net> inputs_, outputs_;
  std::vector<NetlistGate> gates_;
  std::vector<base::Span> gate_spans_;
  Net constants_[2] = {-1, -1};
};

/// Our own form (docs/models/logic_compiler.md), BLIF, and structural Verilog. They throw base::Failure.
Netlist read_netlist_text(std::shared_ptr<const base::Source> source);
Netlist read_blif(std::shared_ptr<const base::Source> source);
Netlist read_verilog(std::shared_ptr<const base::Source> source);
/// By the ending of its name: .blif, .v, or .netlist for our own form.
Netlist load_netlist(const std::string& path);
bool is_netlist_file(std::string_view path);

}  // namespace ohmweave::logic
