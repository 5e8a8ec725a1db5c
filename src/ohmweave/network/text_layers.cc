// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/text_layers.h"

#include <cmath>
#include <utility>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/recurrent.h"
#include "ohmweave/network/text_layer_kinds.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {
namespace {

using config::defaulted;
using config::required;
using tensor::Shape;

constexpr double kMost = kMostUnits;

struct Window : Placement {
  Extents kernel, stride{{1}};
  Padding pad;
};

/// Attributes of a sliding window over the input of a layer, complete.
Attributes window_attributes_of(const LayerSite& site, const Window& w, const Extents& dilation) {
  size_t axes = site.spatial_axes();
  Attributes a;
  a["kernel_shape"] = w.kernel.of(axes);
  a["strides"] = w.stride.of(axes);
  a["dilations"] = dilation.of(axes);
  a["pads"] = w.pad.same ? Integers(2 * axes, 0) : w.pad.of(axes);
  a["auto_pad"] = std::string(w.pad.same ? "SAME_UPPER" : "NOTSET");
  return a;
}

struct ConvolutionLayer : Window {
  int64_t channels = 0;
  Extents dilation{{1}};
  int64_t groups = 1;
  bool bias = true;
  template <class Spec>
  static constexpr auto fields_of() {
    return std::tuple_cat(
        std::tuple(
            required("channels", static_cast<int64_t Spec::*>(&Spec::channels), "output channels")
                .within(1, kMost),
            required("kernel", static_cast<Extents Spec::*>(&Spec::kernel), "extents of the kernel"),
            defaulted("stride", static_cast<Extents Spec::*>(&Spec::stride),
                      "step from one position to the next"),
            defaulted("pad", static_cast<Padding Spec::*>(&Spec::pad), "zeros around the input"),
            defaulted("dilation", static_cast<Extents Spec::*>(&Spec::dilation), "distance of kernel elements"),
            defaulted("groups", static_cast<int64_t Spec::*>(&Spec::groups),
                      "groups of channels that do not mix")
                .within(1, kMost),
            defaulted("bias", static_cast<bool Spec::*>(&Spec::bias),
                      "whether something is added to each output")),
        placed<Spec>());
  }
  static constexpr auto fields() { return fields_of<ConvolutionLayer>(); }

  /// Weights of one output: channels of a group, then the kernel.
  Shape kernel_shape(const LayerSite& site) const {
    int64_t in = site.shape()[1];
    if (in % groups != 0 || channels % groups != 0) {
      throw DoesNotFit(
          fmt::format("{} groups do not divide {} input and {} output channels", groups, in, channels));
    }
    Shape shape{in / groups};
    for (int64_t k : kernel.of(site.spatial_axes())) shape.push_back(k);
    return shape;
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    Attributes a = window_attributes_of(site, *this, dilation);
    a["group"] = groups;
    Shape weights = kernel_shape(site);
    weights.insert(weights.begin(), channels);
    std::vector<ValueId> inputs{site.input(), site.constant(".weight", weights)};
    if (bias) inputs.push_back(site.constant(".bias", {channels}));
    return site.node(Op::Conv, inputs, a);
  }
};

struct LocalConvolutionLayer : ConvolutionLayer {
  static constexpr auto fields() { return fields_of<LocalConvolutionLayer>(); }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    Node node{.name = "",
              .op = Op::LocalConv,
              .inputs = {site.input()},
              .outputs = {},
              .attributes = window_attributes_of(site, *this, dilation)};
    complete_window(site.graph(), node, kernel.of(site.spatial_axes()));
    Shape weights = window_extents(Operation(site.graph(), node), window_of(node), false), biases = weights;
    biases.insert(biases.begin(), channels);
    weights.push_back(channels);
    for (int64_t extent : kernel_shape(site)) weights.push_back(extent);
    node.attributes["group"] = groups;
    std::vector<ValueId> inputs{site.input(), site.constant(".weight", weights)};
    if (bias) inputs.push_back(site.constant(".bias", biases));
    return site.node(Op::LocalConv, inputs, node.attributes);
  }
};

struct Dense : Placement {
  int64_t units = 0;
  bool bias = true;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("units", &Dense::units, "outputs").within(1, kMost),
                   defaulted("bias", &Dense::bias, "whether something is added to each output")),
        placed<Dense>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const Shape& in = site.shape();
    if (in.size() != 2)
      throw DoesNotFit(fmt::format(
          "takes a list of values, the layer before gives {}; write '- flatten' before it", tensor::print(in)));
    std::vector<ValueId> inputs{site.input(), site.constant(".weight", {units, in[1]})};
    if (bias) inputs.push_back(site.constant(".bias", {units}));
    return site.node(Op::Gemm, inputs, {{"transB", int64_t{1}}});
  }
};

struct BatchNorm : Placement {
  double epsilon = 1e-5;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(defaulted("epsilon", &BatchNorm::epsilon, "added to the variance").within(0, 1)),
        placed<BatchNorm>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    std::vector<ValueId> inputs{site.input()};
    for (const char* suffix : {".scale", ".shift", ".mean", ".variance"})
      inputs.push_back(site.constant(suffix, {site.shape()[1]}));
    return site.node(Op::BatchNormalization, inputs, {{"epsilon", epsilon}});
  }
};

struct Relu6 : Placement {
  static constexpr auto fields() { return placed<Relu6>(); }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    return site.node(Op::Clip, {site.input(), site.number(".min", 0), site.number(".max", 6)});
  }
};

struct LeakyRelu : Placement {
  double slope = 0.01;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(defaulted("slope", &LeakyRelu::slope, "factor of negative values").within(0, 1)),
        placed<LeakyRelu>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    return site.node(Op::LeakyRelu, {site.input()}, {{"alpha", slope}});
  }
};

struct Dropout : Placement {
  double rate = 0.5;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(defaulted("rate", &Dropout::rate, "part dropped in training; inference drops nothing")
                       .within(0, 1)),
        placed<Dropout>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    return site.node(Op::Dropout, {site.input()});
  }
};

struct LocalResponseNorm : Placement {
  int64_t size = 5;
  double alpha = 1e-4, beta = 0.75, bias = 1;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(defaulted("size", &LocalResponseNorm::size, "channels in a sum").within(1, kMost),
                   defaulted("alpha", &LocalResponseNorm::alpha, "factor of the sum of squares"),
                   defaulted("beta", &LocalResponseNorm::beta, "exponent"),
                   defaulted("bias", &LocalResponseNorm::bias, "added to the sum")),
        placed<LocalResponseNorm>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    return site.node(Op::LRN, {site.input()},
                     {{"size", size}, {"alpha", alpha}, {"beta", beta}, {"bias", bias}});
  }
};

template <Op op>
struct Pool : Window {
  std::optional<Extents> step;
  bool ceil = false;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("kernel", static_cast<Extents Pool::*>(&Pool::kernel), "extents of the window"),
                   defaulted("stride", &Pool::step,
                             "step from one window to the next; without it the extents of the window"),
                   defaulted("pad", static_cast<Padding Pool::*>(&Pool::pad),
                             "what windows may reach beyond the input; it does not count"),
                   defaulted("ceil", &Pool::ceil, "whether windows that stand half outside at the end count")),
        placed<Pool<op>>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    Window w = *this;
    w.stride = step.value_or(kernel);
    Attributes a = window_attributes_of(site, w, Extents{{1}});
    a["ceil_mode"] = int64_t{ceil ? 1 : 0};
    return site.node(op, {site.input()}, a);
  }
};

/// He et al. (2015), "Spatial pyramid pooling in deep convolutional networks": at level n, windows of ceil(a /
/// n) at steps of floor(a / n) give n x n results per channel whatever the extent a of the input.
struct PyramidPool : Placement {
  Integers levels;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple(required("levels", &PyramidPool::levels, "windows along each axis, level by level")
                       .within(1, 1024)),
        placed<PyramidPool>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const Shape in = site.shape();
    size_t axes = site.spatial_axes();
    std::vector<ValueId> parts;
    for (size_t k = 0; k < levels.size(); ++k) {
      Integers kernel, stride;
      for (size_t axis = 0; axis < axes; ++axis) {
        int64_t extent = in[2 + axis], n = levels[k];
        if (n > extent)
          throw DoesNotFit(fmt::format("level {} is finer than the input of {}", n, tensor::print(in)));
        kernel.push_back((extent + n - 1) / n);
        stride.push_back(extent / n);
      }
      std::string level = fmt::format(".level{}", k + 1);
      ValueId pooled =
          site.node(Op::MaxPool, {site.input()}, {{"kernel_shape", kernel}, {"strides", stride}}, level);
      for (size_t axis = 0; axis < axes; ++axis) {
        if (site.shape(pooled)[2 + axis] == levels[k]) continue;
        throw DoesNotFit(fmt::format("an input of {} cannot be cut into {} windows of {} at steps of {}",
                                     in[2 + axis], levels[k], kernel[axis], stride[axis]));
      }
      parts.push_back(site.node(Op::Flatten, {pooled}, {}, level + ".flat"));
    }
    return site.node(Op::Concat, parts, {{"axis", int64_t{1}}});
  }
};

/// The centre of a picture, as large as another one (the crops of U-Net).
struct Crop : Placement {
  Names others;
  static constexpr std::string_view kOthers = "like";
  static constexpr auto fields() {
    return std::tuple_cat(std::tuple(required("like", &Crop::others, "a layer with the extents to keep")),
                          placed<Crop>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>& like) const {
    if (like.size() != 1) throw DoesNotFit("one layer says the extents");
    const Shape whole = site.shape(), to = site.shape(like[0]);
    size_t axes = site.spatial_axes();
    if (whole.size() != to.size())
      throw DoesNotFit(fmt::format("{} cannot be cut like {}", tensor::print(whole), tensor::print(to)));
    Integers begins, ends, which;
    for (size_t axis = 2; axis < 2 + axes; ++axis) {
      int64_t begin = (whole[axis] - to[axis]) / 2;
      if (to[axis] > whole[axis])
        throw DoesNotFit(fmt::format("{} has no part of {}", tensor::print(whole), tensor::print(to)));
      begins.push_back(begin);
      ends.push_back(begin + to[axis]);
      which.push_back(static_cast<int64_t>(axis));
    }
    return site.slice(site.input(), begins, ends, which);
  }
};

/// The layer before and others, element by element or channel by channel.
template <Op op>
struct Join : Placement {
  Names others;
  static constexpr std::string_view kOthers = "with";
  static constexpr auto fields() {
    return std::tuple_cat(std::tuple(required("with", &Join::others, "the other operands")),
                          placed<Join<op>>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>& with) const {
    if (op == Op::Concat) {
      std::vector<ValueId> all{site.input()};
      all.insert(all.end(), with.begin(), with.end());
      return site.node(op, all, {{"axis", int64_t{1}}});
    }
    ValueId sum = site.input();
    for (size_t k = 0; k < with.size(); ++k)
      sum = site.node(op, {sum, with[k]}, {}, k + 1 < with.size() ? fmt::format(".{}", k + 1) : "");
    return sum;
  }
};

std::vector<LayerKind> picture_layer_kinds() {
  return {
      kind<ConvolutionLayer>("conv", "Convolution."),
      kind<LocalConvolutionLayer>(
          "local_conv",
          "A convolution with another kernel, and another bias, at each position (private kernels)."),
      transposed_convolution_kind(),
      kind<Dense>("dense", "Every output sees every input (fully connected); takes flattened values.", "units"),
      kind<BatchNorm>("batch_norm", "Normalisation by statistics of the training set."),
      kind<LocalResponseNorm>("local_response_norm", "Normalisation by the squares of neighbouring channels.",
                              "size"),
      kind<Plain<Op::Relu>>("relu", "max(x, 0)."),
      kind<Relu6>("relu6", "max(x, 0), at most 6."),
      kind<LeakyRelu>("leaky_relu", "x, or slope * x where negative.", "slope"),
      kind<Plain<Op::Sigmoid>>("sigmoid", "1 / (1 + exp(-x))."),
      kind<Plain<Op::HardSwish>>("hard_swish", "x * min(max(x / 6 + 1/2, 0), 1)."),
      kind<Plain<Op::Tanh>>("tanh", "Hyperbolic tangent."),
      kind<Plain<Op::Softmax>>("softmax", "Probabilities of the classes, along the last axis."),
      kind<Pool<Op::MaxPool>>("max_pool", "The largest value of each window.", "kernel"),
      kind<Pool<Op::AveragePool>>("average_pool", "The mean of each window.", "kernel"),
      kind<Plain<Op::GlobalMaxPool>>("global_max_pool", "The largest value of each channel."),
      kind<Plain<Op::GlobalAveragePool>>("global_average_pool", "The mean of each channel."),
      kind<PyramidPool>("spatial_pyramid_pool",
                        "Max pools of several finenesses, flattened and joined (He et al. 2015).", "levels"),
      kind<Crop>("crop", "The centre of a picture, as large as another one.", "like"),
      kind<Plain<Op::Flatten>>("flatten", "All values of a sample as one list."),
      kind<Dropout>("dropout", "Nothing at inference.", "rate"),
      kind<Join<Op::Add>>("add", "Sum with other layers, element by element.", "with"),
      kind<Join<Op::Mul>>("multiply",
                          "Product with other layers, element by element; extents of 1 are stretched.", "with"),
      kind<Join<Op::Concat>>("concat", "The channels of this and other layers, one after the other.", "with"),
  };
}

}  // namespace

const std::vector<LayerKind>& layer_kinds() {
  static const std::vector<LayerKind> kKinds = [] {
    std::vector<LayerKind> all = picture_layer_kinds();
    for (LayerKind& more : sequence_layer_kinds()) all.push_back(std::move(more));
    return all;
  }();
  return kKinds;
}

std::string describe_layers() {
  std::string out;
  for (const LayerKind& k : layer_kinds()) {
    out += fmt::format("\n### {}\n{}", k.word, k.doc);
    if (!k.alone.empty()) out += fmt::format(" `{}: X` is short for `{}: {{{}: X}}`.", k.word, k.word, k.alone);
    std::string rows;
    for (const config::FieldInfo& f : k.fields()) {
      if (f.name == "name" || f.name == "from") continue;
      std::string otherwise = f.required ? "required" : f.preset.empty() ? "" : fmt::format("`{}`", f.preset);
      rows += fmt::format("| `{}` | {}{} | {} | {} |\n", f.name, f.type, f.range.empty() ? "" : ", " + f.range,
                          otherwise, f.doc);
    }
    out += rows.empty() ? "\n" : "\n\n| key | value | default | what |\n|---|---|---|---|\n" + rows;
  }
  return out;
}

size_t LayerSite::spatial_axes() const {
  if (shape().size() < 3)
    throw DoesNotFit(fmt::format("takes channels of lines, pictures or volumes, the layer before gives {}",
                                 tensor::print(shape())));
  return shape().size() - 2;
}

ValueId LayerSite::constant(const std::string& suffix, const Shape& shape) {
  constexpr double kMostWeights = 0x1p34;
  double total = 1;
  for (int64_t extent : shape) total *= static_cast<double>(extent);
  if (total > kMostWeights)
    throw DoesNotFit(fmt::format("weights of {} are more than any machine holds", tensor::print(shape)));
  Value v;
  v.name = name_ + suffix;
  v.shape = shape;
  v.is_constant = true;
  return graph_.add_value(std::move(v));
}

ValueId LayerSite::table(const std::string& suffix, tensor::Tensor values) {
  ValueId id = add_constant(graph_, name_ + suffix, std::move(values));
  graph_.values[id].is_table = true;
  return id;
}

const Shape& LayerSite::sequence(ValueId id) const {
  if (shape(id).size() != 3)
    throw DoesNotFit(fmt::format("takes a sequence (tokens, features), the layer before gives {}{}",
                                 tensor::print(shape(id)),
                                 shape(id).size() == 4 ? "; write '- to_sequence' before it" : ""));
  return shape(id);
}

ValueId LayerSite::number(const std::string& suffix, float value) {
  return add_constant(graph_, name_ + suffix, tensor::Tensor::of<float>({}, std::vector<float>{value}));
}

ValueId LayerSite::slice(ValueId from, const Integers& begins, const Integers& ends, const Integers& axes,
                         const std::string& suffix) {
  return node(Op::Slice,
              {from, integers(suffix + ".begins", begins), integers(suffix + ".ends", ends),
               integers(suffix + ".axes", axes)},
              {}, suffix);
}

ValueId LayerSite::integers(const std::string& suffix, const Integers& values) {
  return add_constant(graph_, name_ + suffix, integers_tensor(values));
}

ValueId LayerSite::node(Op op, std::vector<ValueId> inputs, Attributes attributes, const std::string& suffix) {
  ValueId out = add_node(graph_, op, name_ + suffix, std::move(inputs), std::move(attributes));
  constexpr int64_t kMostResults = int64_t{1} << 34;
  constexpr double kMostWork = 0x1p48;
  double results = static_cast<double>(tensor::count(shape(out)));
  if (tensor::count(shape(out)) > kMostResults)
    throw DoesNotFit(fmt::format("a result of {} is more than any machine holds", tensor::print(shape(out))));
  const Node& added = graph_.nodes.back();
  if (family_of(op) != Family::Product) return out;
  auto rows = static_cast<double>(is_convolution(op) ? convolution(graph_, added).rows_per_group()
                                                     : shape(added.inputs[0]).back());
  if (is_recurrent(op))
    rows = static_cast<double>(gates_of(op)) * (rows + static_cast<double>(shape(out).back()));
  if (results * rows > kMostWork)
    throw DoesNotFit(fmt::format("{:.3g} multiplications are more than any machine does", results * rows));
  return out;
}

}  // namespace ohmweave::network
