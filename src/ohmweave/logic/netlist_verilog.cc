// SPDX-License-Identifier: Apache-2.0
// Structural Verilog: one module of primitives, library cells and assignments, as synthesis writes it. The
// tokens are those of verilog_tokens.h.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "ohmweave/logic/netlist_words.h"
#include "ohmweave/logic/verilog_tokens.h"

namespace ohmweave::logic {
namespace {

constexpr int kWidestVector = 4096;
constexpr int kDeepest = 500;  // parentheses and operators inside each other

/// A value: nets, least significant bit first. Verilog widens operands with zeros before it computes, so the
/// bits above are the same for all: 1 of ~a.
struct Bits {
  std::vector<Net> nets;
  bool above = false;

  size_t size() const { return nets.size(); }
};

struct Range {
  int high = 0, low = 0;
  bool vector = false;
  int width() const { return std::abs(high - low) + 1; }
};

class VerilogReader {
 public:
  explicit VerilogReader(std::shared_ptr<const base::Source> source)
      : source_(source), tokens_(source, diagnostics_), builder_(diagnostics_), name_(stem_of(source->name)) {}

  Netlist read() {
    try {
      read_module();
    } catch (const BadVerilog&) {  // told already; what follows cannot be understood any more
    }
    if (!has_output_ && !diagnostics_.has_errors()) base::fail(source_->name, "its module has no output");
    return builder_.finish(name_);
  }

 private:
  using Token = VerilogTokens::Token;

  [[noreturn]] void fail(const Token& at, std::string message) {
    diagnostics_.error(at.span, std::move(message));
    throw BadVerilog{};
  }
  void expect(std::string_view symbol) { tokens_.expect(symbol); }

  void read_module() {
    if (!tokens_.take("module"))
      fail(tokens_.peek(), fmt::format("expected 'module', found {}", tokens_.describe(tokens_.peek())));
    name_ = std::string(tokens_.name("the name of the module").text);
    if (tokens_.take("#")) fail(tokens_.peek(), "parameters of modules are not supported");
    if (tokens_.take("(")) read_port_list();
    expect(";");
    while (!tokens_.take("endmodule")) {
      check_size();
      if (diagnostics_.all().size() >= kMostNetlistErrors) return;
      try {
        read_item();
      } catch (const BadVerilog&) {  // go on behind the next semicolon
        if (!tokens_.skip_past(";")) throw;
      }
    }
    if (tokens_.peek().text == "module")
      diagnostics_.error(tokens_.peek().span, "a second module; flatten the hierarchy first (yosys: flatten)");
  }

  /// "(a, b, s)" or "(input [3:0] a, output s)"; names alone are declared inside the module.
  void read_port_list() {
    std::string_view direction;
    Range range;
    while (!tokens_.take(")")) {
      const Token& next = tokens_.peek();
      if (next.text == "input" || next.text == "output" || next.text == "inout") {
        direction = tokens_.next().text;
        tokens_.take("wire");
        range = read_range();
      }
      const Token name = tokens_.name("a port");
      if (!direction.empty()) declare(direction, name, range);
      if (!tokens_.take(",") && tokens_.peek().text != ")") tokens_.fail_expecting("',' or ')'");
    }
  }

  Range read_range() {
    Range r;
    if (!tokens_.take("[")) return r;
    r.vector = true;
    const Token first = tokens_.peek();
    r.high = tokens_.integer();
    expect(":");
    r.low = tokens_.integer();
    expect("]");
    if (r.width() > kWidestVector) fail(first, fmt::format("more than {} bits", kWidestVector));
    return r;
  }

  std::string bit_name(std::string_view name, int bit) const { return fmt::format("{}[{}]", name, bit); }

  void declare(std::string_view direction, const Token& name, const Range& range) {
    const auto [at, made] = ranges_.try_emplace(std::string(name.text), range);
    if (!made && range.vector) at->second = range;  // "output [3:0] s; wire [3:0] s;"
    if (direction == "wire") return;
    if (direction == "inout") fail(name, "ports in both directions are not logic");
    const Range& r = at->second;
    for (int bit = std::min(r.high, r.low); bit <= std::max(r.high, r.low); ++bit) {
      const Net net = builder_.net(r.vector ? bit_name(name.text, bit) : std::string(name.text), name.span);
      if (direction == "input") {
        builder_.input(net, name.span);
      } else {
        builder_.output(net, name.span);
        has_output_ = true;
      }
    }
  }

  void read_item() {
    if (tokens_.take(";")) return;
    const Token word = tokens_.name("a declaration, a gate or 'assign'");
    if (word.text == "input" || word.text == "output" || word.text == "wire" || word.text == "inout") {
      tokens_.take("wire");
      const Range range = read_range();
      do {
        const Token name = tokens_.name("the name of a net");
        declare(word.text, name, range);
        if (word.text == "wire" && tokens_.take("=")) assign(nets_of(name), expression(0), name.span);
      } while (tokens_.take(","));
      expect(";");
    } else if (word.text == "assign") {
      do {
        const Token at = tokens_.peek();
        const Bits to = primary(0, true);
        expect("=");
        assign(to, expression(0), at.span);
      } while (tokens_.take(","));
      expect(";");
    } else if (word.text == "reg" || word.text == "always" || word.text == "initial") {
      fail(word,
           fmt::format("'{}' is of behavioural Verilog; synthesize it first (docs/models/logic_compiler.md)",
                       word.text));
    } else {
      read_instances(word);
    }
  }

  /// "nor g1 (o, a, b), (p, c, d);" or "nor2 g1 (.a(x), .b(y), .O(o));"
  void read_instances(const Token& cell) {
    do {
      if (tokens_.peek().text != "(") tokens_.name("a gate's name or '('");
      expect("(");
      NetlistGate gate;
      int outputs = 0;
      while (!tokens_.take(")")) {
        const bool named = tokens_.take(".");
        const Token pin = tokens_.peek();
        if (named) {
          tokens_.name("a pin");
          expect("(");
        }
        const Bits value = expression(0);
        if (value.size() != 1) fail(pin, fmt::format("a gate's pin takes one bit, not {}", value.size()));
        if (named) expect(")");
        if (named ? is_output_pin(pin.text) : outputs == 0) {
          gate.output = value.nets[0];
          ++outputs;
        } else {
          gate.inputs.push_back(value.nets[0]);
        }
        if (!tokens_.take(",") && tokens_.peek().text != ")") tokens_.fail_expecting("',' or ')'");
      }
      const auto function = library_cell(cell.text, static_cast<int>(gate.inputs.size()));
      if (!function)
        fail(cell, fmt::format("unknown gate '{}' of {} inputs{}", cell.text, gate.inputs.size(),
                               base::did_you_mean(cell.text, gate_function_names())));
      if (outputs != 1) fail(cell, "a gate has one output: the first pin, or one named O, Y, Z, Q or out");
      gate.function = *function;
      builder_.gate(std::move(gate), cell.span);
    } while (tokens_.take(","));
    expect(";");
  }

  /// Bit k of a value that is wider than it is written.
  Net bit(const Bits& value, size_t k, const base::Span& span) {
    return k < value.size() ? value.nets[k] : builder_.constant(value.above, span);
  }

  void assign(const Bits& to, const Bits& value, const base::Span& span) {
    for (size_t k = 0; k < to.size(); ++k)
      builder_.gate({GateFunction::Buf, to.nets[k], {bit(value, k, span)}, {}, false}, span);
  }

  void check_size() const {
    if (builder_.size() > kMostNetlistParts)
      base::fail(source_->name, "has more nets and gates than can be handled");
  }

  Bits gate_each(GateFunction function, const std::vector<Bits>& operands, const base::Span& span) {
    size_t width = 0;
    for (const Bits& b : operands) width = std::max(width, b.size());
    Bits out;
    out.above = above(function, operands);
    for (size_t k = 0; k < width; ++k) {
      check_size();
      NetlistGate gate{function, builder_.inner(span), {}, {}, false};
      for (const Bits& b : operands) gate.inputs.push_back(bit(b, k, span));
      out.nets.push_back(gate.output);
      builder_.gate(std::move(gate), span);
    }
    return out;
  }
  static bool above(GateFunction function, const std::vector<Bits>& operands) {
    const bool a = operands[0].above, b = operands.size() > 1 && operands[1].above;
    switch (function) {
      case GateFunction::Not:
        return !a;
      case GateFunction::And:
        return a && b;
      case GateFunction::Or:
        return a || b;
      case GateFunction::Xor:
        return a != b;
      case GateFunction::Xnor:
        return a == b;
      default:
        return b;  // of both sides of ?:
    }
  }
  Bits gate_over(GateFunction function, const Bits& inputs, const base::Span& span) {
    const Net out = builder_.inner(span);
    builder_.gate({function, out, inputs.nets, {}, false}, span);
    return {{out}, false};
  }

  /// condition ? a : b, and below it | ^ &, each with its own level.
  Bits expression(int depth) {
    const Token at = tokens_.peek();
    if (depth > kDeepest) fail(at, "an expression as deep as this is not supported");
    Bits condition = binary(0, depth + 1);
    if (!tokens_.take("?")) return condition;
    if (condition.size() > 1) condition = gate_over(GateFunction::Or, condition, at.span);
    const Bits one = expression(depth + 1);
    expect(":");
    const Bits zero = expression(depth + 1);
    if (one.above != zero.above) fail(at, "write both sides of '?' as wide as what they are assigned to");
    const Bits select{std::vector<Net>(std::max(one.size(), zero.size()), condition.nets[0]), false};
    return gate_each(GateFunction::Mux, {select, one, zero}, at.span);
  }

  Bits binary(int level, int depth) {
    struct Operator {
      std::string_view symbol;
      GateFunction function;
      int level;
    };
    static constexpr Operator kOperators[] = {{"|", GateFunction::Or, 0},
                                              {"^", GateFunction::Xor, 1},
                                              {"~^", GateFunction::Xnor, 1},
                                              {"^~", GateFunction::Xnor, 1},
                                              {"&", GateFunction::And, 2}};
    constexpr int kLevels = 3;
    if (level == kLevels) return primary(depth, false);
    Bits left = binary(level + 1, depth);
    while (true) {
      const Token at = tokens_.peek();
      const auto found = std::find_if(std::begin(kOperators), std::end(kOperators), [&](const Operator& o) {
        return o.level == level && o.symbol == at.text && !at.escaped;
      });
      if (found == std::end(kOperators)) return left;
      tokens_.next();
      left = gate_each(found->function, {left, binary(level + 1, depth)}, at.span);
    }
  }

  /// A net, a part of it, a constant, a concatenation, something in parentheses, or one of these behind an
  /// operator.
  Bits primary(int depth, bool assigned) {
    const Token at = tokens_.peek();
    if (depth > kDeepest) fail(at, "an expression as deep as this is not supported");
    if (!assigned && tokens_.take("~"))
      return gate_each(GateFunction::Not, {primary(depth + 1, false)}, at.span);
    if (!assigned && tokens_.take("!")) return gate_over(GateFunction::Nor, primary(depth + 1, false), at.span);
    static const std::map<std::string_view, GateFunction> kReductions{
        {"&", GateFunction::And},  {"|", GateFunction::Or},  {"~&", GateFunction::Nand},
        {"~|", GateFunction::Nor}, {"^", GateFunction::Xor}, {"~^", GateFunction::Xnor},
        {"^~", GateFunction::Xnor}};
    if (const auto reduction = kReductions.find(at.text);
        !assigned && !at.escaped && reduction != kReductions.end()) {
      tokens_.next();
      return gate_over(reduction->second, primary(depth + 1, false), at.span);
    }
    if (!assigned && tokens_.take("(")) {
      const Bits inner = expression(depth + 1);
      expect(")");
      return inner;
    }
    if (tokens_.take("{")) return concatenation(depth, assigned);
    if (!assigned && tokens_.next_is_number()) return constant_bits();
    return nets_of(tokens_.name("a net"));
  }

  Bits concatenation(int depth, bool assigned) {
    std::vector<Bits> parts;
    do {
      parts.push_back(assigned ? primary(depth + 1, true) : expression(depth + 1));
    } while (tokens_.take(","));
    expect("}");
    Bits out;
    for (size_t k = parts.size(); k-- > 0;)
      out.nets.insert(out.nets.end(), parts[k].nets.begin(), parts[k].nets.end());
    if (out.size() > kWidestVector) fail(tokens_.peek(), fmt::format("more than {} bits", kWidestVector));
    return out;
  }

  Bits constant_bits() {
    const Token at = tokens_.peek();
    Bits out;
    for (const bool bit : tokens_.number(kWidestVector)) out.nets.push_back(builder_.constant(bit, at.span));
    return out;
  }

  Bits nets_of(const Token& name) {
    const auto declared = ranges_.find(name.text);
    const bool vector = declared != ranges_.end() && declared->second.vector;
    if (!vector) {
      if (tokens_.peek().text == "[" && declared != ranges_.end())
        fail(name, fmt::format("'{}' is declared without a range of bits", name.text));
      return {{builder_.net(name.text, name.span)}, false};
    }
    const Range& whole = declared->second;
    Range part = whole;
    if (tokens_.take("[")) {
      const Token at = tokens_.peek();
      part.high = part.low = tokens_.integer();
      if (tokens_.take(":")) part.low = tokens_.integer();
      expect("]");
      for (const int bit : {part.high, part.low}) {
        if (bit < std::min(whole.high, whole.low) || bit > std::max(whole.high, whole.low))
          fail(at, fmt::format("'{}' has no bit {}; it has [{}:{}]", name.text, bit, whole.high, whole.low));
      }
    }
    Bits out;
    const int step = part.low <= part.high ? 1 : -1;
    for (int bit = part.low;; bit += step) {
      out.nets.push_back(builder_.net(bit_name(name.text, bit), name.span));
      if (bit == part.high) return out;
    }
  }

  std::shared_ptr<const base::Source> source_;
  base::Diagnostics diagnostics_;
  VerilogTokens tokens_;
  NetlistBuilder builder_;
  std::string name_;
  std::map<std::string, Range, std::less<>> ranges_;
  bool has_output_ = false;
};

}  // namespace

Netlist read_verilog(std::shared_ptr<const base::Source> source) {
  return VerilogReader(std::move(source)).read();
}

}  // namespace ohmweave::logic
