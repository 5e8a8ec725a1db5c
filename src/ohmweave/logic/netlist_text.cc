// SPDX-License-Identifier: Apache-2.0
// Our own form of a netlist: `input a b`, `t = nor a b`, `output t`.
#include <charconv>

#include <fmt/format.h>

#include "ohmweave/logic/netlist_words.h"

namespace ohmweave::logic {
namespace {

constexpr int kWidestVector = 4096;

class TextReader {
 public:
  explicit TextReader(std::shared_ptr<const base::Source> source)
      : words_(source), builder_(diagnostics_), name_(stem_of(source->name)), source_(std::move(source)) {}

  Netlist read() {
    for (auto line = words_.next("="); !line.empty(); line = words_.next("=")) {
      read_line(line);
      if (diagnostics_.all().size() >= kMostNetlistErrors || builder_.size() > kMostNetlistParts) break;
    }
    if (builder_.size() > kMostNetlistParts)
      base::fail(source_->name, "has more nets and gates than can be handled");
    if (!has_output_ && !diagnostics_.has_errors())
      base::fail(source_->name, "there is no line 'output NET ...', so nothing has to be computed");
    return builder_.finish(name_);
  }

 private:
  void read_line(const std::vector<NetlistWord>& line) {
    if (line.size() > 1 && line[1].text == "=") return read_gate(line);
    if (line[0].text == "netlist" && line.size() == 2) {
      name_ = std::string(line[1].text);
    } else if (line[0].text == "input" || line[0].text == "output") {
      if (line.size() == 1)
        diagnostics_.error(line[0].span, fmt::format("'{}' needs names of nets", line[0].text));
      for (size_t k = 1; k < line.size(); ++k) read_port(line[k], line[0].text == "input");
    } else {
      diagnostics_.error(
          line[0].span,
          fmt::format("expected 'NET = GATE NET ...', 'input NET ...' or 'output NET ...', found '{}'{}",
                      line[0].text, base::did_you_mean(line[0].text, {"input", "output", "netlist"})));
    }
  }

  /// A net, or "a[7:0]": its bits.
  void read_port(const NetlistWord& word, bool input) {
    const auto add = [&](std::string_view name) {
      const Net net = builder_.net(name, word.span);
      if (input) {
        builder_.input(net, word.span);
      } else {
        builder_.output(net, word.span);
        has_output_ = true;
      }
    };
    const size_t open = word.text.find('['), colon = word.text.find(':');
    if (colon == std::string_view::npos) {
      if (is_net(word)) add(word.text);
      return;
    }
    int high = -1, low = -1;
    const char* end = word.text.data() + word.text.size();
    if (open != std::string_view::npos && open > 0 && open < colon) {
      const auto first = std::from_chars(word.text.data() + open + 1, end, high);
      if (first.ptr == word.text.data() + colon) {
        const auto second = std::from_chars(first.ptr + 1, end, low);
        if (second.ptr + 1 != end || *second.ptr != ']') low = -1;
      }
    }
    if (high < 0 || low < 0)
      return diagnostics_.error(word.span, fmt::format("'{}' is no range of bits, as a[7:0] is", word.text));
    if (std::max(high, low) - std::min(high, low) >= kWidestVector)
      return diagnostics_.error(word.span, fmt::format("'{}' has more than {} bits", word.text, kWidestVector));
    for (int k = std::min(high, low); k <= std::max(high, low); ++k)
      add(fmt::format("{}[{}]", word.text.substr(0, open), k));
  }

  bool is_net(const NetlistWord& word) {
    if (word.text == "=" || word.text == "0" || word.text == "1") {
      diagnostics_.error(word.span, fmt::format("expected the name of a net, found '{}'", word.text));
      return false;
    }
    return true;
  }

  void read_gate(const std::vector<NetlistWord>& line) {
    if (!is_net(line[0])) return;
    if (line.size() < 3) return diagnostics_.error(line[1].span, "expected a gate behind '='");
    const GateFunction* function = gate_function(line[2].text);
    if (function == nullptr)
      return diagnostics_.error(line[2].span,
                                fmt::format("unknown gate '{}'{}", line[2].text,
                                            base::did_you_mean(line[2].text, gate_function_names())));
    NetlistGate gate{*function, builder_.net(line[0].text, line[0].span), {}, {}, false};
    for (size_t k = 3; k < line.size(); ++k) {
      if (line[k].text == "0" || line[k].text == "1") {
        gate.inputs.push_back(builder_.constant(line[k].text == "1", line[k].span));
      } else if (is_net(line[k])) {
        gate.inputs.push_back(builder_.net(line[k].text, line[k].span));
      }
    }
    const GateFunctionKind& kind = kind_of(*function);
    const auto inputs = static_cast<int>(gate.inputs.size());
    if (inputs < kind.least_inputs || inputs > kind.most_inputs)
      return diagnostics_.error(
          line[2].span, fmt::format("'{}' takes {}{} input{}, not {}", kind.name,
                                    kind.most_inputs > kind.least_inputs ? "at least " : "", kind.least_inputs,
                                    kind.least_inputs == 1 ? "" : "s", inputs));
    builder_.gate(std::move(gate), line[0].span);
  }

  base::Diagnostics diagnostics_;
  NetlistWords words_;
  NetlistBuilder builder_;
  std::string name_;
  std::shared_ptr<const base::Source> source_;
  bool has_output_ = false;
};

}  // namespace

Netlist read_netlist_text(std::shared_ptr<const base::Source> source) {
  return TextReader(std::move(source)).read();
}

}  // namespace ohmweave::logic
