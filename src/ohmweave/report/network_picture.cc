// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/network_picture.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "ohmweave/report/layered.h"
#include "ohmweave/report/network_repeats.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {
namespace {

using network::Family;
using network::Graph;
using network::Node;
using network::Op;
using network::ValueId;

constexpr const char* kStyle = R"(svg { font-family: "DejaVu Sans", Verdana, sans-serif; font-size: 12px }
.paper { fill: #ffffff }
text { fill: #1d2733 }
.title { font-size: 16px; font-weight: bold }
.note, .size { font-size: 10px; fill: #5c6875 }
.size { stroke: #ffffff; stroke-width: 3px; paint-order: stroke }
.edge, .start { fill: none; stroke: #8a95a1; stroke-width: 1.3 }
.edge { marker-end: url(#head) }
.head { fill: #8a95a1 }
.frame { fill: #8a95a1; fill-opacity: 0.10; stroke: #8a95a1; stroke-dasharray: 5 3 }
.product { fill: #cfe1f7; stroke: #4a7ebb }
.joint { fill: #e3d6f2; stroke: #8763b0 }
.window { fill: #fbe3c3; stroke: #cf8a2d }
.norm { fill: #d5ecd3; stroke: #5b9a55 }
.unary { fill: #f9f1bd; stroke: #b8a431 }
.view { fill: #eceff2; stroke: #8a95a1 }
.unknown { fill: #f6cfcb; stroke: #c2493d }
.end { fill: #ffffff; stroke: #5c6875 }
@media (prefers-color-scheme: dark) {
.paper { fill: #15191e } text { fill: #e7ebef } .note, .size { fill: #a3adb8 } .size { stroke: #15191e }
.product { fill: #24446b } .joint { fill: #47326a } .window { fill: #664312 } .norm { fill: #27502a }
.unary { fill: #585014 } .view { fill: #333b44 } .unknown { fill: #6f2720 } .end { fill: #15191e }
}
)";

const char* class_of(Family family) {
  switch (family) {
    case Family::Product:
      return "product";
    case Family::Unary:
      return "unary";
    case Family::Elementwise:
      return "joint";
    case Family::Normalization:
      return "norm";
    case Family::Window:
    case Family::Reduction:
      return "window";
    case Family::View:
    case Family::Shape:
      return "view";
    default:
      return "unknown";
  }
}

/// A box: a node with those that only change what it makes.
struct Part {
  std::string title, hint, kind;
  std::vector<std::string> after;
  ValueId output = network::kNoValue;
  size_t node = 0;  // the first one
};

class Picture {
 public:
  explicit Picture(const Graph& graph) : graph_(graph), repeats_(find_repeats(graph)) {}

  std::string draw() {
    add_parts();
    add_edges();
    layout_.layout();
    fold_columns();
    return write();
  }

 private:
  /// The node that stands for this one: in a repeated part, that of the first time.
  size_t shown(size_t node) const {
    for (const Repeat& r : repeats_) {
      if (node >= r.first && node < r.end()) return r.first + (node - r.first) % r.length;
    }
    return node;
  }

  void add_parts() {
    part_of_value_.assign(graph_.values.size(), SIZE_MAX);
    std::vector<size_t> readers(graph_.values.size(), 0);
    for (const Node& node : graph_.nodes) {
      const std::set<ValueId> once(node.inputs.begin(), node.inputs.end());
      for (ValueId v : once) {
        if (v != network::kNoValue) ++readers[v];
      }
    }
    for (ValueId v : graph_.outputs) ++readers[v];
    for (ValueId v : graph_.inputs) {
      parts_.push_back({graph_.value(v).name, "", "end", {}, v, SIZE_MAX});
      part_of_value_[v] = parts_.size() - 1;
    }
    for (size_t k = 0; k < graph_.nodes.size(); ++k) {
      if (shown(k) != k) {
        const Node &node = graph_.nodes[k], &like = graph_.nodes[shown(k)];
        for (size_t o = 0; o < node.outputs.size(); ++o) {
          if (node.outputs[o] != network::kNoValue && like.outputs[o] != network::kNoValue)
            part_of_value_[node.outputs[o]] = part_of_value_[like.outputs[o]];
        }
      } else {
        add_node(k, readers);
      }
    }
    for (ValueId v : graph_.outputs) parts_.push_back({graph_.value(v).name, "", "end", {}, v, SIZE_MAX});
  }

  void add_node(size_t k, const std::vector<size_t>& readers) {
    const Node& node = graph_.nodes[k];
    std::vector<ValueId> inputs;
    for (ValueId v : node.inputs) {
      if (v != network::kNoValue && !graph_.value(v).is_constant && part_of_value_[v] != SIZE_MAX)
        inputs.push_back(v);
    }
    const Family family = network::family_of(node.op);
    const bool starts = family == Family::Product || family == Family::Window || family == Family::Reduction;
    size_t part = SIZE_MAX;
    if (inputs.size() == 1 && readers[inputs[0]] == 1 && !starts) part = part_of_value_[inputs[0]];
    const bool crosses =
        part != SIZE_MAX && parts_[part].node != SIZE_MAX && frame_of(parts_[part].node) != frame_of(k);
    if (part == SIZE_MAX || parts_[part].kind == "end" || crosses) {
      if (inputs.empty() && std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId v) {
            return v == network::kNoValue || graph_.value(v).is_constant || part_of_value_[v] == SIZE_MAX;
          }))
        return;  // made of constants alone
      parts_.push_back({describe_node(graph_, node), node.name, class_of(family), {}, node.outputs[0], k});
      part = parts_.size() - 1;
    } else {
      const std::string word = network::name_of(node.op);
      if (parts_[part].after.empty() || parts_[part].after.back() != word) parts_[part].after.push_back(word);
      parts_[part].hint += "\n" + node.name;
      parts_[part].output = node.outputs[0];
    }
    for (ValueId v : node.outputs) {
      if (v != network::kNoValue) part_of_value_[v] = part;
    }
  }
  size_t frame_of(size_t node) const {
    for (size_t r = 0; r < repeats_.size(); ++r) {
      if (node >= repeats_[r].first && node < repeats_[r].end()) return r;
    }
    return SIZE_MAX;
  }

  /// The second line of a box, not too long.
  static std::string note_of(const Part& part) {
    std::string out;
    for (size_t k = 0; k < part.after.size(); ++k) {
      if (k == 3 && part.after.size() > 4) return out + fmt::format(" · {} more", part.after.size() - k);
      out += (k > 0 ? " · " : "") + part.after[k];
    }
    return out;
  }

  void add_edges() {
    std::set<std::pair<size_t, size_t>> known;
    auto connect = [&](size_t from, size_t to) {
      if (from < to && known.insert({from, to}).second) layout_.edges.push_back({from, to, {}});
    };
    for (size_t k = 0; k < graph_.nodes.size(); ++k) {
      const Node& node = graph_.nodes[k];
      if (shown(k) != k || node.outputs.empty() || node.outputs[0] == network::kNoValue) continue;
      const size_t to = part_of_value_[node.outputs[0]];
      for (ValueId v : node.inputs) {
        if (v != network::kNoValue && part_of_value_[v] != SIZE_MAX && to != SIZE_MAX)
          connect(part_of_value_[v], to);
      }
    }
    for (size_t k = 0; k < graph_.outputs.size(); ++k) {
      const size_t from = part_of_value_[graph_.outputs[k]];
      if (from != SIZE_MAX) connect(from, parts_.size() - graph_.outputs.size() + k);
    }
    for (const Part& part : parts_) {
      const double text = std::max(7.4 * width(part.title), 6.2 * width(note_of(part)));
      layout_.boxes.push_back({{std::max(60.0, text + 18), part.after.empty() ? 24.0 : 38.0}, {}, 0});
    }
  }

  /// Layers that can be the last of a column: all that goes on from there is one value, which one of their
  /// boxes makes, and no frame is cut.
  std::vector<bool> cuts(size_t layers) const {
    std::vector<std::set<size_t>> crossing(layers);
    for (const Layered::Edge& e : layout_.edges) {
      for (size_t l = layout_.boxes[e.from].layer; l < layout_.boxes[e.to].layer; ++l)
        crossing[l].insert(e.from);
    }
    std::vector<bool> out(layers, false);
    for (size_t l = 0; l < layers; ++l)
      out[l] = crossing[l].size() == 1 && layout_.boxes[*crossing[l].begin()].layer == l;
    for (const auto& [first, last] : frame_layers()) {
      for (size_t l = first; l < last; ++l) out[l] = false;
    }
    return out;
  }
  std::vector<std::pair<size_t, size_t>> frame_layers() const {
    std::vector<std::pair<size_t, size_t>> out(repeats_.size(), {SIZE_MAX, 0});
    for (size_t p = 0; p < parts_.size(); ++p) {
      const size_t frame = parts_[p].node == SIZE_MAX ? SIZE_MAX : frame_of(parts_[p].node);
      if (frame == SIZE_MAX) continue;
      out[frame].first = std::min(out[frame].first, layout_.boxes[p].layer);
      out[frame].second = std::max(out[frame].second, layout_.boxes[p].layer);
    }
    return out;
  }

  /// Breaks a tall picture into columns, as a page does with text.
  void fold_columns() {
    size_t layers = 0;
    for (const Layered::Box& b : layout_.boxes) layers = std::max(layers, b.layer + 1);
    std::vector<double> top(layers, 1e300), bottom(layers, 0), left(layers, 1e300), right(layers, 0);
    auto widen = [&](size_t l, double low, double high) {
      left[l] = std::min(left[l], low);
      right[l] = std::max(right[l], high);
    };
    for (const Layered::Box& b : layout_.boxes) {
      top[b.layer] = std::min(top[b.layer], b.centre.y - b.size.y / 2);
      bottom[b.layer] = std::max(bottom[b.layer], b.centre.y + b.size.y / 2);
      widen(b.layer, b.centre.x - b.size.x / 2, b.centre.x + b.size.x / 2);
    }
    for (const Layered::Edge& e : layout_.edges) {
      for (size_t l = layout_.boxes[e.from].layer; l <= layout_.boxes[e.to].layer; ++l) {
        for (const Point& p : e.points) {
          if (p.y >= top[l] - 1 && p.y <= bottom[l] + 1) widen(l, p.x - 4, p.x + 4);
        }
      }
    }
    column_of_.assign(layers, 0);
    const double columns = std::max(1.0, std::round(std::sqrt(1.3 * layout_.size.y / (layout_.size.x + kGap))));
    const double height = std::max(layout_.size.y / columns, 420.0);
    const std::vector<bool> cut = cuts(layers);
    double begin = 0;
    size_t column = 0;
    for (size_t l = 0; l < layers; ++l) {
      column_of_[l] = column;
      if (l + 1 < layers && cut[l] && bottom[l] - begin >= 0.9 * height &&
          layout_.size.y - bottom[l] > 0.25 * height) {
        ++column;
        begin = top[l + 1];
      }
    }
    double x = 0;
    extent_ = {0, 0};
    for (size_t c = 0, l = 0; c <= column; ++c) {
      double low = 1e300, high = 0, first = top[l], last = 0;
      for (; l < layers && column_of_[l] == c; ++l) {
        low = std::min(low, left[l]);
        high = std::max(high, right[l]);
        last = bottom[l];
      }
      shift_.push_back({x - low, -first});
      ends_.push_back({x, last - first});
      x += high - low + kGap;
      extent_ = {x - kGap, std::max(extent_.y, last - first)};
    }
  }
  Point moved(Point p, size_t layer) const {
    const Point& by = shift_[column_of_[layer]];
    return {p.x + by.x + kMargin, p.y + by.y + kTop};
  }

  std::string write() {
    Svg svg(kStyle);
    svg.text({kMargin, 26}, graph_.name, "title", Svg::Anchor::Start);
    write_frames(svg);
    for (const Layered::Edge& e : layout_.edges) write_edge(svg, e);
    for (size_t k = 0; k < parts_.size(); ++k) write_part(svg, k);
    return svg.document({extent_.x + 2 * kMargin, extent_.y + kTop + kMargin}, graph_.name);
  }

  void write_frames(Svg& svg) const {
    for (size_t r = 0; r < repeats_.size(); ++r) {
      Point low{1e300, 1e300}, high{0, 0};
      auto include = [&](Point p) {
        low = {std::min(low.x, p.x), std::min(low.y, p.y)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y)};
      };
      auto inside = [&](size_t part) {
        return parts_[part].node != SIZE_MAX && frame_of(parts_[part].node) == r;
      };
      for (size_t k = 0; k < parts_.size(); ++k) {
        if (!inside(k)) continue;
        const Layered::Box& b = layout_.boxes[k];
        const Point c = moved(b.centre, b.layer);
        include({c.x - b.size.x / 2, c.y - b.size.y / 2});
        include({c.x + b.size.x / 2, c.y + b.size.y / 2});
      }
      for (const Layered::Edge& e : layout_.edges) {
        for (const Point& p : e.points) {
          if (inside(e.from) && inside(e.to)) include(moved(p, layout_.boxes[e.from].layer));
        }
      }
      if (high.x == 0) continue;
      const double margin = 12;
      svg.rect({low.x - margin, low.y - margin}, {high.x - low.x + 2 * margin, high.y - low.y + 2 * margin}, 8,
               "frame");
      svg.text({high.x + margin + 3, low.y}, fmt::format("{} ×", repeats_[r].times), "times",
               Svg::Anchor::Start);
    }
  }

  void write_edge(Svg& svg, const Layered::Edge& e) const {
    const Layered::Box &from = layout_.boxes[e.from], &to = layout_.boxes[e.to];
    if (column_of_[from.layer] == column_of_[to.layer]) {
      std::vector<Point> points;
      for (const Point& p : e.points) points.push_back(moved(p, from.layer));
      svg.flow(points, "edge");
      return;
    }
    const Point a = moved(e.points.front(), from.layer);
    std::vector<Point> rest;
    for (size_t k = 1; k < e.points.size(); ++k) rest.push_back(moved(e.points[k], to.layer));
    const double between = ends_[column_of_[to.layer]].x + kMargin - kGap / 2, under = a.y + 18,
                 over = rest[0].y - 22;
    svg.line({a, {a.x, under}, {between, under}, {between, over}, {rest[0].x, over}, rest[0]}, 8,
             rest.size() > 1 ? "start" : "edge");
    if (rest.size() > 1) svg.flow(rest, "edge");
  }

  void write_part(Svg& svg, size_t k) const {
    const Part& part = parts_[k];
    const Layered::Box& b = layout_.boxes[k];
    const Point c = moved(b.centre, b.layer);
    svg.rect({c.x - b.size.x / 2, c.y - b.size.y / 2}, b.size, part.kind == "end" ? b.size.y / 2 : 5, part.kind,
             part.hint);
    const std::string note = note_of(part);
    svg.text({c.x, c.y + (note.empty() ? 4 : -3)}, part.title, "what");
    if (!note.empty()) svg.text({c.x, c.y + 12}, note, "note");
    const bool is_read = std::any_of(layout_.edges.begin(), layout_.edges.end(),
                                     [&](const Layered::Edge& e) { return e.from == k; });
    if (is_read && part.output != network::kNoValue)
      svg.text({c.x + 5, c.y + b.size.y / 2 + 12}, print_extents(graph_.value(part.output).shape), "size",
               Svg::Anchor::Start);
  }

  static constexpr double kGap = 70, kMargin = 30, kTop = 56;
  const Graph& graph_;
  std::vector<Repeat> repeats_;
  std::vector<Part> parts_;
  std::vector<size_t> part_of_value_;
  Layered layout_;
  std::vector<size_t> column_of_;    // of layers
  std::vector<Point> shift_, ends_;  // of columns: how they move; their left side and height
  Point extent_;
};

std::string print_window(const std::vector<int64_t>& kernel, const std::vector<int64_t>& stride) {
  std::string out = fmt::format("{}", fmt::join(kernel, "×"));
  if (std::all_of(stride.begin(), stride.end(), [](int64_t s) { return s == 1; })) return out;
  const bool even = std::all_of(stride.begin(), stride.end(), [&](int64_t s) { return s == stride[0]; });
  return out + (even ? fmt::format(" /{}", stride[0]) : fmt::format(" /{}", fmt::join(stride, "×")));
}

}  // namespace

std::string print_extents(const tensor::Shape& shape) {
  return shape.size() < 2 ? "1" : fmt::format("{}", fmt::join(shape.begin() + 1, shape.end(), "×"));
}

std::string describe_node(const Graph& graph, const Node& node) {
  std::string out = network::name_of(node.op);
  auto find = [&](const char* key) -> const std::vector<int64_t>* {
    auto found = node.attributes.find(key);
    return found == node.attributes.end() ? nullptr : std::get_if<std::vector<int64_t>>(&found->second);
  };
  const std::vector<int64_t>*kernel = find("kernel_shape"), *stride = find("strides");
  if (kernel != nullptr && stride != nullptr) out += " " + print_window(*kernel, *stride);
  if (node.outputs.empty() || node.outputs[0] == network::kNoValue) return out;
  const tensor::Shape& to = graph.value(node.outputs[0]).shape;
  const bool held = network::family_of(node.op) == Family::Product && node.inputs.size() > 1 &&
                    graph.value(node.inputs[1]).is_constant && to.size() > 1;
  const auto group = node.attributes.find("group");
  const int64_t groups = group == node.attributes.end() ? 1 : node.integer("group");
  if (held) out += fmt::format(", {}", kernel != nullptr ? to[1] : to.back());
  if (groups > 1) out += groups == to[1] ? ", depthwise" : fmt::format(", {} groups", groups);
  return out;
}

std::string network_picture(const Graph& graph) { return Picture(graph).draw(); }

}  // namespace ohmweave::report
