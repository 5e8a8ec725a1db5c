// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "ohmweave/program/text.h"
#include "ohmweave/program/text_words.h"
#include "ohmweave/units/text.h"

namespace ohmweave::program {
namespace {

/// Exact: the largest unit that needs at most three decimals.
std::string print_time(Picoseconds t) {
  const TimeUnit* unit = &kTimeUnits.back();
  for (const TimeUnit& u : kTimeUnits) {
    if (t >= u.picoseconds && t % std::max<Picoseconds>(u.picoseconds / 1000, 1) == 0) {
      unit = &u;
      break;
    }
  }
  std::string out = fmt::format("{}", t / unit->picoseconds);
  if (const Picoseconds rest = t % unit->picoseconds; rest != 0) {
    out += fmt::format(".{:03}", rest / (unit->picoseconds / 1000));
    out.erase(out.find_last_not_of('0') + 1);
  }
  return fmt::format("{} {}", out, unit->word);
}

std::string quoted(const std::string& name) {
  std::string out = "\"";
  for (char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// A name as it stands if a reader of words can tell where it ends, else in quotes.
std::string word(const std::string& name) {
  const bool bare = !name.empty() && name.front() != '#' && std::all_of(name.begin(), name.end(), is_bare);
  return bare ? name : quoted(name);
}
std::string loop_word(const std::string& name) {
  const bool bare =
      !name.empty() && is_loop_start(name.front()) && std::all_of(name.begin(), name.end(), is_in_loop);
  return bare && name != "all" ? name : quoted(name);
}

class Printer {
 public:
  explicit Printer(const Program& p) : p_(p) {}

  std::string run() {
    out_ = fmt::format("program {}\n", word(p_.name));
    if (!p_.dims.empty()) out_ += "dims";
    for (const std::string& d : p_.dims) out_ += ' ' + loop_word(d);
    out_ += p_.dims.empty() ? "\n" : "\n\n";
    for (const Resource& r : p_.resources) resource(r);
    if (!p_.measures.empty()) out_ += '\n';
    for (const Measure& m : p_.measures) measure(m);
    if (!p_.stores.empty()) out_ += '\n';
    for (const Store& s : p_.stores) store(s);
    for (const Stage& s : p_.stages) stage(s);
    return std::move(out_);
  }

 private:
  const std::string& dim(Dim d) const { return p_.dims[d.index]; }
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> form, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), form, std::forward<Arguments>(arguments)...);
  }

  void resource(const Resource& r) {
    add("resource {}", word(r.name));
    if (!r.part.empty()) add(" = {}", word(r.part));
    if (r.units != 1) add(" units {}", r.units);
    if (r.parts != 1) add(" parts {}", r.parts);
    out_ += '\n';
  }

  void measure(const Measure& m) {
    add("measure {} of {} per {} loops at most {}", word(m.name), word(p_[m.stage].name), m.outer_loops,
        m.most);
    if (!m.known.empty()) out_ += " known";
    for (size_t k = 0; k < m.known.size();) {  // runs of equal values as V*N, of successive ones as V..W
      size_t equal = 1, rising = 1;
      while (k + equal < m.known.size() && m.known[k + equal] == m.known[k]) ++equal;
      while (k + rising < m.known.size() && m.known[k + rising] == m.known[k] + static_cast<int64_t>(rising))
        ++rising;
      if (equal > 2) {
        add(" {}*{}", m.known[k], equal);
      } else if (rising > 2) {
        add(" {}..{}", m.known[k], m.known[k + rising - 1]);
      } else {
        add(" {}", m.known[k]);
        equal = rising = 1;
      }
      k += equal > 2 ? equal : rising;
    }
    out_ += '\n';
  }

  void store(const Store& s) {
    add("store {}: ", word(s.name));
    if (s.capacity >= kUnlimited) {
      out_ += "unlimited items";
    } else {
      add("{} item{}", s.capacity, s.capacity == 1 ? "" : "s");
    }
    add(" of {}", units::write(s.item));
    if (const auto* memory = std::get_if<Memory>(&s.where)) add(" in memory {}", word(p_[memory->on].name));
    if (const auto* cells = std::get_if<Cells>(&s.where)) {
      add(" in cells {}", word(cells->arrays));
      if (cells->copies != 1) add(" copies {}", cells->copies);
    }
    if (!s.values.empty()) out_ += " values" + list(s.values);
    out_ += '\n';
  }

  template <class T>
  static std::string list(const std::vector<T>& numbers) {
    std::string out;
    for (T n : numbers) out += fmt::format(" {}", n);
    return out;
  }

  std::string term(const Axis& a, int64_t offset) const {
    std::string out = a.multiply == 1 ? "" : fmt::format("{}*", a.multiply);
    out += loop_word(dim(a.of));
    return offset == 0 ? out : out + fmt::format("{:+}", offset);
  }
  std::string axis(const Axis& a) const {
    if (a.all) return "all";
    std::string range = term(a, a.low);
    if (a.high != a.low) range += ".." + term(a, a.high);
    return a.divide == 1 ? range : fmt::format("({})/{}", range, a.divide);
  }

  void stage(const Stage& s) {
    add("\nstage {} [", word(s.name));
    for (size_t k = 0; k < s.loops.size(); ++k) {
      const Loop& l = s.loops[k];
      add("{}{} {}", k == 0 ? "" : ", ", loop_word(dim(l.dim)), l.extent);
      if (l.lanes != 1 || l.order == LaneOrder::Blocks) add(" by {}", l.lanes);
      if (l.order == LaneOrder::Blocks) out_ += " blocks";
    }
    out_ += ']';
    if (s.bite != 1) add(" bite {}", s.bite);
    out_ += '\n';
    for (const Read& r : s.reads) read(r);
    for (const Step& t : s.steps) step(t);
    if (!s.writes.empty()) out_ += "  writes";
    for (StoreId w : s.writes) out_ += ' ' + word(p_[w].name);
    if (!s.writes.empty()) out_ += '\n';
    operation(s.operation);
  }

  void read(const Read& r) {
    add("  reads {}", word(p_[r.store].name));
    for (size_t k = 0; k < r.window.axes.size(); ++k) {
      const auto& [of, a] = r.window.axes[k];
      add("{}{}: {}", k == 0 ? " {" : ", ", loop_word(dim(of)), axis(a));
    }
    if (!r.window.axes.empty()) out_ += '}';
    if (r.held) add(" held {}", print_time(*r.held));
    out_ += '\n';
  }

  void step(const Step& t) {
    add("  does {} {} at {} for {} x{}", config::word_of(t.verb), word(p_[t.on].name), print_time(t.at),
        print_time(t.lasts), t.count);
    if (t.units != 1) add(" units {}", t.units);
    if (t.serves != Serves::Element) out_ += t.serves == Serves::Firing ? " shared" : " shared inside";
    if (t.repeat) add(" repeat {}", word(p_[*t.repeat].name));
    out_ += '\n';
  }

  void operation(const Operation& o) {
    if (const auto* e = std::get_if<Evaluate>(&o)) out_ += "  evaluates" + list(e->nodes) + '\n';
    if (const auto* p = std::get_if<Product>(&o)) {
      add("  product {} held {}", p->node, word(p_[p->held].name));
      if (!p->after.empty()) out_ += " after" + list(p->after);
      out_ += '\n';
    }
    if (std::holds_alternative<Move>(o)) out_ += "  moves\n";
  }

  const Program& p_;
  std::string out_;
};

}  // namespace

std::string print(const Program& program) { return Printer(program).run(); }

}  // namespace ohmweave::program
