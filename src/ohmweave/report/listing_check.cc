// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "ohmweave/report/listing.h"

namespace ohmweave::report {
namespace {

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

class Check {
 public:
  explicit Check(const Listing& l) : l_(l) {}

  std::vector<std::string> run() {
    places();
    configuration();
    for (const Command& c : l_.fetches) command(c, "the fetches", c.amount);
    for (const ListedStage& s : l_.stages) {
      for (const Command& c : s.commands) {  // a recurrent layer reads what it wrote one step ago
        if (c.word == Command::Word::Store) write(c);
      }
      for (const Command& c : s.commands) command(c, s.name, s.total(c));
    }
    disjoint(outside_, "two ranges of the memory outside");
    return std::move(found_);
  }

 private:
  void inside(const Extent& e, int64_t limit, const std::string& what) {
    if (e.first < 0 || e.size <= 0 || e.end() > limit)
      found_.push_back(fmt::format("{}: [{} +{}] is not inside of {}", what, e.first, e.size, limit));
  }
  void disjoint(std::vector<Extent> all, const std::string& what) {
    std::sort(all.begin(), all.end(), [](const Extent& a, const Extent& b) { return a.first < b.first; });
    for (size_t k = 1; k < all.size(); ++k) {
      if (all[k].first < all[k - 1].end())
        found_.push_back(fmt::format("{} overlap at {}", what, all[k].first));
    }
  }

  void places() {
    std::vector<std::vector<Extent>> by_memory(l_.memories.size());
    for (const Place& p : l_.places) {
      if (p.memory < 0 || p.memory >= static_cast<int64_t>(l_.memories.size())) {
        found_.push_back(fmt::format("{}: there is no memory {}", p.store, p.memory));
        continue;
      }
      const ListedMemory& m = l_.memories[static_cast<size_t>(p.memory)];
      inside(p.at, m.bytes, p.store + " in " + m.name);
      if (p.at.size != p.items * p.item_bytes)
        found_.push_back(fmt::format("{}: {} items of {} bytes are not {} bytes", p.store, p.items,
                                     p.item_bytes, p.at.size));
      by_memory[static_cast<size_t>(p.memory)].push_back(p.at);
      known_.insert({p.memory, p.at.first, p.at.size});
    }
    for (size_t k = 0; k < by_memory.size(); ++k)
      disjoint(std::move(by_memory[k]), "two stores of " + l_.memories[k].name);
  }

  void configuration() {
    std::vector<Extent> programmed, computing, memory;
    if (l_.networks < 1 || l_.networks * l_.network_arrays > l_.arrays)
      found_.push_back(
          fmt::format("{} networks of {} arrays are more than there are", l_.networks, l_.network_arrays));
    for (const Setting& s : l_.configuration) {
      inside(s.arrays, l_.network_arrays, "the configuration");
      if (s.word == Setting::Word::Prog) programmed.push_back(s.arrays);
      if (s.word == Setting::Word::Comp) computing.push_back(s.arrays);
      if (s.word == Setting::Word::Mem) memory.push_back(s.arrays);
    }
    for (const Extent& e : programmed) {
      if (std::none_of(computing.begin(), computing.end(),
                       [&](const Extent& c) { return c.first <= e.first && e.end() <= c.end(); }))
        found_.push_back(fmt::format("arrays [{} +{}] are programmed, but never compute", e.first, e.size));
      programmed_.insert({e.first, e.size});
    }
    disjoint(programmed, "the arrays of two layers");
    computing.insert(computing.end(), memory.begin(), memory.end());
    disjoint(computing, "arrays that compute and arrays that are memory");
  }

  void write(const Command& c) {
    for (const BufferRange& b : c.buffers) written_.insert({b.memory, b.at.first, b.at.size});
  }
  void command(const Command& c, const std::string& where, int64_t total) {
    using Word = Command::Word;
    if (c.word == Word::Fetch) write(c);
    const bool writes = c.word == Word::Fetch || c.word == Word::Store;
    for (const BufferRange& b : c.buffers) {
      const std::tuple key{b.memory, b.at.first, b.at.size};
      if (known_.count(key) == 0)
        found_.push_back(
            fmt::format("{}: no store is at [{} +{}] of memory {}", where, b.at.first, b.at.size, b.memory));
      if (!writes && written_.count(key) == 0) {
        found_.push_back(fmt::format("{}: nothing has written [{} +{}] of memory {}", where, b.at.first,
                                     b.at.size, b.memory));
      }
    }
    const bool in_arrays = c.word != Word::Fetch && c.word != Word::Commit && c.unit.empty();
    if (in_arrays && programmed_.count({c.arrays.first, c.arrays.size}) == 0)
      found_.push_back(
          fmt::format("{}: no layer has the arrays [{} +{}]", where, c.arrays.first, c.arrays.size));
    if (c.word != Word::Fetch && c.word != Word::Commit) return;
    inside(c.outside, l_.outside, where);
    outside_.push_back(c.outside);
    if (total != c.outside.size)
      found_.push_back(
          fmt::format("{}: {} bytes move, [{} +{}] is named", where, total, c.outside.first, c.outside.size));
  }

  const Listing& l_;
  std::vector<std::string> found_;
  std::set<std::tuple<int64_t, int64_t, int64_t>> known_, written_;  // ranges of stores: memory, first, size
  std::set<std::pair<int64_t, int64_t>> programmed_;
  std::vector<Extent> outside_;
};

}  // namespace

int64_t ListedStage::firings() const {
  int64_t out = 1;
  for (const ListedLoop& l : loops) out *= divide_up(l.extent, l.lanes);
  return out;
}
int64_t ListedStage::elements() const {
  int64_t out = 1;
  for (const ListedLoop& l : loops) out *= l.extent;
  return out;
}

std::vector<std::string> violations(const Listing& listing) { return Check(listing).run(); }

}  // namespace ohmweave::report
