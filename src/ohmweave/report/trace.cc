// SPDX-License-Identifier: Apache-2.0
// The pipeline as trace events (JSON, "Trace Event Format"), for https://ui.perfetto.dev and chrome://tracing.
#include <algorithm>
#include <map>
#include <queue>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/paths.h"
#include "ohmweave/config/value.h"
#include "ohmweave/program/counts.h"
#include "ohmweave/report/report.h"

namespace ohmweave::report {
namespace {

using units::Picoseconds;

/// A step of a firing on the time line.
struct Slice {
  uint32_t stage = 0, resource = 0, step = 0;
  int64_t firing = 0, flow = 0;
  Picoseconds start = 0, lasts = 0;
  int64_t units = 1;
};

/// Microseconds with all picoseconds: what the format counts in.
std::string microseconds(Picoseconds t) { return fmt::format("{}.{:06}", t / 1000000, t % 1000000); }

class Writer {
 public:
  Writer(const mapping::Mapping& mapping, const execution::Timing& timing,
         const std::function<void(std::string_view)>& sink)
      : program_(mapping.program), timing_(timing), sink_(sink), measures_(mapping.program) {}

  void run(int64_t most) {
    collect(most);
    sink_("{\"displayTimeUnit\":\"ns\",\"otherData\":");
    sink_(metadata(most).dump());
    sink_(",\"traceEvents\":[");
    name_tracks();
    for (const Slice& s : slices_) write(s);
    sink_("\n]}\n");
  }

 private:
  /// Slices in order of their starts, so that the earliest ones are kept.
  void collect(int64_t most) {
    struct Next {
      Picoseconds start;
      uint32_t stage;
      int64_t firing;
      bool operator>(const Next& o) const { return std::tie(start, stage) > std::tie(o.start, o.stage); }
    };
    std::priority_queue<Next, std::vector<Next>, std::greater<>> queue;
    for (uint32_t s = 0; s < timing_.stages.size(); ++s) {
      kept_firings_ += static_cast<int64_t>(timing_.stages[s].starts.size());
      if (!timing_.stages[s].starts.empty()) queue.push({timing_.stages[s].starts[0], s, 0});
    }
    while (!queue.empty() && static_cast<int64_t>(slices_.size()) < most) {
      const Next n = queue.top();
      queue.pop();
      add_firing(n.stage, n.firing, n.start);
      ++firings_;
      const auto& starts = timing_.stages[n.stage].starts;
      const auto next = static_cast<size_t>(n.firing + 1);
      if (next < starts.size()) queue.push({starts[next], n.stage, n.firing + 1});
    }
    std::stable_sort(slices_.begin(), slices_.end(),
                     [](const Slice& a, const Slice& b) { return a.start < b.start; });
  }
  void add_firing(uint32_t stage, int64_t firing, Picoseconds start) {
    const auto& steps = program_.stages[stage].steps;
    ++flow_;
    for (uint32_t k = 0; k < steps.size(); ++k) {
      const program::Step& step = steps[k];
      const Picoseconds lasts = step.lasts * (step.repeat ? measures_.at(*step.repeat, firing) : 1);
      if (lasts > 0)
        slices_.push_back({stage, step.on.index, k, firing, flow_, start + step.at, lasts, step.units});
    }
  }

  nlohmann::ordered_json metadata(int64_t most) const {
    int64_t all = 0;
    for (const program::Stage& s : program_.stages) all += s.firings();
    nlohmann::ordered_json out;
    out["program"] = program_.name;
    out["version"] = "Ohmweave " + base::version();
    out["firings"] = fmt::format("{} of {}", firings_, all);
    out["note"] = firings_ < kept_firings_ ? fmt::format("cut off after {} slices", most)
                  : firings_ < all         ? "the first samples; the rest was not recorded"
                                           : "complete";
    return out;
  }

  /// A process per owner and group of the machine, a thread per server of each resource, in order of first use.
  void name_tracks() {
    for (const Slice& s : slices_) {
      if (tracks_.count(s.resource)) continue;
      const program::Resource& r = program_.resources[s.resource];
      const size_t dot = r.name.rfind('.'), group = r.part.rfind('.');
      const std::string owner = dot == std::string::npos ? r.name : r.name.substr(0, dot);
      const std::string process =
          r.part.empty()
              ? owner
              : fmt::format("{} ({})", owner, group == std::string::npos ? r.part : r.part.substr(0, group));
      const auto [it, fresh] = processes_.try_emplace(process, static_cast<int>(processes_.size()) + 1);
      if (fresh) {
        event(fmt::format(R"({{"ph":"M","pid":{},"tid":0,"name":"process_name","args":{{"name":{}}}}})",
                          it->second, quoted(process)));
        event(fmt::format(
            R"({{"ph":"M","pid":{},"tid":0,"name":"process_sort_index","args":{{"sort_index":{}}}}})",
            it->second, it->second));
      }
      Track track{it->second, next_thread_,
                  std::vector<Picoseconds>(static_cast<size_t>(std::min<int64_t>(r.units, kMostServers)), 0)};
      for (size_t unit = 0; unit < track.busy_until.size(); ++unit) {
        const std::string name = track.busy_until.size() == 1 ? r.name : fmt::format("{} {}", r.name, unit + 1);
        event(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"thread_name","args":{{"name":{}}}}})",
                          track.process, next_thread_, quoted(name)));
        event(fmt::format(
            R"({{"ph":"M","pid":{},"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
            track.process, next_thread_, next_thread_));
        ++next_thread_;
      }
      tracks_.emplace(s.resource, std::move(track));
    }
  }

  void write(const Slice& s) {
    Track& track = tracks_.at(s.resource);
    size_t server = 0;  // one that is free; several at once stand on the first of them
    while (server + 1 < track.busy_until.size() && track.busy_until[server] > s.start) ++server;
    track.busy_until[server] = s.start + s.lasts;
    const int thread = track.thread + static_cast<int>(server);
    const program::Stage& stage = program_.stages[s.stage];
    const std::string_view verb = config::word_of(stage.steps[s.step].verb);
    const std::string name = quoted(stage.name);
    event(fmt::format(
        R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":{},"cat":"{}","args":{{"firing":{},"sample":{},"action":"{}","servers":{}}}}})",
        track.process, thread, microseconds(s.start), microseconds(s.lasts), name, verb, s.firing,
        s.firing / stage.firings_per_trip(), verb, s.units));
    const bool first = flows_begun_.insert({s.flow, true}).second;
    event(fmt::format(R"({{"ph":"{}","pid":{},"tid":{},"ts":{},"name":{},"cat":"firing","id":{}}})",
                      first ? 's' : 't', track.process, thread, microseconds(s.start), name, s.flow));
  }

  static std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }
  void event(const std::string& json) {
    sink_(first_event_ ? "\n" : ",\n");
    first_event_ = false;
    sink_(json);
  }

  struct Track {
    int process = 0, thread = 0;
    std::vector<Picoseconds> busy_until;  // by server
  };
  static constexpr int64_t kMostServers = 64;

  const program::Program& program_;
  const execution::Timing& timing_;
  const std::function<void(std::string_view)>& sink_;
  program::MeasureValues measures_;
  std::vector<Slice> slices_;
  std::map<uint32_t, Track> tracks_;
  std::map<std::string, int> processes_;
  std::map<int64_t, bool> flows_begun_;
  int64_t firings_ = 0, kept_firings_ = 0, flow_ = 0;
  int next_thread_ = 1;
  bool first_event_ = true;
};

}  // namespace

void write_trace(const mapping::Mapping& mapping, const execution::Timing& timing,
                 const std::function<void(std::string_view)>& sink, int64_t most) {
  Writer(mapping, timing, sink).run(most);
}

}  // namespace ohmweave::report
