// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/layered.h"

#include <algorithm>
#include <numeric>

namespace ohmweave::report {
namespace {

/// A box, or the place where a long edge passes a layer.
struct Item {
  size_t layer = 0;
  double width = 0, x = 0;
  bool passes = false;
  std::vector<size_t> above, below;
};

class Layout {
 public:
  explicit Layout(Layered& picture) : p_(picture) {}

  void run() {
    if (p_.boxes.empty()) return;
    choose_layers();
    add_items();
    order();
    place();
    write();
  }

 private:
  /// Each box one below the lowest that it reads; sources right above what reads them first.
  void choose_layers() {
    std::vector<bool> reads(p_.boxes.size(), false);
    for (Layered::Box& b : p_.boxes) b.layer = 0;
    std::vector<std::vector<size_t>> from(p_.boxes.size()), to(p_.boxes.size());
    for (const Layered::Edge& e : p_.edges) {
      from[e.to].push_back(e.from);
      to[e.from].push_back(e.to);
    }
    for (size_t k = 0; k < p_.boxes.size(); ++k) {
      for (size_t f : from[k]) p_.boxes[k].layer = std::max(p_.boxes[k].layer, p_.boxes[f].layer + 1);
    }
    for (size_t k = 0; k < p_.boxes.size(); ++k) {
      if (!from[k].empty() || to[k].empty()) continue;
      size_t first = SIZE_MAX;
      for (size_t t : to[k]) first = std::min(first, p_.boxes[t].layer);
      p_.boxes[k].layer = first - 1;
    }
  }

  void add_items() {
    for (const Layered::Box& b : p_.boxes) add(b.layer, b.size.x, false);
    for (const Layered::Edge& e : p_.edges) {
      std::vector<size_t>& way = ways_.emplace_back();
      way.push_back(e.from);
      for (size_t layer = p_.boxes[e.from].layer + 1; layer < p_.boxes[e.to].layer; ++layer)
        way.push_back(add(layer, 8, true));
      way.push_back(e.to);
      for (size_t k = 1; k < way.size(); ++k) {
        items_[way[k - 1]].below.push_back(way[k]);
        items_[way[k]].above.push_back(way[k - 1]);
      }
    }
  }
  size_t add(size_t layer, double width, bool passes) {
    Item item;
    item.layer = layer;
    item.width = width;
    item.passes = passes;
    items_.push_back(item);
    if (layers_.size() <= layer) layers_.resize(layer + 1);
    layers_[layer].push_back(items_.size() - 1);
    return items_.size() - 1;
  }

  /// Orders each layer by the mean place of its neighbours, down and up in turn, and keeps the order with the
  /// fewest crossings.
  void order() {
    constexpr int kSweeps = 12;
    std::vector<std::vector<size_t>> best = layers_;
    size_t fewest = crossings();
    for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (size_t step = 1; step < layers_.size(); ++step) {
        std::vector<size_t>& layer = layers_[down ? step : layers_.size() - 1 - step];
        const std::vector<size_t> rank = ranks();
        auto mean = [&](size_t item) {
          const std::vector<size_t>& beside = down ? items_[item].above : items_[item].below;
          if (beside.empty()) return static_cast<double>(rank[item]);
          double sum = 0;
          for (size_t other : beside) sum += static_cast<double>(rank[other]);
          return sum / static_cast<double>(beside.size());
        };
        std::stable_sort(layer.begin(), layer.end(), [&](size_t a, size_t b) { return mean(a) < mean(b); });
      }
      if (const size_t now = crossings(); now < fewest) fewest = now, best = layers_;
    }
    layers_ = best;
  }
  std::vector<size_t> ranks() const {
    std::vector<size_t> rank(items_.size());
    for (const std::vector<size_t>& layer : layers_) {
      for (size_t k = 0; k < layer.size(); ++k) rank[layer[k]] = k;
    }
    return rank;
  }
  size_t crossings() const {
    const std::vector<size_t> rank = ranks();
    size_t sum = 0;
    for (const std::vector<size_t>& layer : layers_) {
      std::vector<size_t> seen;  // places below of edges from further left, sorted
      for (size_t item : layer) {
        for (size_t below : items_[item].below)
          sum += static_cast<size_t>(seen.end() - std::upper_bound(seen.begin(), seen.end(), rank[below]));
        for (size_t below : items_[item].below)
          seen.insert(std::upper_bound(seen.begin(), seen.end(), rank[below]), rank[below]);
      }
    }
    return sum;
  }

  /// Items that stand exactly below each other: edges that pass, and boxes that are each other's middle
  /// neighbour (after Brandes and Köpf 2002). A strand moves as one.
  void place() {
    join_strands();
    const size_t strands = weights_.size();
    before_.assign(strands, {});
    after_.assign(strands, {});
    for (const std::vector<size_t>& layer : layers_) {
      for (size_t k = 1; k < layer.size(); ++k) {
        const Item &a = items_[layer[k - 1]], &b = items_[layer[k]];
        const double gap = a.passes && b.passes ? 10 : p_.between_boxes;
        const double distance = (a.width + b.width) / 2 + gap;
        before_[strand_[layer[k]]].push_back({strand_[layer[k - 1]], distance});
        after_[strand_[layer[k - 1]]].push_back({strand_[layer[k]], distance});
      }
    }
    const std::vector<size_t> order = from_left();
    x_.assign(strands, 0);
    for (size_t s : order) x_[s] = std::max(x_[s], least(s));
    constexpr int kSweeps = 100;
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (size_t k = 0; k < order.size(); ++k) {
        const size_t s = order[sweep % 2 == 0 ? order.size() - 1 - k : k];
        x_[s] = std::max(std::min(wish(s), most(s)), least(s));
      }
    }
    for (size_t k = 0; k < items_.size(); ++k) items_[k].x = x_[strand_[k]];
  }

  void join_strands() {
    const std::vector<size_t> rank = ranks();
    std::vector<size_t> next(items_.size(), SIZE_MAX);
    // The middle one of several; of the two in the middle, one that already stands below another box.
    std::vector<bool> hangs(items_.size(), false);
    auto middle = [&](std::vector<size_t> others) {
      std::sort(others.begin(), others.end(), [&](size_t a, size_t b) { return rank[a] < rank[b]; });
      size_t at = (others.size() - 1) / 2;
      if (others.empty()) return SIZE_MAX;
      if (others.size() % 2 == 0 && !hangs[others[at]] && hangs[others[at + 1]]) ++at;
      while (items_[others[at]].passes && at + 1 < others.size()) ++at;
      return items_[others[at]].passes ? SIZE_MAX : others[at];
    };
    for (const bool passing : {true, false}) {
      for (const std::vector<size_t>& layer : layers_) {
        for (size_t item : layer) {
          if (items_[item].passes != passing) continue;
          size_t below = SIZE_MAX;
          if (passing && items_[items_[item].below[0]].passes) below = items_[item].below[0];
          if (!passing) below = middle(items_[item].below);
          if (below == SIZE_MAX || (!passing && middle(items_[below].above) != item)) continue;
          const bool crosses = std::any_of(layer.begin(), layer.end(), [&](size_t other) {
            return next[other] != SIZE_MAX && (rank[other] < rank[item]) != (rank[next[other]] < rank[below]);
          });
          if (!crosses) next[item] = below, hangs[below] = true;
        }
      }
    }
    strand_.assign(items_.size(), SIZE_MAX);
    for (const std::vector<size_t>& layer : layers_) {
      for (size_t item : layer) {
        if (strand_[item] == SIZE_MAX) {
          strand_[item] = weights_.size();
          weights_.emplace_back();
        }
        if (next[item] != SIZE_MAX) strand_[next[item]] = strand_[item];
      }
    }
    for (size_t k = 0; k < items_.size(); ++k) {
      for (size_t below : items_[k].below) {
        if (strand_[k] == strand_[below]) continue;
        const double w = items_[k].passes != items_[below].passes ? 0.25 : 2;
        weights_[strand_[k]].push_back({strand_[below], w});
        weights_[strand_[below]].push_back({strand_[k], w});
      }
    }
  }

  /// Strands such that each comes after those on its left.
  std::vector<size_t> from_left() const {
    std::vector<size_t> open(before_.size()), out;
    for (size_t s = 0; s < open.size(); ++s) {
      open[s] = before_[s].size();
      if (open[s] == 0) out.push_back(s);
    }
    for (size_t k = 0; k < out.size(); ++k) {
      for (const Link& l : after_[out[k]]) {
        if (--open[l.strand] == 0) out.push_back(l.strand);
      }
    }
    return out;
  }
  double least(size_t s) const {
    double out = -1e9;
    for (const Link& l : before_[s]) out = std::max(out, x_[l.strand] + l.number);
    return out;
  }
  double most(size_t s) const {
    double out = 1e9;
    for (const Link& l : after_[s]) out = std::min(out, x_[l.strand] - l.number);
    return out;
  }
  double wish(size_t s) const {
    double sum = 0, weight = 0;
    for (const Link& l : weights_[s]) sum += l.number * x_[l.strand], weight += l.number;
    return weight > 0 ? sum / weight : x_[s];
  }

  void write() {
    double left = 1e300, right = -1e300;
    for (const Item& item : items_) {
      left = std::min(left, item.x - item.width / 2);
      right = std::max(right, item.x + item.width / 2);
    }
    std::vector<double> height(layers_.size(), 0), top(layers_.size(), 0);
    for (const Layered::Box& b : p_.boxes) height[b.layer] = std::max(height[b.layer], b.size.y);
    for (size_t k = 1; k < top.size(); ++k) top[k] = top[k - 1] + height[k - 1] + p_.between_layers;
    for (size_t k = 0; k < p_.boxes.size(); ++k) {
      Layered::Box& b = p_.boxes[k];
      b.centre = {items_[k].x - left, top[b.layer] + height[b.layer] / 2};
    }
    for (size_t k = 0; k < p_.edges.size(); ++k) {
      Layered::Edge& e = p_.edges[k];
      const Layered::Box &from = p_.boxes[e.from], &to = p_.boxes[e.to];
      e.points = {{from.centre.x, from.centre.y + from.size.y / 2}};
      for (size_t i = 1; i + 1 < ways_[k].size(); ++i) {
        const Item& item = items_[ways_[k][i]];
        e.points.push_back({item.x - left, top[item.layer]});
        e.points.push_back({item.x - left, top[item.layer] + height[item.layer]});
      }
      e.points.push_back({to.centre.x, to.centre.y - to.size.y / 2});
    }
    p_.size = {right - left, top.back() + height.back()};
  }

  Layered& p_;
  std::vector<Item> items_;  // the boxes first
  std::vector<std::vector<size_t>> ways_;
  std::vector<std::vector<size_t>> layers_;

  struct Link {
    size_t strand;
    double number;  // a distance, or the strength of a wish
  };
  std::vector<size_t> strand_;                               // of items
  std::vector<std::vector<Link>> before_, after_, weights_;  // of strands
  std::vector<double> x_;
};

}  // namespace

void Layered::layout() { Layout(*this).run(); }

}  // namespace ohmweave::report
