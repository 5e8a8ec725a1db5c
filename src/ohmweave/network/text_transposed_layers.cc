// SPDX-License-Identifier: Apache-2.0
// Transposed convolutions, which make pictures larger.
#include <algorithm>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/text_layer_kinds.h"

namespace ohmweave::network {
namespace {

using config::defaulted;
using config::required;
using tensor::Shape;

/// Every element of the input adds its kernel to the output (Dumoulin and Visin 2016, "A guide to convolution
/// arithmetic for deep learning", chapter 4). Weights are [input channels, channels / groups, kernel...].
struct TransposedConvolution : Placement {
  int64_t channels = 0, groups = 1;
  Extents kernel, stride{{1}}, dilation{{1}};
  Padding pad;
  Additions output_pad;
  bool bias = true;
  static constexpr auto fields() {
    using T = TransposedConvolution;
    return std::tuple_cat(
        std::tuple(
            required("channels", &T::channels, "output channels").within(1, kMostUnits),
            required("kernel", &T::kernel, "extents of the kernel"),
            defaulted("stride", &T::stride, "step in the output from one position of the input to the next"),
            defaulted("pad", &T::pad, "what is cut off the sides of the output; same: output = input * stride"),
            defaulted("output_pad", &T::output_pad,
                      "what the output has more at its end; less than the stride or the dilation"),
            defaulted("dilation", &T::dilation, "distance of kernel elements"),
            defaulted("groups", &T::groups, "groups of channels that do not mix").within(1, kMostUnits),
            defaulted("bias", &T::bias, "whether something is added to each output")),
        placed<T>());
  }

  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const size_t axes = site.spatial_axes();
    const int64_t in = site.shape()[1];
    if (in % groups != 0 || channels % groups != 0) {
      throw DoesNotFit(
          fmt::format("{} groups do not divide {} input and {} output channels", groups, in, channels));
    }
    Attributes a{{"kernel_shape", kernel.of(axes)},
                 {"strides", stride.of(axes)},
                 {"dilations", dilation.of(axes)},
                 {"output_padding", output_pad.of(axes)},
                 {"group", groups},
                 {"pads", pad.same ? Integers(2 * axes, 0) : pad.of(axes)},
                 {"auto_pad", std::string(pad.same ? "SAME_UPPER" : "NOTSET")}};
    check_extents(site, a);
    Shape weights{in, channels / groups};
    for (int64_t k : kernel.of(axes)) weights.push_back(k);
    std::vector<ValueId> inputs{site.input(), site.constant(".weight", weights)};
    if (bias) inputs.push_back(site.constant(".bias", {channels}));
    return site.node(Op::ConvTranspose, inputs, a);
  }

 private:
  /// Extents multiply here; nobody counts them before they are known to be few enough to be counted.
  void check_extents(const LayerSite& site, const Attributes& a) const {
    auto list = [&](const char* key) { return std::get<Integers>(a.at(key)); };
    const Integers k = list("kernel_shape"), step = list("strides"), distance = list("dilations"),
                   more = list("output_padding"), sides = list("pads");
    double results = static_cast<double>(channels);
    for (size_t axis = 0; axis < k.size(); ++axis) {
      if (more[axis] >= std::max(step[axis], distance[axis]))
        throw DoesNotFit(
            fmt::format("an output_pad of {} is not less than the stride of {} or the dilation of {}",
                        more[axis], step[axis], distance[axis]));
      const double positions = static_cast<double>(site.shape()[2 + axis]),
                   all = static_cast<double>(step[axis]) * (positions - 1) +
                         static_cast<double>((k[axis] - 1) * distance[axis] + 1 + more[axis]),
                   cut = static_cast<double>(sides[axis] + sides[k.size() + axis]);
      if (all <= cut) throw DoesNotFit(fmt::format("a pad of {} leaves nothing of an extent of {}", cut, all));
      results *= pad.same ? static_cast<double>(step[axis]) * positions : all - cut;
    }
    constexpr double kMostResults = 0x1p34;
    if (results > kMostResults)
      throw DoesNotFit(fmt::format("{:.3g} results are more than any machine holds", results));
  }
};

}  // namespace

LayerKind transposed_convolution_kind() {
  return kind<TransposedConvolution>(
      "conv_transpose", "Transposed convolution: every element of the input adds its kernel to the output.");
}

}  // namespace ohmweave::network
