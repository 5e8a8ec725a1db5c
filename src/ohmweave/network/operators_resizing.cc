// SPDX-License-Identifier: Apache-2.0
// Resize. Its attributes are lists of one number for each of `axes`, the ones it changes: `sizes`, `scales`,
// and `roi`, first the begins of the region and then its ends.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"
#include "ohmweave/network/resizing.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
using Integers = std::vector<int64_t>;
using Reals = std::vector<double>;

const Reals& reals(const Node& node, const char* key) { return std::get<Reals>(node.attributes.at(key)); }

template <class... Names>
void require_word(const Operation& o, const char* key, Names... names) {
  const std::string& word = o.node().text(key);
  o.require(((word == names) || ...), fmt::format("{} '{}' is not known", key, word));
}
void check_resize(Graph& graph, Node& node) {
  Operation o(graph, node);
  require_word(o, "mode", "nearest", "linear", "cubic");
  require_word(o, "coordinate_transformation_mode", "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
               "align_corners", "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn");
  require_word(o, "nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple");
  const size_t n = node.integers("axes").size();
  o.require(node.integers("sizes").size() == n && reals(node, "scales").size() == n &&
                reals(node, "roi").size() == 2 * n,
            "axes, sizes, scales and regions are of different lengths");
  std::vector<bool> seen(o.shape(0).size(), false);
  for (size_t k = 0; k < n; ++k) {
    auto axis = static_cast<size_t>(o.axis(node.integers("axes")[k], seen.size()));
    o.require(!seen[axis], "axes must be different");
    seen[axis] = true;
    const double scale = reals(node, "scales")[k];
    o.require(std::isfinite(scale) && scale > 0, fmt::format("a scale of {}", scale));
    // A kernel as wide as the reciprocal of a scale must be a kernel that can be computed.
    o.require(scale > 0x1p-20, fmt::format("a scale of {} is too small", scale));
  }
}
Types infer_resize(const Operation& o) {
  Type to = o.type(0);
  const Integers& axes = o.node().integers("axes");
  for (size_t k = 0; k < axes.size(); ++k) {
    int64_t& extent = to.shape[static_cast<size_t>(axes[k])];
    const int64_t size = o.node().integers("sizes")[k];
    o.require(extent > 0 && size >= 0, fmt::format("an extent of {} cannot become {}", extent, size));
    extent = size;
  }
  return {to};
}

/// Nearest: every element of the result is one of the operand.
Tensor picked(const Tensor& in, size_t axis, const std::vector<Taps>& taps, double outside) {
  Shape shape = in.shape();
  shape[axis] = static_cast<int64_t>(taps.size());
  Tensor out(in.element(), shape);
  const int64_t inner = std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end(),
                                        int64_t{1}, std::multiplies<>()),
                n = shape[axis], from_n = in.dim(axis), rows = inner == 0 ? 0 : out.size() / inner;
  with_any(in.element(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = in.data<T>().data();
    T* to = out.mutable_data<T>().data();
    base::parallel_for(rows, [&](int64_t row) {
      const Taps& t = taps[static_cast<size_t>(row % n)];
      if (t.index.empty())
        std::fill_n(to + row * inner, inner, convert<T>(outside));
      else
        std::copy_n(from + (row / n * from_n + t.index[0]) * inner, inner, to + row * inner);
    });
  });
  return out;
}
/// Weighted sums along one axis.
template <class T>
Tensor weighted(const Tensor& in, size_t axis, const std::vector<Taps>& taps, double outside) {
  Shape shape = in.shape();
  shape[axis] = static_cast<int64_t>(taps.size());
  Tensor out(in.element(), shape);
  const int64_t inner = std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end(),
                                        int64_t{1}, std::multiplies<>()),
                n = shape[axis], from_n = in.dim(axis), rows = inner == 0 ? 0 : out.size() / inner;
  const T* from = in.data<T>().data();
  T* to = out.mutable_data<T>().data();
  base::parallel_for(rows, [&](int64_t row) {
    const Taps& t = taps[static_cast<size_t>(row % n)];
    T* y = to + row * inner;
    if (t.index.empty()) return void(std::fill_n(y, inner, static_cast<T>(outside)));
    for (size_t k = 0; k < t.index.size(); ++k) {
      const T weight = static_cast<T>(t.weight[k]);
      const T* x = from + (row / n * from_n + t.index[k]) * inner;
      for (int64_t i = 0; i < inner; ++i) y[i] += weight * x[i];
    }
  });
  return out;
}

Results resize(const Operation& o, const Types& t) {
  const Node& node = o.node();
  const bool nearest = node.text("mode") == "nearest";
  const Resizing how{
      node.text("mode"),          node.text("coordinate_transformation_mode"), node.text("nearest_mode"),
      node.real("cubic_coeff_a"), node.integer("exclude_outside") != 0,        node.integer("antialias") != 0};
  const double outside = node.real("extrapolation_value");
  const Integers& axes = node.integers("axes");
  Tensor at = o.tensor(0);
  if (!nearest && at.element() != Element::Float32) at = at.to(Element::Float64);
  for (size_t k = 0; k < axes.size(); ++k) {
    auto axis = static_cast<size_t>(axes[k]);
    const std::vector<Taps> taps = taps_of(how, {o.shape(0)[axis], t[0].shape[axis], reals(node, "scales")[k],
                                                 reals(node, "roi")[k], reals(node, "roi")[axes.size() + k]});
    if (nearest)
      at = picked(at, axis, taps, outside);
    else if (at.element() == Element::Float32)
      at = weighted<float>(at, axis, taps, outside);
    else
      at = weighted<double>(at, axis, taps, outside);
  }
  if (at.element() == t[0].element) return {at};
  Tensor out(t[0].element, t[0].shape);
  auto numbers = at.data<double>();
  with_any(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    std::transform(numbers.begin(), numbers.end(), out.mutable_data<T>().begin(),
                   [](double v) { return convert<T>(v); });
  });
  return {out};
}
bool batch_resize(const Operation& o, Batching& b) {
  const Integers& axes = o.node().integers("axes");
  return batch_like_first(o, b) && std::find(axes.begin(), axes.end(), b.operands[0]) == axes.end();
}

// From files

/// What one of the operands says; nothing if it is left out or empty.
std::optional<Reals> known(const Lift& lift, const std::vector<ValueId>& operands, size_t k, const char* what) {
  if (k >= operands.size() || operands[k] == kNoValue) return std::nullopt;
  const Value& v = lift.graph().value(operands[k]);
  if (tensor::count(v.shape) == 0) return std::nullopt;
  if (!v.constant)
    lift.fail(fmt::format("operand {}, the {}, must be known before the network runs: it decides a shape",
                          k + 1, what));
  Tensor wide = v.constant->to(Element::Float64);
  auto numbers = wide.data<double>();
  return Reals(numbers.begin(), numbers.end());
}

/// What a file says of the result, for the axes it names.
struct Wanted {
  Integers axes;
  std::optional<Reals> scales, sizes, roi;
  std::string policy = "stretch";
};
/// Scales that keep the aspect: the least or the greatest of those that the sizes ask for.
void keep_aspect(const Shape& shape, Wanted& w) {
  if (w.policy == "stretch" || !w.sizes) return;
  double scale = 0;
  for (size_t k = 0; k < w.axes.size(); ++k) {
    const double own = (*w.sizes)[k] / static_cast<double>(shape[static_cast<size_t>(w.axes[k])]);
    if (k == 0 || (w.policy == "not_larger" ? own < scale : own > scale)) scale = own;
  }
  w.scales = Reals(w.axes.size(), scale);
  for (size_t k = 0; k < w.axes.size(); ++k)
    (*w.sizes)[k] = std::floor(scale * static_cast<double>(shape[static_cast<size_t>(w.axes[k])]) + 0.5);
}
std::vector<ValueId> finish_resize(Lift& lift, Wanted w) {
  const Shape shape = lift.shape(0);
  const size_t n = w.axes.size();
  for (int64_t& a : w.axes) {
    if (a < 0) a += static_cast<int64_t>(shape.size());
    if (a < 0 || a >= static_cast<int64_t>(shape.size()))
      lift.fail(fmt::format("axis {} of {} axes", a, shape.size()));
  }
  if (w.scales && w.sizes) lift.fail("has both scales and sizes");
  if (!w.scales && !w.sizes) lift.fail("has neither scales nor sizes");
  for (const auto& list : {w.scales, w.sizes}) {
    if (list && list->size() != n) lift.fail(fmt::format("{} scales or sizes for {} axes", list->size(), n));
    for (double v : list.value_or(Reals{})) {
      if (!(v > 0 && v < 0x1p31)) lift.fail(fmt::format("a scale or size of {}", v));
    }
  }
  if (w.roi && w.roi->size() != 2 * n)
    lift.fail(fmt::format("a region of {} numbers for {} axes", w.roi->size(), n));
  keep_aspect(shape, w);
  Integers axes, sizes;
  Reals scales, begins, ends;
  const bool crops = lift.has("coordinate_transformation_mode") &&
                     lift.node.text("coordinate_transformation_mode") == "tf_crop_and_resize";
  if (crops && !w.roi) lift.fail("needs a region");
  for (size_t k = 0; k < n; ++k) {
    const auto extent = static_cast<double>(shape[static_cast<size_t>(w.axes[k])]);
    const double scale = w.scales ? (*w.scales)[k] : extent > 0 ? (*w.sizes)[k] / extent : 1.0;
    const double size = w.sizes ? (*w.sizes)[k] : std::floor(extent * scale);
    const double begin = crops ? (*w.roi)[k] : 0.0, end = crops ? (*w.roi)[n + k] : 1.0;
    if (size == extent && (w.sizes || scale == 1) && begin == 0 && end == 1) continue;
    if (size >= 0x1p31) lift.fail(fmt::format("a size of {}", size));
    axes.push_back(w.axes[k]);
    sizes.push_back(static_cast<int64_t>(size));
    scales.push_back(scale);
    begins.push_back(begin);
    ends.push_back(end);
  }
  begins.insert(begins.end(), ends.begin(), ends.end());
  lift.node.op = Op::Resize;
  lift.node.inputs.resize(1);
  lift.node.attributes["axes"] = axes;
  lift.node.attributes["sizes"] = sizes;
  lift.node.attributes["scales"] = scales;
  lift.node.attributes["roi"] = begins;
  return lift.finish();
}
Integers all_axes(const Lift& lift) {
  Integers axes(lift.shape(0).size());
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}
/// How opset 10 and Upsample find the elements.
void set_old_way(Lift& lift) {
  auto* mode = lift.has("mode") ? std::get_if<std::string>(&lift.node.attributes["mode"]) : nullptr;
  if (mode && *mode == "bilinear") *mode = "linear";
  lift.node.attributes["coordinate_transformation_mode"] = std::string("asymmetric");
  lift.node.attributes["nearest_mode"] = std::string("simple");
}
std::vector<ValueId> lift_resize(Lift& lift) {
  const std::vector<ValueId> in = lift.node.inputs;
  Wanted w;
  w.axes = lift.take("axes", all_axes(lift));
  if (lift.opset < 11) {
    set_old_way(lift);
    w.scales = known(lift, in, 1, "scales");
    return finish_resize(lift, std::move(w));
  }
  if (lift.has("coordinate_transformation_mode") &&
      lift.node.attributes["coordinate_transformation_mode"].index() != Attribute(std::string()).index())
    lift.fail("coordinate_transformation_mode must be text");
  if (lift.has("keep_aspect_ratio_policy")) {
    Attribute policy = lift.node.attributes["keep_aspect_ratio_policy"];
    auto* word = std::get_if<std::string>(&policy);
    if (!word || (*word != "stretch" && *word != "not_larger" && *word != "not_smaller"))
      lift.fail("keep_aspect_ratio_policy is not known");
    w.policy = *word;
    lift.node.attributes.erase("keep_aspect_ratio_policy");
  }
  w.roi = known(lift, in, 1, "region");
  w.scales = known(lift, in, 2, "scales");
  w.sizes = known(lift, in, 3, "sizes");
  const bool crops = lift.has("coordinate_transformation_mode") &&
                     lift.node.text("coordinate_transformation_mode") == "tf_crop_and_resize";
  if (!crops) w.roi.reset();
  return finish_resize(lift, std::move(w));
}
/// Opset 1 had a scale for height and one for width, opset 7 a list, opset 9 an operand.
std::vector<ValueId> lift_upsample(Lift& lift) {
  Wanted w;
  w.axes = all_axes(lift);
  set_old_way(lift);
  if (lift.has("height_scale") || lift.has("width_scale")) {
    w.axes = {2, 3};
    w.scales = Reals{lift.take("height_scale", 1.0), lift.take("width_scale", 1.0)};
  } else if (lift.has("scales")) {
    auto* list = std::get_if<Reals>(&lift.node.attributes["scales"]);
    if (!list) lift.fail("scales must be numbers");
    w.scales = *list;
  } else {
    w.scales = known(lift, lift.node.inputs, 1, "scales");
  }
  return finish_resize(lift, std::move(w));
}

}  // namespace

Operator resizing_operator() {
  return {.op = Op::Resize,
          .name = "Resize",
          .family = Family::Window,
          .attributes = {{"mode", std::string("nearest")},
                         {"coordinate_transformation_mode", std::string("half_pixel")},
                         {"nearest_mode", std::string("round_prefer_floor")},
                         {"cubic_coeff_a", -0.75},
                         {"exclude_outside", int64_t{0}},
                         {"extrapolation_value", 0.0},
                         {"antialias", int64_t{0}},
                         {"axes", Integers{}, true},
                         {"sizes", Integers{}, true},
                         {"scales", Reals{}, true},
                         {"roi", Reals{}, true}},
          .complete = check_resize,
          .infer = infer_resize,
          .evaluate = resize,
          .batch = batch_resize,
          .lift = lift_resize};
}
Operator upsample_form() { return {.name = "Upsample", .lift = lift_upsample}; }

}  // namespace ohmweave::network
