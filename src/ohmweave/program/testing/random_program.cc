// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/testing/random_program.h"

#include <algorithm>

#include "ohmweave/base/random.h"
#include "ohmweave/program/testing/builder.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::program::testing {
namespace {

class Generator {
 public:
  Generator(uint64_t seed, const RandomOptions& o) : random_(seed, base::key_of("random program"), 0), o_(o) {}

  Program run() {
    y_ = pick({4, 6, 8});
    x_ = pick({4, 6, 8});
    const int64_t stages = between(2, 6);
    if (o_.lags && chance(2))
      b_.stage("load", {}, {{"loader", circuit::Verb::Program, 0, between(1, 9)}}, {}, {"weights"});
    for (int64_t k = 0; k < stages; ++k) stage(k);
    if (o_.lags && stages > 1 && chance(2)) {
      b_.after(name(between(0, stages - 2)), name(stages - 1),
               {{"image", previous("image", between(1, 3))}, {"y", all()}, {"x", all()}});
    }
    for (const char* r : {"shared0", "shared1"}) b_.resource(r, o_.units ? between(1, 3) : 1);
    if (o_.bounded) bound();
    return std::move(b_.program);
  }

 private:
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.below(static_cast<uint64_t>(high - low + 1)));
  }
  bool chance(int64_t one_in) { return between(1, one_in) == 1; }
  int64_t pick(std::initializer_list<int64_t> from) {
    return from.begin()[between(0, static_cast<int64_t>(from.size()) - 1)];
  }
  static std::string name(int64_t k) { return "s" + std::to_string(k); }
  static std::string output(int64_t k) { return "o" + std::to_string(k); }

  LoopBy loop(const std::string& word, int64_t extent) {
    LoopBy l{word, extent};
    if (!o_.lanes) return l;
    l.lanes = pick({1, 1, 2, 3});
    if (chance(4)) l.order = LaneOrder::Blocks;
    return l;
  }

  std::vector<ReadBy> reads(int64_t k, int64_t& ny, int64_t& nx) {
    std::vector<ReadBy> out;
    if (k > 0) {
      const int64_t kernel = between(1, 3), stride = std::min(y_, x_) >= 4 ? pick({1, 1, 2}) : 1,
                    pad = (kernel - 1) / 2;
      ny = y_ / stride;
      nx = x_ / stride;
      const int64_t mode = between(0, 3);
      Axes axes;
      if (mode < 3) axes = {{"y", conv("y", kernel, stride, pad)}, {"x", conv("x", kernel, stride, pad)}};
      if (mode == 1) axes[1].second = all();
      if (mode == 2) axes = {{"y", all()}, {"x", all()}};
      ReadBy r{output(k - 1), axes};
      if (chance(2)) r.held = o_.instant && chance(2) ? 0 : 1;
      out.push_back(r);
      if (k > 1 && skip_y_ == y_ && skip_x_ == x_ && chance(2)) {
        out.push_back({output(k - 2), {{"y", conv("y", 1, stride)}, {"x", conv("x", 1, stride)}}});
      }
    }
    if (o_.lags && has_load() && chance(2)) out.push_back({"weights"});
    return out;
  }
  bool has_load() const { return !b_.program.stages.empty() && b_.program.stages[0].name == "load"; }

  std::string resource(int64_t k, int64_t i) {
    if (o_.shared && chance(2)) return "shared" + std::to_string(between(0, 1));
    if (o_.several && i > 0 && chance(2)) return "r" + std::to_string(k) + ".0";
    return "r" + std::to_string(k) + "." + std::to_string(i);
  }

  std::vector<StepBy> steps(int64_t k) {
    std::vector<StepBy> out;
    Picoseconds at = 0, end = 0;
    const int64_t count = between(1, 3);
    for (int64_t i = 0; i < count; ++i) {
      const Picoseconds lasts = between(o_.instant ? 0 : 1, 5);
      const std::string on = resource(k, i);
      for (const StepBy& other : out) {  // a firing must not collide with itself
        if (other.on == on) at = std::max(at, other.at + other.lasts + (o_.several ? between(0, 4) : 0));
      }
      out.push_back({on, circuit::Verb::Read, at, lasts, between(0, 3)});
      end = std::max(end, at + lasts);
      if (o_.units && on[0] == 'r') b_.resource(on, between(1, 3));
      at += between(0, lasts);
    }
    if (o_.measures && chance(2)) {
      const std::string on = resource(k, 9);
      out.push_back({on, circuit::Verb::Apply, end, between(1, 2), 2, 1, chance(2), "m" + std::to_string(k)});
    }
    return out;
  }

  void stage(int64_t k) {
    int64_t ny = y_, nx = x_;
    const std::vector<ReadBy> r = reads(k, ny, nx);
    const std::vector<LoopBy> loops = {{"image", o_.images}, loop("y", ny), loop("x", nx)};
    const std::vector<StepBy> s = steps(k);
    b_.stage(name(k), loops, s, r, {output(k)});
    if (!s.back().repeat.empty()) measure(k, s.back().repeat);
    skip_y_ = y_;
    skip_x_ = x_;
    y_ = ny;
    x_ = nx;
  }

  void measure(int64_t k, const std::string& word) {
    const Stage& stage = b_.program[b_.stage_id(name(k))];
    const int outer = static_cast<int>(between(0, 3));
    int64_t trips = 1;
    for (int l = 0; l < outer; ++l) trips *= stage.loops[static_cast<size_t>(l)].trips();
    std::vector<int64_t> values;
    for (int64_t n = 0; n < trips; ++n) values.push_back(between(o_.instant ? 0 : 1, 4));
    b_.measure(word, name(k), outer, 4, chance(5) ? std::vector<int64_t>{} : values);
  }

  void bound() {
    const std::vector<int64_t> least = least_capacities(b_.program);
    for (size_t k = 0; k < b_.program.stores.size(); ++k) {
      Store& s = b_.program.stores[k];
      if (!s.writer || s.name[0] != 'o') continue;
      const int64_t image = b_.program[*s.writer].firings_per_trip();
      s.capacity = chance(3) ? least[k] + between(0, 3) : std::max(2 * image, least[k]) + between(0, 5);
    }
  }

  base::RandomStream random_;
  RandomOptions o_;
  Builder b_;
  int64_t y_ = 0, x_ = 0, skip_y_ = 0, skip_x_ = 0;
};

}  // namespace

Program random_program(uint64_t seed, const RandomOptions& options) { return Generator(seed, options).run(); }

}  // namespace ohmweave::program::testing
