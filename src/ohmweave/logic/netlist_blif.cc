// SPDX-License-Identifier: Apache-2.0
// Berkeley Logic Interchange Format, its combinational part: one model of .names and library gates.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/logic/netlist_words.h"

namespace ohmweave::logic {
namespace {

/// Timing, area and drive of nets, which say nothing about the function.
const std::vector<std::string> kIgnored{".area",
                                        ".delay",
                                        ".wire_load_slope",
                                        ".wire",
                                        ".input_arrival",
                                        ".default_input_arrival",
                                        ".output_required",
                                        ".default_output_required",
                                        ".input_drive",
                                        ".default_input_drive",
                                        ".output_load",
                                        ".default_output_load",
                                        ".max_input_load",
                                        ".default_max_input_load",
                                        ".cname",
                                        ".cattr",
                                        ".param",
                                        ".attr"};
const std::vector<std::string> kKnown{".model", ".inputs", ".outputs", ".names", ".gate",
                                      ".end",   ".latch",  ".subckt",  ".exdc",  ".clock"};

class BlifReader {
 public:
  explicit BlifReader(std::shared_ptr<const base::Source> source)
      : words_(source), builder_(diagnostics_), name_(stem_of(source->name)), source_(std::move(source)) {}

  Netlist read() {
    for (auto line = words_.next(); !line.empty() && !ended_; line = words_.next()) {
      if (line[0].text[0] == '.') {
        finish_sum();
        read_command(line);
      } else {
        read_product(line);
      }
      if (diagnostics_.all().size() >= kMostNetlistErrors || builder_.size() > kMostNetlistParts) break;
    }
    finish_sum();
    if (builder_.size() > kMostNetlistParts)
      base::fail(source_->name, "has more nets and gates than can be handled");
    if (!has_model_ && !diagnostics_.has_errors()) base::fail(source_->name, "there is no .model in it");
    if (!has_output_ && !diagnostics_.has_errors())
      base::fail(source_->name, "there is no line '.outputs NET ...', so nothing has to be computed");
    return builder_.finish(name_);
  }

 private:
  void read_command(const std::vector<NetlistWord>& line) {
    const std::string_view word = line[0].text;
    if (word == ".model") return read_model(line);
    if (word == ".inputs") {
      for (size_t k = 1; k < line.size(); ++k)
        builder_.input(builder_.net(line[k].text, line[k].span), line[k].span);
    } else if (word == ".outputs") {
      has_output_ |= line.size() > 1;
      for (size_t k = 1; k < line.size(); ++k)
        builder_.output(builder_.net(line[k].text, line[k].span), line[k].span);
    } else if (word == ".names") {
      read_names(line);
    } else if (word == ".gate") {
      read_cell(line);
    } else if (word == ".end") {
      ended_ = true;
    } else {
      refuse(line[0]);
    }
  }

  void read_model(const std::vector<NetlistWord>& line) {
    if (has_model_)
      return diagnostics_.error(line[0].span, "a second model; flatten the hierarchy first (yosys: flatten)");
    has_model_ = true;
    if (line.size() > 1) name_ = std::string(line[1].text);
  }

  void refuse(const NetlistWord& word) {
    if (std::find(kIgnored.begin(), kIgnored.end(), word.text) != kIgnored.end()) return;
    if (word.text == ".latch" || word.text == ".clock") {
      diagnostics_.error(
          word.span,
          fmt::format("'{}' is of a circuit with state; only combinational logic is compiled", word.text));
    } else if (word.text == ".subckt") {
      diagnostics_.error(word.span,
                         "'.subckt' places another model; flatten the hierarchy first (yosys: flatten)");
    } else if (word.text == ".exdc") {
      diagnostics_.error(word.span, "an external network of don't cares is not supported; leave it out");
    } else {
      diagnostics_.error(
          word.span, fmt::format("unknown command '{}'{}", word.text, base::did_you_mean(word.text, kKnown)));
    }
  }

  void read_names(const std::vector<NetlistWord>& line) {
    if (line.size() < 2) return diagnostics_.error(line[0].span, "'.names' needs the net it drives");
    sum_ = {GateFunction::Sum, builder_.net(line.back().text, line.back().span), {}, {}, false};
    for (size_t k = 1; k + 1 < line.size(); ++k)
      sum_.inputs.push_back(builder_.net(line[k].text, line[k].span));
    if (sum_.inputs.size() > kMostNetlistInputs)
      return diagnostics_.error(line[0].span,
                                fmt::format("'.names' has more than {} inputs", kMostNetlistInputs));
    sum_span_ = line.back().span;
    in_sum_ = true;
    polarity_ = 0;
  }

  void read_product(const std::vector<NetlistWord>& line) {
    if (!in_sum_) {
      if (!diagnostics_.has_errors())
        diagnostics_.error(line[0].span,
                           fmt::format("expected a command such as .names, found '{}'", line[0].text));
      return;
    }
    const size_t expected = sum_.inputs.empty() ? 1 : 2;
    if (line.size() != expected)
      return diagnostics_.error(line[0].span,
                                fmt::format("a row of this cover has {} and an output value",
                                            sum_.inputs.empty() ? "no inputs" : "one word for all inputs"));
    const NetlistWord& inputs = line[0];
    if (expected == 2 && inputs.text.size() != sum_.inputs.size())
      return diagnostics_.error(inputs.span,
                                fmt::format("{} values for {} inputs", inputs.text.size(), sum_.inputs.size()));
    if (expected == 2 && inputs.text.find_first_not_of("01-") != std::string_view::npos)
      return diagnostics_.error(inputs.span, fmt::format("'{}' is not made of 0, 1 and -", inputs.text));
    const std::string_view value = line.back().text;
    if (value != "0" && value != "1")
      return diagnostics_.error(line.back().span,
                                fmt::format("expected the output value 0 or 1, found '{}'", value));
    if (polarity_ != 0 && polarity_ != value[0])
      return diagnostics_.error(line.back().span,
                                "a cover lists where its output is 1, or where it is 0, not both");
    polarity_ = value[0];
    sum_.products.emplace_back(expected == 2 ? inputs.text : "");
  }

  void finish_sum() {
    if (!in_sum_) return;
    in_sum_ = false;
    sum_.inverted = polarity_ == '0';
    builder_.gate(std::move(sum_), sum_span_);
  }

  /// ".gate nor2 a=x b=y O=z"
  void read_cell(const std::vector<NetlistWord>& line) {
    if (line.size() < 3) return diagnostics_.error(line[0].span, "'.gate' needs a cell and its pins, as O=net");
    NetlistGate gate;
    int outputs = 0;
    for (size_t k = 2; k < line.size(); ++k) {
      const size_t equal = line[k].text.find('=');
      if (equal == std::string_view::npos || equal + 1 == line[k].text.size())
        return diagnostics_.error(
            line[k].span, fmt::format("expected a pin and its net, as O=net, found '{}'", line[k].text));
      const Net net = builder_.net(line[k].text.substr(equal + 1), line[k].span);
      if (is_output_pin(line[k].text.substr(0, equal))) {
        gate.output = net;
        ++outputs;
      } else {
        gate.inputs.push_back(net);
      }
    }
    if (outputs != 1) return diagnostics_.error(line[1].span, "a cell has one output pin: O, Y, Z, Q or out");
    const auto function = library_cell(line[1].text, static_cast<int>(gate.inputs.size()));
    if (!function)
      return diagnostics_.error(
          line[1].span,
          fmt::format("unknown cell '{}' of {} inputs; inv1, nor2, nand2, xor2 and their like are known",
                      line[1].text, gate.inputs.size()));
    gate.function = *function;
    builder_.gate(std::move(gate), line[1].span);
  }

  base::Diagnostics diagnostics_;
  NetlistWords words_;
  NetlistBuilder builder_;
  std::string name_;
  std::shared_ptr<const base::Source> source_;
  bool has_model_ = false, has_output_ = false, ended_ = false;
  bool in_sum_ = false;
  NetlistGate sum_;
  base::Span sum_span_;
  char polarity_ = 0;
};

}  // namespace

Netlist read_blif(std::shared_ptr<const base::Source> source) { return BlifReader(std::move(source)).read(); }

}  // namespace ohmweave::logic
