// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "ohmweave/program/text.h"
#include "ohmweave/program/text_cursor.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::program {
namespace {

using base::Diagnostics;
using base::Span;

constexpr int64_t kAny = INT64_MAX;
constexpr int64_t kMostKnown = int64_t{1} << 24;  // values of a measure: a text is for people

/// Names of one kind of part and where they stand.
template <class Tag>
struct Names {
  std::string_view kind;
  std::map<std::string, Id<Tag>> ids;
  std::vector<Span> spans;

  void declare(const std::string& name, Span span) {
    ids.try_emplace(name, Id<Tag>{static_cast<uint32_t>(spans.size())});
    spans.push_back(std::move(span));
  }
  Id<Tag> find(TextCursor& line) const {
    const std::string name = line.name(fmt::format("the name of a {}", kind));
    const auto it = ids.find(name);
    if (it != ids.end()) return it->second;
    std::vector<std::string> known;
    for (const auto& [n, id] : ids) known.push_back(n);
    line.fail(fmt::format("there is no {} '{}'{}", kind, name, base::did_you_mean(name, known)));
  }
};

class Parser {
 public:
  explicit Parser(std::shared_ptr<const base::Source> source) : source_(std::move(source)) {}

  Program run() {
    scan();
    for (Line& line : lines_) {
      try {
        (this->*line.rest)(line);
        line.cursor.expect_end();
      } catch (const BadLine&) {  // reported; the other lines may have something to say, too
      }
    }
    if (!named_) diagnostics_.error({source_, 1, 1, 1}, "a program begins with 'program NAME'");
    diagnostics_.stop_if_errors();
    for (const Violation& v : malformations(p_)) diagnostics_.error(span_of(v), v.message);
    diagnostics_.stop_if_errors();
    return std::move(p_);
  }

 private:
  struct Line {
    TextCursor cursor;
    void (Parser::*rest)(Line&);
    uint32_t part;  // what it declares, or for the lines under a stage, the stage
  };
  using Rest = void (Parser::*)(Line&);

  /// First the names of everything, so that lines may refer to later ones.
  void scan() {
    std::string_view text = source_->text;
    for (uint32_t number = 1; !text.empty(); ++number) {
      const size_t end = text.find('\n');
      TextCursor cursor(source_, number, text.substr(0, end), diagnostics_);
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
      try {
        if (!cursor.at_end()) declare(std::move(cursor));
      } catch (const BadLine&) {
      }
    }
  }

  void declare(TextCursor cursor) {
    const std::string word = cursor.keyword("a keyword");
    if (word == "resource") return declare(std::move(cursor), resources_, &Parser::resource);
    if (word == "measure") return declare(std::move(cursor), measures_, &Parser::measure);
    if (word == "store") return declare(std::move(cursor), stores_, &Parser::store);
    if (word == "stage") return declare(std::move(cursor), stages_, &Parser::stage);
    static const std::map<std::string, Rest> kWithoutName = {
        {"program", &Parser::program}, {"dims", &Parser::dims},          {"reads", &Parser::reads},
        {"does", &Parser::does},       {"writes", &Parser::writes},      {"product", &Parser::product},
        {"moves", &Parser::moves},     {"evaluates", &Parser::evaluates}};
    const auto it = kWithoutName.find(word);
    if (it == kWithoutName.end()) {
      std::vector<std::string> known = {"resource", "measure", "store", "stage"};
      for (const auto& [w, rest] : kWithoutName) known.push_back(w);
      cursor.fail(fmt::format("a line cannot begin with '{}'{}", word, base::did_you_mean(word, known)));
    }
    const bool under_stage = word != "program" && word != "dims";
    if (under_stage && stages_.spans.empty()) cursor.fail(fmt::format("'{}' stands under no stage", word));
    lines_.push_back(
        {std::move(cursor), it->second, static_cast<uint32_t>(stages_.spans.size() - (under_stage ? 1 : 0))});
  }
  template <class Tag>
  void declare(TextCursor cursor, Names<Tag>& names, Rest rest) {
    const std::string name = cursor.name(fmt::format("the name of a {}", names.kind));
    const auto part = static_cast<uint32_t>(names.spans.size());
    names.declare(name, cursor.span());
    if constexpr (std::is_same_v<Tag, ResourceTag>) p_.resources.emplace_back().name = name;
    if constexpr (std::is_same_v<Tag, MeasureTag>) p_.measures.emplace_back().name = name;
    if constexpr (std::is_same_v<Tag, StoreTag>) p_.stores.emplace_back().name = name;
    if constexpr (std::is_same_v<Tag, StageTag>) p_.stages.emplace_back().name = name;
    lines_.push_back({std::move(cursor), rest, part});
  }
  Span span_of(const Violation& v) const {
    switch (v.part) {
      case Violation::Part::Resource:
        return resources_.spans[v.index];
      case Violation::Part::Measure:
        return measures_.spans[v.index];
      case Violation::Part::Store:
        return stores_.spans[v.index];
      case Violation::Part::Stage:
        return stages_.spans.empty() ? Span{source_, 1, 1, 1} : stages_.spans[v.index];
    }
    return {};
  }

  void program(Line& line) {
    if (named_) line.cursor.fail("a second 'program'");
    named_ = true;
    p_.name = line.cursor.name("the name of the program");
  }
  void dims(Line& line) {
    while (!line.cursor.at_end()) p_.dims.push_back(line.cursor.loop());
  }
  Dim dim(TextCursor& c) {
    const std::string name = c.loop();
    return dim(name, c);
  }
  Dim dim(const std::string& name, TextCursor& c) {
    const auto it = std::find(p_.dims.begin(), p_.dims.end(), name);
    if (it == p_.dims.end())
      c.fail(fmt::format("'dims' does not list a loop '{}'{}", name, base::did_you_mean(name, p_.dims)));
    return {static_cast<uint32_t>(it - p_.dims.begin())};
  }

  void resource(Line& line) {
    TextCursor& c = line.cursor;
    Resource& r = p_.resources[line.part];
    if (c.take('=')) r.part = c.name("the path of a part");
    if (c.take_word("units")) r.units = c.integer(1, kAny);
    if (c.take_word("parts")) r.parts = c.integer(1, kAny);
  }

  void measure(Line& line) {
    TextCursor& c = line.cursor;
    Measure& m = p_.measures[line.part];
    c.expect_word("of");
    m.stage = stages_.find(c);
    c.expect_word("per");
    m.outer_loops = static_cast<int>(c.integer(0, 64));
    c.expect_word("loops");
    c.expect_word("at");
    c.expect_word("most");
    m.most = c.integer(0, kAny);
    if (!c.take_word("known")) return;
    while (!c.at_end()) {
      const int64_t first = c.integer(0, kAny);
      int64_t last = first, times = 1;
      if (c.take('*')) {
        times = c.integer(1, kMostKnown);
      } else if (c.take('.')) {
        c.expect('.');
        last = c.integer(first, kAny);
      }
      if (last - first >= kMostKnown ||
          static_cast<int64_t>(m.known.size()) + std::max(times, last - first + 1) > kMostKnown) {
        c.fail(fmt::format("a measure with more than {} values", kMostKnown));
      }
      for (int64_t v = first; v <= last; ++v) m.known.insert(m.known.end(), static_cast<size_t>(times), v);
    }
  }

  void store(Line& line) {
    TextCursor& c = line.cursor;
    Store& s = p_.stores[line.part];
    c.expect(':');
    s.capacity = c.take_word("unlimited") ? kUnlimited : c.integer(1, kUnlimited);
    if (!c.take_word("item")) c.expect_word("items");
    c.expect_word("of");
    s.item = c.data();
    if (c.take_word("in")) {
      if (c.take_word("cells")) {
        Cells cells{c.name("the path of arrays"), 1, nullptr};
        if (c.take_word("copies")) cells.copies = c.integer(1, kAny);
        s.where = std::move(cells);
      } else {
        c.expect_word("memory");
        s.where = Memory{resources_.find(c)};
      }
    }
    if (c.take_word("values")) s.values = list(c);
  }
  static std::vector<uint32_t> list(TextCursor& c) {
    std::vector<uint32_t> out;
    while (c.next_is_digit()) out.push_back(static_cast<uint32_t>(c.integer(0, UINT32_MAX)));
    return out;
  }

  void stage(Line& line) {
    TextCursor& c = line.cursor;
    Stage& s = p_.stages[line.part];
    c.expect('[');
    while (!c.take(']')) {
      if (!s.loops.empty()) c.expect(',');
      Loop l;
      l.dim = dim(c);
      l.extent = c.integer(1, kAny);
      if (c.take_word("by")) l.lanes = c.integer(1, kAny);
      if (c.take_word("blocks")) l.order = LaneOrder::Blocks;
      s.loops.push_back(l);
    }
    if (c.take_word("bite")) s.bite = static_cast<int>(c.integer(0, 64));
  }

  void reads(Line& line) {
    TextCursor& c = line.cursor;
    Read r;
    r.store = stores_.find(c);
    if (c.take('{')) {
      do {
        const Dim of = dim(c);
        c.expect(':');
        r.window.axes.emplace_back(of, axis(c));
      } while (c.take(','));
      c.expect('}');
    }
    if (c.take_word("held")) r.held = c.time();
    p_.stages[line.part].reads.push_back(std::move(r));
  }
  /// all, TERM, TERM..TERM, or one of the latter two in parentheses and divided: (2*y-1..2*y+1)/3
  Axis axis(TextCursor& c) {
    Axis a;
    const bool divided = c.take('(');
    if (term(c, a, a.low)) {
      if (divided) c.fail("'all' cannot be divided");
      return all_of();
    }
    a.high = a.low;
    if (c.take('.')) {
      c.expect('.');
      Axis end;
      if (term(c, end, end.high) || end.of != a.of || end.multiply != a.multiply)
        c.fail("both ends of a window must run alike");
      a.high = end.high;
    }
    if (divided) {
      c.expect(')');
      c.expect('/');
      a.divide = c.integer(1, kAny);
    }
    return a;
  }
  /// [NUMBER*]LOOP[+NUMBER|-NUMBER]; true if it is 'all'.
  bool term(TextCursor& c, Axis& a, int64_t& offset) {
    if (c.next_is_digit() || c.next_is('-')) {
      a.multiply = c.integer(INT64_MIN, kAny);
      c.expect('*');
    }
    bool quoted = false;
    const std::string name = c.loop(&quoted);
    if (name == "all" && !quoted) return true;
    a.of = dim(name, c);
    if (c.next_is('+') || c.next_is('-')) offset = c.integer(INT64_MIN, kAny);
    return false;
  }

  void does(Line& line) {
    TextCursor& c = line.cursor;
    Step t;
    const std::string verb = c.keyword("a verb");
    std::vector<std::string> known;
    bool found = false;
    for (const auto& [word, value] : config::Words<circuit::Verb>::values) {
      if (word == verb) t.verb = value, found = true;
      known.emplace_back(word);
    }
    if (!found) c.fail(fmt::format("there is no verb '{}'{}", verb, base::did_you_mean(verb, known)));
    t.on = resources_.find(c);
    c.expect_word("at");
    t.at = c.time();
    c.expect_word("for");
    t.lasts = c.time();
    c.expect('x');
    t.count = c.integer(0, kAny);
    if (c.take_word("units")) t.units = c.integer(1, kAny);
    if (c.take_word("shared")) t.serves = c.take_word("inside") ? Serves::Outer : Serves::Firing;
    if (c.take_word("repeat")) t.repeat = measures_.find(c);
    p_.stages[line.part].steps.push_back(t);
  }

  void writes(Line& line) {
    while (!line.cursor.at_end()) {
      const StoreId s = stores_.find(line.cursor);
      if (p_[s].writer)
        line.cursor.fail(
            fmt::format("'{}' is written by stage '{}' already", p_[s].name, p_[*p_[s].writer].name));
      p_[s].writer = StageId{line.part};
      p_.stages[line.part].writes.push_back(s);
    }
  }

  Operation& operation(Line& line) {
    Operation& o = p_.stages[line.part].operation;
    if (!std::holds_alternative<None>(o)) line.cursor.fail("the stage computes something already");
    return o;
  }
  void moves(Line& line) { operation(line) = Move{}; }
  void evaluates(Line& line) { operation(line) = Evaluate{list(line.cursor)}; }
  void product(Line& line) {
    TextCursor& c = line.cursor;
    Operation& o = operation(line);
    Product p;
    p.node = static_cast<network::NodeId>(c.integer(0, UINT32_MAX));
    c.expect_word("held");
    p.held = stores_.find(c);
    if (c.take_word("after")) p.after = list(c);
    o = std::move(p);
  }

  std::shared_ptr<const base::Source> source_;
  Diagnostics diagnostics_;
  Program p_;
  bool named_ = false;
  std::vector<Line> lines_;
  Names<ResourceTag> resources_{"resource", {}, {}};
  Names<MeasureTag> measures_{"measure", {}, {}};
  Names<StoreTag> stores_{"store", {}, {}};
  Names<StageTag> stages_{"stage", {}, {}};
};

}  // namespace

Program parse(std::shared_ptr<const base::Source> source) { return Parser(std::move(source)).run(); }

}  // namespace ohmweave::program
