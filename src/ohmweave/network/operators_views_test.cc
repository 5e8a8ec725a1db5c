// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor counting(const Shape& shape) {
  Tensor t(Element::Float32, shape);
  float next = 0;
  for (float& v : t.mutable_data<float>()) v = next++;
  return t;
}
Shape shape_after(Op op, const std::vector<Tensor>& operands, const Attributes& attributes = {}) { return apply(op, operands, attributes).shape(); }

TEST(views, reshape) {
  Tensor x = counting({2, 3, 4});
  EXPECT_EQ(shape_after(Op::Reshape, {x, integers({4, 6})}), (Shape{4, 6}));
  EXPECT_EQ(shape_after(Op::Reshape, {x, integers({0, -1})}), (Shape{2, 12}));
  EXPECT_EQ(shape_after(Op::Reshape, {x, integers({-1})}), (Shape{24}));
  EXPECT_EQ(shape_after(Op::Reshape, {counting({0, 3}), integers({3, 0})}, {{"allowzero", int64_t{1}}}), (Shape{3, 0}));
  EXPECT_EQ(shape_after(Op::Reshape, {counting({1}), integers({})}), Shape{});
  EXPECT_THAT(values<float>(apply(Op::Reshape, {counting({2, 2}), integers({4})})), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(message_of([&] { apply(Op::Reshape, {x, integers({5, -1})}); }), HasSubstr("24 elements cannot become 5x-1"));
  EXPECT_THAT(message_of([&] { apply(Op::Reshape, {x, integers({-1, -1})}); }), HasSubstr("more than one extent open"));
  EXPECT_THAT(message_of([&] { apply(Op::Reshape, {x, integers({1, 1, 1, 0})}); }), HasSubstr("an axis that the operand does not have"));
}

TEST(views, flatten_squeeze_unsqueeze) {
  EXPECT_EQ(shape_after(Op::Flatten, {counting({2, 3, 4})}), (Shape{2, 12}));
  EXPECT_EQ(shape_after(Op::Flatten, {counting({2, 3, 4})}, {{"axis", int64_t{0}}}), (Shape{1, 24}));
  EXPECT_EQ(shape_after(Op::Flatten, {counting({2, 3, 4})}, {{"axis", int64_t{-1}}}), (Shape{6, 4}));
  EXPECT_EQ(shape_after(Op::Squeeze, {counting({1, 3, 1})}), (Shape{3}));
  EXPECT_EQ(shape_after(Op::Squeeze, {counting({1, 3, 1}), integers({-1})}), (Shape{1, 3}));
  EXPECT_EQ(shape_after(Op::Unsqueeze, {counting({3, 4}), integers({3, 0})}), (Shape{1, 3, 4, 1}));
  EXPECT_EQ(shape_after(Op::Unsqueeze, {counting({3}), integers({-1})}), (Shape{3, 1}));
  EXPECT_THAT(message_of([] { apply(Op::Squeeze, {counting({1, 3}), integers({1})}); }), HasSubstr("axis 1 of 1x3 cannot be dropped"));
  EXPECT_THAT(message_of([] { apply(Op::Unsqueeze, {counting({3}), integers({0, 0})}); }), HasSubstr("an axis is named twice"));
}

TEST(views, transpose) {
  EXPECT_THAT(values<float>(apply(Op::Transpose, {counting({2, 3})})), ElementsAre(0, 3, 1, 4, 2, 5));
  Tensor x = counting({2, 3, 4}), y = apply(Op::Transpose, {x}, {{"perm", Integers{2, 0, 1}}});
  EXPECT_EQ(y.shape(), (Shape{4, 2, 3}));
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 2; ++j) {
      for (size_t k = 0; k < 3; ++k) EXPECT_EQ(values<float>(y)[(i * 2 + j) * 3 + k], values<float>(x)[(j * 3 + k) * 4 + i]);
    }
  }
  EXPECT_THAT(message_of([&] { apply(Op::Transpose, {x}, {{"perm", Integers{0, 0, 1}}}); }), HasSubstr("perm must name every axis once"));
}

TEST(views, concat_and_split) {
  Tensor a = counting({2, 1}), b = floats({2, 2}, {10, 11, 12, 13});
  Attributes columns{{"axis", int64_t{-1}}};
  EXPECT_THAT(values<float>(apply(Op::Concat, {a, b}, columns)), ElementsAre(0, 10, 11, 1, 12, 13));
  EXPECT_THAT(values<float>(apply(Op::Concat, {floats({1, 1}, {7}), b}, columns)), ElementsAre(7, 10, 11, 7, 12, 13));  // ours: repeated
  EXPECT_THAT(message_of([&] { apply(Op::Concat, {a, counting({3, 2})}, columns); }), HasSubstr("2x1 and 3x2 cannot be joined along axis 1"));

  std::vector<Tensor> parts = apply_all(Op::Split, {counting({2, 3}), integers({1, 2})}, {{"axis", int64_t{1}}}, 2);
  EXPECT_THAT(values<float>(parts[0]), ElementsAre(0, 3));
  EXPECT_THAT(values<float>(parts[1]), ElementsAre(1, 2, 4, 5));
  parts = apply_all(Op::Split, {counting({5})}, {}, 2);  // the last part is shorter
  EXPECT_THAT(values<float>(parts[0]), ElementsAre(0, 1, 2));
  EXPECT_THAT(values<float>(parts[1]), ElementsAre(3, 4));
  EXPECT_THAT(message_of([] { apply_all(Op::Split, {counting({4}), integers({1, 2})}, {}, 2); }), HasSubstr("do not add up to the extent 4"));
}

TEST(views, slice) {
  Tensor x = counting({3, 4});
  EXPECT_THAT(values<float>(apply(Op::Slice, {x, integers({1, 0}), integers({3, 2})})), ElementsAre(4, 5, 8, 9));
  EXPECT_THAT(values<float>(apply(Op::Slice, {x, integers({-1}), integers({INT64_MAX}), integers({1})})), ElementsAre(3, 7, 11));
  EXPECT_THAT(values<float>(apply(Op::Slice, {x, integers({10}), integers({INT64_MIN}), integers({-1}), integers({-2})})), ElementsAre(3, 1, 7, 5, 11, 9));
  EXPECT_EQ(shape_after(Op::Slice, {x, integers({2}), integers({1})}), (Shape{0, 4}));
  EXPECT_EQ(shape_after(Op::Slice, {counting({0, 4}), integers({-1}), integers({-9}), integers({0}), integers({-1})}), (Shape{0, 4}));
  EXPECT_THAT(message_of([&] { apply(Op::Slice, {x, integers({0}), integers({1}), integers({0}), integers({0})}); }), HasSubstr("a step of 0"));
  EXPECT_THAT(message_of([&] { apply(Op::Slice, {x, integers({0}), integers({1}), integers({2})}); }), HasSubstr("axis 2 of 2 axes"));
}

TEST(views, gather) {
  Tensor x = counting({3, 2});
  EXPECT_THAT(values<float>(apply(Op::Gather, {x, integers({2, -3})})), ElementsAre(4, 5, 0, 1));
  EXPECT_THAT(values<float>(apply(Op::Gather, {x, Tensor::of<int64_t>({}, std::vector<int64_t>{1})}, {{"axis", int64_t{1}}})), ElementsAre(1, 3, 5));
  Tensor grid = Tensor::of<int64_t>({2, 2}, std::vector<int64_t>{0, 1, 1, 2});
  EXPECT_EQ(shape_after(Op::Gather, {x, grid}), (Shape{2, 2, 2}));
  EXPECT_THAT(message_of([&] { apply(Op::Gather, {x, integers({3})}); }), HasSubstr("index 3 of 3 elements"));
}

TEST(views, expand_and_tile) {
  EXPECT_THAT(values<float>(apply(Op::Expand, {counting({2, 1}), integers({3})})), ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_THAT(values<float>(apply(Op::Expand, {counting({2}), integers({2, 1})})), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(values<float>(apply(Op::Tile, {counting({2, 2}), integers({1, 2})})), ElementsAre(0, 1, 0, 1, 2, 3, 2, 3));
  EXPECT_THAT(values<float>(apply(Op::Tile, {counting({2, 2}), integers({2, 1})})), ElementsAre(0, 1, 2, 3, 0, 1, 2, 3));
  EXPECT_EQ(shape_after(Op::Tile, {counting({2}), integers({0})}), (Shape{0}));
  EXPECT_THAT(message_of([] { apply(Op::Expand, {counting({2}), integers({3})}); }), HasSubstr("2 cannot be stretched to 3"));
}

TEST(views, pad) {
  Tensor x = counting({1, 3});
  auto padded = [&](const char* mode, const Integers& pads) { return values<float>(apply(Op::Pad, {x, integers(pads)}, {{"mode", std::string(mode)}})); };
  EXPECT_THAT(values<float>(apply(Op::Pad, {x, integers({0, 1, 0, 2}), floats({}, {9})})), ElementsAre(9, 0, 1, 2, 9, 9));
  EXPECT_THAT(padded("constant", {1, 0, 0, 0}), ElementsAre(0, 0, 0, 0, 1, 2));
  EXPECT_THAT(padded("constant", {0, -1, 0, 1}), ElementsAre(1, 2, 0));  // negative pads cut
  EXPECT_THAT(padded("edge", {0, 2, 0, 1}), ElementsAre(0, 0, 0, 1, 2, 2));
  EXPECT_THAT(padded("reflect", {0, 2, 0, 1}), ElementsAre(2, 1, 0, 1, 2, 1));
  EXPECT_THAT(padded("wrap", {0, 2, 0, 4}), ElementsAre(1, 2, 0, 1, 2, 0, 1, 2, 0));
  EXPECT_THAT(values<float>(apply(Op::Pad, {x, integers({1, 1}), Tensor(), integers({-1})})), ElementsAre(0, 0, 1, 2, 0));  // of one axis
  EXPECT_THAT(message_of([&] { padded("reflect", {0, 3, 0, 0}); }), HasSubstr("mode 'reflect' cannot pad an extent of 3 by 3 and 0"));
  EXPECT_THAT(message_of([&] { padded("mirror", {0, 0, 0, 0}); }), HasSubstr("mode 'mirror' is not known"));
}

TEST(views, made_of_shapes) {
  Tensor x = counting({2, 3, 4});
  EXPECT_THAT(values<int64_t>(apply(Op::Shape, {x})), ElementsAre(2, 3, 4));
  EXPECT_THAT(values<int64_t>(apply(Op::Shape, {x}, {{"start", int64_t{-2}}, {"end", int64_t{9}}})), ElementsAre(3, 4));
  EXPECT_THAT(values<int64_t>(apply(Op::Size, {x})), ElementsAre(24));
  Graph g;
  g.name = "test";
  auto evaluated = [&](Op op, const std::vector<Tensor>& operands, const Attributes& attributes = {}) {
    Node node{"node", op, {}, {0}, attributes};
    for (const Tensor& t : operands) node.inputs.push_back(add_constant(g, "c", t));
    add_node(g, node);
    return evaluate(g, static_cast<NodeId>(g.nodes.size() - 1), operands)[0];
  };
  EXPECT_THAT(values<float>(evaluated(Op::ConstantOfShape, {integers({2})}, {{"value", floats({1}, {5})}})), ElementsAre(5, 5));
  EXPECT_THAT(values<float>(evaluated(Op::ConstantOfShape, {integers({})})), ElementsAre(0));
  auto number = [](int64_t n) { return Tensor::of<int64_t>({}, std::vector<int64_t>{n}); };
  EXPECT_THAT(values<int64_t>(evaluated(Op::Range, {number(10), number(3), number(-3)})), ElementsAre(10, 7, 4));
  EXPECT_THAT(values<int64_t>(evaluated(Op::Range, {number(3), number(3), number(1)})), ElementsAre());
  EXPECT_THAT(values<int64_t>(evaluated(Op::NonZero, {floats({2, 2}, {0, 1, 2, 0})})), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(message_of([&] { evaluated(Op::Range, {number(0), number(1), number(0)}); }), HasSubstr("from 0 to 1 in steps of 0"));
}

}  // namespace
}  // namespace ohmweave::network
