// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A convolution as its definition says, over spatial axes (depth, rows, columns) that may have extent 1.
struct Plain {
  Integers kernel, stride, dilation, begin;  // three each
  int64_t groups;

  /// `local`: weights differ from place to place, [places, outputs, channels / groups, kernel].
  Tensor run(const Tensor& x, const Tensor& w, const Tensor& bias, const Shape& out, bool local = false) const {
    Tensor y(Element::Float32, out);
    auto to = y.mutable_data<float>();
    int64_t in = x.dim(1), per_group = in / groups, outputs = out[1], places = out[2] * out[3] * out[4], taps = kernel[0] * kernel[1] * kernel[2];
    for (int64_t index = 0; index < y.size(); ++index) {
      int64_t place = index % places, o = index / places % outputs, n = index / places / outputs;
      Integers at{place / (out[3] * out[4]), place / out[4] % out[3], place % out[4]};
      double sum = bias.size() == 0 ? 0.0 : static_cast<double>(bias.data<float>()[static_cast<size_t>(bias.rank() > 1 ? o * places + place : o)]);
      for (int64_t c = 0; c < per_group; ++c) {
        for (int64_t tap = 0; tap < taps; ++tap) {
          Integers t{tap / (kernel[1] * kernel[2]), tap / kernel[2] % kernel[1], tap % kernel[2]};
          int64_t from = (n * in + o / (outputs / groups) * per_group + c);
          bool inside = true;
          for (size_t k = 0; k < 3; ++k) {
            int64_t p = at[k] * stride[k] - begin[k] + t[k] * dilation[k];
            inside &= p >= 0 && p < x.dim(2 + k);
            from = from * x.dim(2 + k) + p;
          }
          int64_t weight = ((local ? place * outputs : 0) + o) * per_group * taps + c * taps + tap;
          if (inside) sum += static_cast<double>(x.data<float>()[static_cast<size_t>(from)]) * static_cast<double>(w.data<float>()[static_cast<size_t>(weight)]);
        }
      }
      to[static_cast<size_t>(index)] = static_cast<float>(sum);
    }
    return y;
  }
};

struct Case {
  const char* what;
  Shape input, weights;  // N x C x spatial
  Integers strides, dilations, pads;
  int64_t groups = 1;
  bool bias = true;
};
const Case kCases[] = {
    {"plain", {2, 3, 8, 9}, {5, 3, 3, 3}, {}, {}, {}},
    {"pointwise", {2, 16, 5, 5}, {32, 16, 1, 1}, {}, {}, {}},
    {"no bias", {1, 3, 7, 7}, {4, 3, 3, 3}, {}, {}, {1, 1, 1, 1}, 1, false},
    {"stride and uneven padding", {1, 4, 11, 10}, {6, 4, 3, 5}, {2, 3}, {}, {0, 2, 1, 3}},
    {"padding beyond the kernel", {1, 2, 4, 4}, {3, 2, 2, 2}, {}, {}, {3, 3, 2, 2}},
    {"dilation", {1, 3, 12, 12}, {4, 3, 3, 3}, {2, 1}, {2, 3}, {2, 3, 2, 3}},
    {"groups", {2, 8, 6, 6}, {12, 2, 3, 3}, {}, {}, {1, 1, 1, 1}, 4},
    {"odd groups", {3, 9, 6, 6}, {15, 3, 3, 3}, {}, {}, {1, 1, 1, 1}, 3},
    {"depthwise", {2, 16, 9, 9}, {16, 1, 3, 3}, {2, 2}, {}, {1, 1, 1, 1}, 16},
    {"depthwise with a multiplier", {1, 6, 7, 7}, {12, 1, 3, 3}, {}, {}, {}, 6},
    {"sequence", {2, 3, 20}, {4, 3, 5}, {2}, {2}, {4, 1}},
    {"volume", {1, 2, 5, 6, 7}, {3, 2, 2, 3, 3}, {1, 2, 1}, {}, {1, 0, 1, 0, 1, 1}},
    {"kernel of the input's size", {2, 7, 4, 4}, {10, 7, 4, 4}, {}, {}, {}},
};

/// Axes of three: missing ones have extent 1.
Integers three(Integers list, int64_t missing) {
  while (list.size() < 3) list.insert(list.begin(), missing);
  return list;
}
Shape five(Shape shape) {
  while (shape.size() < 5) shape.insert(shape.begin() + 2, 1);
  return shape;
}
Plain plain_of(const Case& c) {
  size_t n = c.input.size() - 2;
  auto or_ones = [&](const Integers& list, int64_t one) { return list.empty() ? Integers(n, one) : list; };
  Integers pads = c.pads.empty() ? Integers(2 * n, 0) : c.pads;
  return {three({c.weights.end() - static_cast<std::ptrdiff_t>(n), c.weights.end()}, 1), three(or_ones(c.strides, 1), 1), three(or_ones(c.dilations, 1), 1), three({pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(n)}, 0), c.groups};
}
Attributes attributes_of(const Case& c) {
  Attributes a{{"group", c.groups}};
  if (!c.strides.empty()) a["strides"] = c.strides;
  if (!c.dilations.empty()) a["dilations"] = c.dilations;
  if (!c.pads.empty()) a["pads"] = c.pads;
  return a;
}

TEST(products, convolutions_as_their_definition_says) {
  for (const Case& c : kCases) {
    Tensor x = random_floats(c.input, 1), w = random_floats(c.weights, 2), b = c.bias ? random_floats({c.weights[0]}, 3) : Tensor();
    Tensor y = apply(Op::Conv, {x, w, b}, attributes_of(c));
    Tensor expected = plain_of(c).run(x.reshaped(five(c.input)), w, b, five(y.shape()));
    EXPECT_LE(distance(y.reshaped(expected.shape()), expected), 1e-6) << c.what;
  }
}

TEST(products, convolutions_that_do_not_fit) {
  Tensor x = random_floats({1, 3, 4, 4});
  EXPECT_THAT(message_of([&] { apply(Op::Conv, {x, random_floats({2, 4, 3, 3})}); }), HasSubstr("weights of shape 2x4x3x3 in 1 groups do not fit an input of shape 1x3x4x4"));
  EXPECT_THAT(message_of([&] { apply(Op::Conv, {x, random_floats({2, 3, 5, 5})}); }), HasSubstr("the window of 5 is larger than the padded input of 4"));
  EXPECT_THAT(message_of([&] { apply(Op::Conv, {x, random_floats({2, 3, 3})}); }), HasSubstr("do not fit an input of shape 1x3x4x4"));
  EXPECT_THAT(message_of([&] { apply(Op::Conv, {x, random_floats({2, 3, 3, 3})}, {{"strides", Integers{0, 1}}}); }), HasSubstr("strides has a 0"));
  EXPECT_THAT(message_of([&] { apply(Op::Conv, {x, random_floats({2, 3, 3, 3})}, {{"pads", Integers{1}}}); }), HasSubstr("pads has 1 numbers, 4 expected"));
  EXPECT_THAT(message_of([&] { apply(Op::Conv, {x, random_floats({2, 3, 3, 3}), random_floats({3})}); }), HasSubstr("one bias for each of 2 channels"));
  EXPECT_THAT(message_of([&] { apply(Op::Conv, {x, random_floats({2, 3, 3, 3})}, {{"kernel_shape", Integers{5, 3}}}); }), HasSubstr("kernel_shape is not the shape of the weights"));
}

TEST(products, automatic_padding) {
  // 5 elements, kernel 4, stride 2: three windows cover 8, so 3 elements of padding.
  auto pads = [](const char* mode) {
    Graph g = single(Op::Conv, {random_floats({1, 1, 5}), random_floats({1, 1, 4})}, {{"strides", Integers{2}}, {"auto_pad", std::string(mode)}});
    EXPECT_EQ(g.nodes[0].text("auto_pad"), "NOTSET");
    return g.nodes[0].integers("pads");
  };
  EXPECT_THAT(pads("SAME_UPPER"), ElementsAre(1, 2));
  EXPECT_THAT(pads("SAME_LOWER"), ElementsAre(2, 1));
  EXPECT_THAT(pads("VALID"), ElementsAre(0, 0));
}

TEST(products, private_kernels) {
  for (const Case& c : {Case{"rows and columns", {2, 4, 6, 7}, {6, 4, 3, 3}, {1, 2}, {}, {1, 1, 1, 1}}, Case{"groups", {1, 4, 5, 5}, {6, 2, 3, 3}, {}, {2, 1}, {}, 2}}) {
    Shape out = single(Op::Conv, {random_floats(c.input), random_floats(c.weights)}, attributes_of(c)).values.back().shape;
    for (const Shape& bias : {Shape{out[1]}, Shape{out[1], out[2], out[3]}, Shape{0}}) {
      Shape weights = c.weights;
      weights.insert(weights.begin(), {out[2], out[3]});
      Tensor x = random_floats(c.input, 1), w = random_floats(weights, 2), b = bias == Shape{0} ? Tensor() : random_floats(bias, 3);
      Tensor y = apply(Op::LocalConv, {x, w, b}, attributes_of(c));
      ASSERT_EQ(y.shape(), out);
      Tensor expected = plain_of(c).run(x.reshaped(five(c.input)), w, b, five(out), true);
      EXPECT_LE(distance(y.reshaped(expected.shape()), expected), 1e-6) << c.what;
    }
  }
}

float at(const Tensor& t, int64_t index) { return t.data<float>()[static_cast<size_t>(index)]; }

TEST(products, gemm) {
  for (int64_t ta : {0, 1}) {
    for (int64_t tb : {0, 1}) {
      for (const Shape& addend : {Shape{}, Shape{7}, Shape{1, 7}, Shape{5, 1}, Shape{5, 7}}) {
        Tensor a = random_floats(ta ? Shape{6, 5} : Shape{5, 6}, 1), b = random_floats(tb ? Shape{7, 6} : Shape{6, 7}, 2), c = random_floats(addend, 3);
        Tensor y = apply(Op::Gemm, {a, b, c}, {{"transA", ta}, {"transB", tb}, {"alpha", 0.5}, {"beta", 2.0}}), expected(Element::Float32, {5, 7});
        for (int64_t m = 0; m < 5; ++m) {
          for (int64_t n = 0; n < 7; ++n) {
            float sum = 0;
            for (int64_t k = 0; k < 6; ++k) sum += at(a, ta ? k * 5 + m : m * 6 + k) * at(b, tb ? n * 6 + k : k * 7 + n);
            int64_t row = addend.size() == 2 && addend[0] > 1 ? m : 0, column = !addend.empty() && addend.back() > 1 ? n : 0;
            expected.mutable_data<float>()[static_cast<size_t>(m * 7 + n)] = 0.5F * sum + 2 * at(c, addend.empty() ? 0 : row * addend.back() + column);
          }
        }
        EXPECT_LE(distance(y, expected), 1e-6) << tensor::print(addend) << ta << tb;
      }
    }
  }
  EXPECT_THAT(message_of([] { apply(Op::Gemm, {random_floats({2, 3}), random_floats({4, 2})}); }), HasSubstr("2x3 and 4x2 cannot be multiplied"));
  EXPECT_THAT(message_of([] { apply(Op::Gemm, {random_floats({2, 3}), random_floats({3, 2}), random_floats({3})}); }), HasSubstr("an addend of shape 3 does not fit 2x2"));
}

/// Larger than the parts a product is cut into, in both directions.
TEST(products, parts_of_large_products_meet) {
  Tensor a = random_floats({300, 70}, 1), b = random_floats({70, 270}, 2), y = apply(Op::MatMul, {a, b}), row = apply(Op::MatMul, {a.slice(299, 300), random_floats({70, 1100}, 2)});
  Tensor expected(Element::Float32, {300, 270});
  for (int64_t m = 0; m < 300; ++m) {
    for (int64_t n = 0; n < 270; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < 70; ++k) sum += static_cast<double>(at(a, m * 70 + k)) * static_cast<double>(at(b, k * 270 + n));
      expected.mutable_data<float>()[static_cast<size_t>(m * 270 + n)] = static_cast<float>(sum);
    }
  }
  EXPECT_LE(distance(y, expected), 1e-6);
  double last = 0;
  for (int64_t k = 0; k < 70; ++k) last += static_cast<double>(at(a, 299 * 70 + k)) * static_cast<double>(at(random_floats({70, 1100}, 2), k * 1100 + 1099));
  EXPECT_NEAR(at(row, 1099), last, 1e-4);
}

TEST(products, matrices_and_vectors) {
  Tensor a = floats({2, 2}, {1, 2, 3, 4}), v = floats({2}, {10, 100});
  EXPECT_THAT(values<float>(apply(Op::MatMul, {a, a})), ElementsAre(7, 10, 15, 22));
  EXPECT_THAT(values<float>(apply(Op::MatMul, {a, v})), ElementsAre(210, 430));
  EXPECT_THAT(values<float>(apply(Op::MatMul, {v, a})), ElementsAre(310, 420));
  EXPECT_EQ(apply(Op::MatMul, {v, v}).shape(), Shape{});
  EXPECT_THAT(values<float>(apply(Op::MatMul, {v, v})), ElementsAre(10100));
  EXPECT_EQ(apply(Op::MatMul, {random_floats({3, 0}), random_floats({0, 2})}).shape(), (Shape{3, 2}));
  EXPECT_THAT(values<float>(apply(Op::MatMul, {random_floats({1, 0}), random_floats({0, 2})})), ElementsAre(0, 0));
  EXPECT_THAT(message_of([&] { apply(Op::MatMul, {a, random_floats({3, 2})}); }), HasSubstr("2x2 and 3x2 cannot be multiplied"));
}

TEST(products, batches_of_matrices_stretch) {
  Tensor a = random_floats({2, 1, 3, 4}, 1), b = random_floats({5, 4, 2}, 2), y = apply(Op::MatMul, {a, b});
  ASSERT_EQ(y.shape(), (Shape{2, 5, 3, 2}));
  for (int64_t i = 0; i < 2; ++i) {
    for (int64_t j = 0; j < 5; ++j) {
      Tensor one = apply(Op::MatMul, {a.slice(i, i + 1).reshaped({3, 4}), b.slice(j, j + 1).reshaped({4, 2})});
      for (int64_t k = 0; k < 6; ++k) EXPECT_NEAR(at(y, (i * 5 + j) * 6 + k), at(one, k), 1e-6);
    }
  }
  EXPECT_EQ(apply(Op::MatMul, {random_floats({2, 3, 4}), random_floats({4, 5})}).shape(), (Shape{2, 3, 5}));
  EXPECT_EQ(apply(Op::MatMul, {random_floats({4}), random_floats({3, 4, 5})}).shape(), (Shape{3, 5}));
}

TEST(products, of_doubles_and_whole_numbers) {
  const Tensor a = floats({2, 2}, {1, 2, 3, 4}), b = floats({2, 2}, {5, 6, 7, 8});
  for (Element e : {Element::Float64, Element::Int32, Element::UInt64}) {
    const Tensor product = apply(Op::MatMul, {a.to(e), b.to(e)});
    EXPECT_EQ(product.element(), e);
    EXPECT_EQ(distance(product, floats({2, 2}, {19, 22, 43, 50})), 0);
  }
  EXPECT_THAT(message_of([&] { apply(Op::MatMul, {a.to(Element::Float64), b}); }), HasSubstr("not float64 and float32"));
  EXPECT_THAT(message_of([&] { apply(Op::Gemm, {a.to(Element::Float64), b.to(Element::Float64)}); }),
              HasSubstr("computes in float32, operand 1 is float64"));
}

}  // namespace
}  // namespace ohmweave::network
