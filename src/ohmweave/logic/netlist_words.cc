// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/netlist_words.h"

#include <algorithm>

namespace ohmweave::logic {

std::vector<NetlistWord> NetlistWords::next(std::string_view separators) {
  std::vector<NetlistWord> out;
  bool joined = false;
  while (!rest_.empty() && (out.empty() || joined)) {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    line = line.substr(0, line.find('#'));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
      line.remove_suffix(1);
    joined = !line.empty() && line.back() == '\\';
    if (joined) line.remove_suffix(1);
    for (size_t at = 0; at < line.size();) {
      if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
        ++at;
        continue;
      }
      size_t stop = at + 1;
      if (separators.find(line[at]) == std::string_view::npos) {
        while (stop < line.size() && line[stop] != ' ' && line[stop] != '\t' && line[stop] != '\r' &&
               separators.find(line[stop]) == std::string_view::npos)
          ++stop;
      }
      out.push_back({line.substr(at, stop - at),
                     {source_, line_, static_cast<uint32_t>(at) + 1, static_cast<uint32_t>(stop - at)}});
      at = stop;
    }
  }
  return out;
}

std::optional<GateFunction> library_cell(std::string_view name, int inputs) {
  std::string word;
  for (const char c : name) word += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  size_t letters = word.size();
  while (letters > 0 && word[letters - 1] >= '0' && word[letters - 1] <= '9') --letters;
  const std::string digits = word.substr(letters);
  word.resize(letters);
  if (word == "inv") word = "not";
  const GateFunction* function = gate_function(word);
  if (function == nullptr || *function == GateFunction::Mux) return std::nullopt;
  if (!digits.empty() && digits != std::to_string(inputs)) return std::nullopt;
  const GateFunctionKind& kind = kind_of(*function);
  if (inputs < kind.least_inputs || inputs > kind.most_inputs) return std::nullopt;
  return *function;
}

bool is_output_pin(std::string_view pin) {
  return pin == "O" || pin == "Y" || pin == "Z" || pin == "Q" || pin == "out" || pin == "o" || pin == "y" ||
         pin == "z";
}

std::string stem_of(std::string_view path) {
  path.remove_prefix(std::min(path.rfind('/') + 1, path.size()));
  return std::string(path.substr(0, path.rfind('.')));
}

}  // namespace ohmweave::logic
