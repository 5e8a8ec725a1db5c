// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/validate.h"

#include <deque>

#include <fmt/format.h>

#include "ohmweave/program/window.h"

namespace ohmweave::program {
namespace {

std::vector<int64_t> least_capacities(const Program& program, const WindowTables& tables) {
  std::vector<int64_t> least(program.stores.size(), 1);
  for (uint32_t s = 0; s < program.stages.size(); ++s) {
    for (size_t r = 0; r < program.stages[s].reads.size(); ++r) {
      const WindowTable* table = tables.of({s}, r);
      if (!table) continue;
      int64_t& l = least[program.stages[s].reads[r].store.index];
      l = std::max(l, table->least_capacity());
    }
  }
  return least;
}

/// Lets every stage fire as often as its reads allow, whatever time and capacities say. What cannot fire then
/// waits for itself.
class UntimedRun {
 public:
  UntimedRun(const Program& program, const WindowTables& tables)
      : p_(program), tables_(tables), done_(p_.stages.size(), 0) {
    std::vector<std::vector<uint32_t>> readers(p_.stages.size());
    for (uint32_t s = 0; s < p_.stages.size(); ++s) {
      for (const Read& r : p_.stages[s].reads) {
        if (auto w = p_[r.store].writer) readers[w->index].push_back(s);
      }
    }
    std::deque<uint32_t> work;
    for (uint32_t s = 0; s < p_.stages.size(); ++s) work.push_back(s);
    while (!work.empty()) {
      const uint32_t s = work.front();
      work.pop_front();
      if (advance(s)) work.insert(work.end(), readers[s].begin(), readers[s].end());
    }
  }

  /// A cycle of waits, told in words; empty if everything has fired.
  std::string cycle() const {
    uint32_t s = 0;
    while (s < p_.stages.size() && done_[s] == p_.stages[s].firings()) ++s;
    if (s == p_.stages.size()) return {};
    std::vector<bool> seen(p_.stages.size(), false);
    for (; !seen[s]; s = waits_for(s).index) seen[s] = true;  // from anywhere into the cycle
    std::string out;
    const uint32_t first = s;
    do {
      const StageId w = waits_for(s);
      out +=
          fmt::format("{}'{}' reads what '{}' writes", out.empty() ? "" : ", ", p_.stages[s].name, p_[w].name);
      s = w.index;
    } while (s != first);
    return out;
  }

 private:
  const WindowTable* unmet(uint32_t s, int64_t n, size_t& read) const {
    for (read = 0; read < p_.stages[s].reads.size(); ++read) {
      const WindowTable* t = tables_.of({s}, read);
      if (!t) continue;
      const uint32_t w = p_[p_.stages[s].reads[read].store].writer->index;
      if (t->need(n) > (w == s ? n : done_[w])) return t;
    }
    return nullptr;
  }
  bool reads_itself(uint32_t s) const {
    for (const Read& r : p_.stages[s].reads) {
      if (p_[r.store].writer == StageId{s}) return true;
    }
    return false;
  }
  bool advance(uint32_t s) {
    const int64_t before = done_[s], firings = p_.stages[s].firings();
    size_t read = 0;
    if (reads_itself(s)) {
      while (done_[s] < firings && !unmet(s, done_[s], read)) ++done_[s];
    } else {  // needs never decrease, so what can fire is found by halving
      int64_t low = before, high = firings;
      while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (unmet(s, middle, read)) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      done_[s] = low;
    }
    return done_[s] > before;
  }
  StageId waits_for(uint32_t s) const {
    size_t read = 0;
    unmet(s, done_[s], read);
    return *p_[p_.stages[s].reads[read].store].writer;
  }

  const Program& p_;
  const WindowTables& tables_;
  std::vector<int64_t> done_;
};

}  // namespace

std::vector<int64_t> least_capacities(const Program& program) {
  return least_capacities(program, WindowTables(program));
}

std::vector<std::string> violations(const Program& program) {
  std::vector<std::string> out;
  for (Violation& v : malformations(program)) out.push_back(std::move(v.message));
  if (!out.empty()) return out;
  const WindowTables tables(program);
  const std::vector<int64_t> least = least_capacities(program, tables);
  for (size_t k = 0; k < program.stores.size(); ++k) {
    const Store& s = program.stores[k];
    if (s.capacity >= least[k]) continue;
    out.push_back(fmt::format("store '{}' holds {} items; the windows of its readers need {} at once", s.name,
                              s.capacity, least[k]));
  }
  const std::string cycle = UntimedRun(program, tables).cycle();
  if (!cycle.empty()) out.push_back("a cycle of reads without a lag: " + cycle);
  return out;
}

}  // namespace ohmweave::program
