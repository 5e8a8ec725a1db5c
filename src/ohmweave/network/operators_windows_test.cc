// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Case {
  const char* what;
  Integers kernel, strides, dilations, pads;  // rows, columns
  int64_t ceil = 0, with_padding = 0;
};
const Case kCases[] = {
    {"plain", {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
    {"overlapping, padded", {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
    {"uneven padding", {3, 2}, {1, 2}, {1, 1}, {0, 1, 2, 0}},
    {"counting the padding", {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, 0, 1},
    {"half windows at the end", {2, 3}, {2, 2}, {1, 1}, {0, 0, 0, 0}, 1},
    {"half windows with padding", {3, 3}, {2, 2}, {1, 1}, {1, 1, 0, 0}, 1, 1},
    {"dilated", {2, 3}, {1, 2}, {3, 2}, {1, 0, 1, 2}},
    {"windows apart", {1, 2}, {3, 3}, {1, 1}, {0, 0, 0, 0}},
};

/// One result of a pooling by its definition. A window counts padding up to the padded border, not beyond.
float pooled(const Tensor& x, const Case& c, bool most, const Integers& place) {
  double sum = 0, best = -std::numeric_limits<double>::infinity();
  int64_t inside = 0, counted = 0;
  for (int64_t i = 0; i < c.kernel[0]; ++i) {
    for (int64_t j = 0; j < c.kernel[1]; ++j) {
      int64_t row = place[1] * c.strides[0] - c.pads[0] + i * c.dilations[0], column = place[2] * c.strides[1] - c.pads[1] + j * c.dilations[1];
      counted += row < x.dim(2) + c.pads[2] && column < x.dim(3) + c.pads[3];
      if (row < 0 || column < 0 || row >= x.dim(2) || column >= x.dim(3)) continue;
      auto v = static_cast<double>(x.data<float>()[static_cast<size_t>((place[0] * x.dim(2) + row) * x.dim(3) + column)]);
      sum += v;
      best = std::max(best, v);
      ++inside;
    }
  }
  return static_cast<float>(most ? best : sum / static_cast<double>(c.with_padding ? counted : inside));
}

TEST(windows, pooling_as_its_definition_says) {
  Tensor x = random_floats({2, 3, 8, 9});
  for (const Case& c : kCases) {
    for (Op op : {Op::MaxPool, Op::AveragePool}) {
      Attributes a{{"kernel_shape", c.kernel}, {"strides", c.strides}, {"dilations", c.dilations}, {"pads", c.pads}, {"ceil_mode", c.ceil}};
      if (op == Op::AveragePool) a["count_include_pad"] = c.with_padding;
      Tensor y = apply(op, {x}, a);
      for (int64_t k = 0; k < y.size(); ++k) {
        int64_t columns = y.dim(3), rows = y.dim(2);
        float expected = pooled(x, c, op == Op::MaxPool, {k / columns / rows, k / columns % rows, k % columns});
        ASSERT_NEAR(y.data<float>()[static_cast<size_t>(k)], expected, 1e-6) << name_of(op) << " " << c.what << " " << k;
      }
    }
  }
}

TEST(windows, extents) {
  auto extent = [](int64_t size, int64_t kernel, int64_t stride, const Integers& pads, int64_t ceil) {
    return apply(Op::MaxPool, {random_floats({1, 1, size})}, {{"kernel_shape", Integers{kernel}}, {"strides", Integers{stride}}, {"pads", pads}, {"ceil_mode", ceil}}).dim(2);
  };
  EXPECT_EQ(extent(7, 2, 2, {0, 0}, 0), 3);
  EXPECT_EQ(extent(7, 2, 2, {0, 0}, 1), 4);
  EXPECT_EQ(extent(8, 2, 2, {0, 0}, 1), 4);
  EXPECT_EQ(extent(4, 1, 3, {0, 1}, 1), 2);  // a third window would stand in the padding alone
}

TEST(windows, places_of_the_largest) {
  Tensor x = floats({1, 1, 2, 4}, {1, 5, 2, 9, 4, 3, 8, 0});
  Attributes a{{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}};
  std::vector<Tensor> y = apply_all(Op::MaxPool, {x}, a, 2);
  EXPECT_THAT(values<float>(y[0]), ElementsAre(5, 9));
  EXPECT_THAT(values<int64_t>(y[1]), ElementsAre(1, 3));
  a["storage_order"] = int64_t{1};
  EXPECT_THAT(values<int64_t>(apply_all(Op::MaxPool, {x}, a, 2)[1]), ElementsAre(2, 6));  // column by column
}

TEST(windows, bytes) {
  Tensor x = Tensor::of<uint8_t>({1, 1, 4}, std::vector<uint8_t>{1, 200, 3, 4});
  EXPECT_THAT(values<uint8_t>(apply(Op::MaxPool, {x}, {{"kernel_shape", Integers{2}}})), ElementsAre(200, 200, 4));
}

TEST(windows, of_whole_planes) {
  Tensor x = floats({1, 2, 2, 2}, {1, 2, 3, 4, -1, -2, -3, -6});
  EXPECT_THAT(values<float>(apply(Op::GlobalAveragePool, {x})), ElementsAre(2.5F, -3));
  EXPECT_THAT(values<float>(apply(Op::GlobalMaxPool, {x})), ElementsAre(4, -1));
  EXPECT_EQ(apply(Op::GlobalMaxPool, {x}).shape(), (Shape{1, 2, 1, 1}));
  EXPECT_THAT(message_of([] { apply(Op::GlobalMaxPool, {random_floats({2, 2})}); }), HasSubstr("takes N x C x spatial, not 2x2"));
}

TEST(windows, geometry_for_mapping) {
  Graph g = single(Op::MaxPool, {random_floats({1, 1, 7, 7})}, {{"kernel_shape", Integers{3, 2}}, {"strides", Integers{2, 2}}, {"ceil_mode", int64_t{1}}});
  Pooling p = pooling(g, g.nodes[0]);
  EXPECT_THAT(p.kernel, ElementsAre(3, 2));
  EXPECT_THAT(p.pad_end, ElementsAre(0, 1));  // as far as the last window reaches
  g = single(Op::GlobalAveragePool, {random_floats({1, 1, 7, 5})});
  EXPECT_THAT(pooling(g, g.nodes[0]).kernel, ElementsAre(7, 5));
}

}  // namespace
}  // namespace ohmweave::network
