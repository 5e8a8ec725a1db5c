// SPDX-License-Identifier: Apache-2.0
// The text of listings, written and read: docs/listing.md.
#include <array>
#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/report/listing.h"

namespace ohmweave::report {
namespace {

constexpr std::string_view kFormat = "ohmweave-listing/1";

using SettingWord = Setting::Word;
using CommandWord = Command::Word;

constexpr std::array<std::pair<std::string_view, SettingWord>, 6> kSettings = {
    {{"prog", SettingWord::Prog},
     {"comp", SettingWord::Comp},
     {"mem", SettingWord::Mem},
     {"bypass sigmoid", SettingWord::BypassSigmoid},
     {"bypass SA", SettingWord::BypassSenseAmplifier},
     {"input source", SettingWord::InputSource}}};
constexpr std::array<std::pair<std::string_view, CommandWord>, 6> kCommands = {
    {{"fetch", CommandWord::Fetch},
     {"load", CommandWord::Load},
     {"compute", CommandWord::Compute},
     {"apply", CommandWord::Apply},
     {"store", CommandWord::Store},
     {"commit", CommandWord::Commit}}};

template <class Table, class Word>
std::string_view word_of(const Table& table, Word word) {
  for (const auto& [text, w] : table) {
    if (w == word) return text;
  }
  return "?";
}

std::string text(const Extent& e) { return fmt::format("[{} +{}]", e.first, e.size); }
std::string text(const std::vector<BufferRange>& buffers) {
  std::string out;
  for (const BufferRange& b : buffers)
    out += fmt::format("{}buf {} {}", out.empty() ? "" : " ", b.memory, text(b.at));
  return out;
}
std::string place(const Command& c) { return c.unit.empty() ? "array " + text(c.arrays) : "unit " + c.unit; }

std::string text(const Setting& s) {
  std::string out = fmt::format("{} {}", word_of(kSettings, s.word), text(s.arrays));
  if (s.word == SettingWord::Prog) return out + " " + s.layer;
  const bool has_value = s.word != SettingWord::Comp && s.word != SettingWord::Mem;
  return has_value ? fmt::format("{} {}", out, s.value) : out;
}

std::string text(const Command& c) {
  const std::string_view word = word_of(kCommands, c.word);
  const std::string amount = fmt::format("{} {}", c.amount, c.each ? "each" : "once");
  switch (c.word) {
    case CommandWord::Fetch:
      return fmt::format("{} mem {} to {} {}", word, text(c.outside), text(c.buffers), amount);
    case CommandWord::Load:
      return fmt::format("{} {} to {} {}", word, text(c.buffers), place(c), amount);
    case CommandWord::Store:
      return fmt::format("{} {} to {} {}", word, place(c), text(c.buffers), amount);
    case CommandWord::Commit:
      return fmt::format("{} {} to mem {} {}", word, text(c.buffers), text(c.outside), amount);
    default:
      return fmt::format("{} {} {}", word, place(c), amount);
  }
}

/// Reads words of one line after the other.
class Reader {
 public:
  Reader(std::string_view text, const std::string& name)
      : source_(std::make_shared<const base::Source>(base::Source{name, std::string(text)})),
        text_(source_->text) {}

  /// Moves to the next line that says something; false at the end.
  bool next_line() {
    while (begin_ < text_.size()) {
      const size_t end = std::min(text_.find('\n', begin_), text_.size());
      line_ = text_.substr(begin_, end - begin_);
      begin_ = end + 1;
      ++number_, at_ = 0;
      skip();
      if (at_ < line_.size() && line_[at_] != ';') return true;
    }
    line_ = {}, at_ = 0;
    return false;
  }
  bool at_end() {
    skip();
    return at_ >= line_.size();
  }
  /// Takes `words` if they stand next, separated by one blank.
  bool take(std::string_view words) {
    skip();
    if (line_.substr(at_, words.size()) != words) return false;
    const size_t end = at_ + words.size();
    if (end < line_.size() && line_[end] != ' ') return false;
    at_ = end;
    return true;
  }
  void expect(std::string_view words) {
    if (!take(words)) fail(fmt::format("expected '{}'", words));
  }
  std::string word() {
    skip();
    const size_t end = std::min(line_.find(' ', at_), line_.size());
    if (end == at_) fail("the line ends too early");
    const size_t begin = std::exchange(at_, end);
    return std::string(line_.substr(begin, end - begin));
  }
  std::string rest() {
    skip();
    return std::string(line_.substr(std::exchange(at_, line_.size())));
  }
  int64_t number(std::string_view before = {}, std::string_view behind = {}) {
    skip();
    const size_t start = at_;
    int64_t value = 0;
    bool good = line_.substr(at_, before.size()) == before;
    const char* first = line_.data() + std::min(at_ + before.size(), line_.size());
    const auto [end, error] = std::from_chars(first, line_.data() + line_.size(), value);
    at_ = static_cast<size_t>(end - line_.data());
    good = good && error == std::errc() && value >= 0 && line_.substr(at_, behind.size()) == behind;
    at_ = std::min(at_ + behind.size(), line_.size());
    if (!good) at_ = start, fail(fmt::format("expected a whole number as in '{}12{}'", before, behind));
    return value;
  }
  Extent extent() {
    const int64_t first = number("[");
    return {first, number("+", "]")};
  }
  [[noreturn]] void fail(const std::string& what) {
    skip();
    const size_t end = std::min(line_.find(' ', at_), line_.size());
    base::fail(base::Span{source_, number_, static_cast<uint32_t>(at_ + 1),
                          static_cast<uint32_t>(std::max<size_t>(end - std::min(at_, end), 1))},
               what);
  }
  void end_of_line() {
    if (!at_end()) fail("expected the end of the line");
  }

 private:
  void skip() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
  }
  std::shared_ptr<const base::Source> source_;
  std::string_view text_, line_;
  size_t begin_ = 0, at_ = 0;
  uint32_t number_ = 0;
};

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : r_(text, name) {}

  Listing run() {
    head();
    while (line("configure")) {
      if (r_.take("run")) break;
      setting();
    }
    r_.end_of_line();
    while (r_.next_line()) {
      if (r_.take("stage")) {
        stage();
      } else {
        out_.fetches.push_back(command());
      }
    }
    return std::move(out_);
  }

 private:
  /// The next line, which must be there: `part` is what would be left unfinished.
  bool line(std::string_view part) {
    if (!r_.next_line()) r_.fail(fmt::format("the listing ends within '{}'", part));
    return true;
  }
  void head() {
    line("listing");
    r_.expect("listing");
    if (r_.rest() != kFormat) r_.fail(fmt::format("the format of a listing is {}", kFormat));
    while (line("head") && !r_.take("configure")) {
      if (r_.take("program")) {
        out_.program = r_.rest();
      } else if (r_.take("arrays")) {
        out_.arrays = r_.number();
      } else if (r_.take("networks")) {
        out_.networks = r_.number();
        out_.network_arrays = r_.number();
      } else if (r_.take("outside")) {
        out_.outside = r_.number();
      } else if (r_.take("memory")) {
        memory();
      } else if (r_.take("place")) {
        place();
      } else {
        r_.fail("expected program, arrays, networks, outside, memory, place or configure");
      }
      r_.end_of_line();
    }
    r_.end_of_line();
  }
  void memory() {
    if (r_.number() != static_cast<int64_t>(out_.memories.size())) r_.fail("memories are numbered from 0");
    ListedMemory m;
    m.bytes = r_.number();
    m.part = r_.word();
    m.name = r_.rest();
    out_.memories.push_back(std::move(m));
  }
  void place() {
    Place p;
    p.memory = r_.number();
    p.at = r_.extent();
    p.items = r_.number();
    r_.expect("x");
    p.item_bytes = r_.number();
    p.store = r_.rest();
    out_.places.push_back(std::move(p));
  }
  void setting() {
    for (const auto& [text, word] : kSettings) {
      if (!r_.take(text)) continue;
      Setting s;
      s.word = word;
      s.arrays = r_.extent();
      if (word == SettingWord::Prog) {
        s.layer = r_.rest();
      } else if (word != SettingWord::Comp && word != SettingWord::Mem) {
        s.value = r_.number();
      }
      r_.end_of_line();
      out_.configuration.push_back(std::move(s));
      return;
    }
    r_.fail("expected a command of the configuration, or run");
  }
  void stage() {
    ListedStage s;
    s.name = r_.rest();
    line("stage");
    r_.expect("loop");
    while (!r_.at_end()) {
      ListedLoop l;
      l.dim = r_.word();
      l.extent = r_.number("", "/");
      l.lanes = r_.number();
      if (l.lanes < 1) r_.fail("a loop has lanes");
      s.loops.push_back(std::move(l));
    }
    while (line("stage") && !r_.take("end")) s.commands.push_back(command());
    r_.end_of_line();
    out_.stages.push_back(std::move(s));
  }
  Command command() {
    for (const auto& [text, word] : kCommands) {
      if (!r_.take(text)) continue;
      Command c;
      c.word = word;
      if (word == CommandWord::Fetch) {
        outside(c), r_.expect("to"), buffers(c);
      } else if (word == CommandWord::Load) {
        buffers(c), r_.expect("to"), place_of(c);
      } else if (word == CommandWord::Store) {
        place_of(c), r_.expect("to"), buffers(c);
      } else if (word == CommandWord::Commit) {
        buffers(c), r_.expect("to"), outside(c);
      } else {
        place_of(c);
      }
      c.amount = r_.number();
      c.each = r_.take("each");
      if (!c.each) r_.expect("once");
      r_.end_of_line();
      return c;
    }
    r_.fail("expected a command: fetch, load, compute, apply, store, commit, stage or end");
  }
  void outside(Command& c) {
    r_.expect("mem");
    c.outside = r_.extent();
  }
  void buffers(Command& c) {
    while (r_.take("buf")) {
      const int64_t memory = r_.number();
      c.buffers.push_back({memory, r_.extent()});
    }
  }
  void place_of(Command& c) {
    if (r_.take("unit")) {
      c.unit = r_.word();
    } else {
      r_.expect("array");
      c.arrays = r_.extent();
    }
  }

  Reader r_;
  Listing out_;
};

}  // namespace

std::string print(const Listing& l) {
  std::string out = fmt::format("listing {}\nprogram {}\narrays {}\nnetworks {} {}\noutside {}\n", kFormat,
                                l.program, l.arrays, l.networks, l.network_arrays, l.outside);
  for (size_t k = 0; k < l.memories.size(); ++k)
    out += fmt::format("memory {} {} {} {}\n", k, l.memories[k].bytes, l.memories[k].part, l.memories[k].name);
  for (const Place& p : l.places)
    out += fmt::format("place {} {} {} x {} {}\n", p.memory, text(p.at), p.items, p.item_bytes, p.store);
  out += "\nconfigure\n";
  for (const Setting& s : l.configuration) out += text(s) + "\n";
  out += "\nrun\n";
  for (const Command& c : l.fetches) out += text(c) + "\n";
  for (const ListedStage& s : l.stages) {
    out += fmt::format("stage {}\nloop", s.name);
    for (const ListedLoop& loop : s.loops) out += fmt::format(" {} {}/{}", loop.dim, loop.extent, loop.lanes);
    out += "\n";
    for (const Command& c : s.commands) out += "  " + text(c) + "\n";
    out += "end\n";
  }
  return out;
}

Listing parse_listing(std::string_view text, const std::string& name) { return Parser(text, name).run(); }

}  // namespace ohmweave::report
