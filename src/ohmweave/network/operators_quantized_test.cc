// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor bytes(const Shape& shape, const std::vector<uint8_t>& codes) {
  return Tensor::of<uint8_t>(shape, codes);
}
Tensor signed_bytes(const Shape& shape, const std::vector<int8_t>& codes) {
  return Tensor::of<int8_t>(shape, codes);
}
Tensor random_bytes(const Shape& shape, uint64_t seed) {
  Tensor t(Element::UInt8, shape);
  base::RandomStream random(seed, 0, base::key_of("bytes"));
  for (uint8_t& v : t.mutable_data<uint8_t>()) v = static_cast<uint8_t>(random.uniform() * 256);
  return t;
}

TEST(QuantizeLinear, RoundsHalvesToEvenAndSaturates) {
  const Tensor x = floats({9}, {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 300, -300, INFINITY, 126.5F});
  const Tensor y = apply(Op::QuantizeLinear, {x, floats({}, {1}), signed_bytes({}, {0})});
  EXPECT_THAT(values<int8_t>(y), ElementsAre(0, 2, 2, 0, -2, 127, -128, 127, 126));
  const Tensor above = apply(Op::QuantizeLinear, {x, floats({}, {1}), bytes({}, {128})});
  EXPECT_THAT(values<uint8_t>(above), ElementsAre(128, 130, 130, 128, 126, 255, 0, 255, 254));
}

TEST(QuantizeLinear, KnowsSixteenBits) {
  const Tensor x = floats({3}, {-40000, 0.26F, 1e9F});
  const Tensor zero = Tensor::of<uint16_t>({}, std::vector<uint16_t>{32768});
  EXPECT_THAT(values<uint16_t>(apply(Op::QuantizeLinear, {x, floats({}, {0.5F}), zero})),
              ElementsAre(0, 32769, 65535));
}

TEST(QuantizeLinear, TakesAnAxisFromEitherEnd) {
  const Tensor x = floats({2, 3}, {1, 2, 3, 4, 5, 6}), scale = floats({2}, {1, 2}), zero = bytes({2}, {10, 20});
  for (int64_t axis : {0, -2}) {
    const Tensor y = apply(Op::QuantizeLinear, {x, scale, zero}, {{"axis", axis}});
    EXPECT_THAT(values<uint8_t>(y), ElementsAre(11, 12, 13, 22, 22, 23));
    EXPECT_THAT(values<float>(apply(Op::DequantizeLinear, {y, scale, zero}, {{"axis", axis}})),
                ElementsAre(1, 2, 3, 4, 4, 6));
  }
  EXPECT_THAT(message_of([&] {
                single(Op::QuantizeLinear, {x, scale, zero}, {{"axis", int64_t{1}}});
              }),
              HasSubstr("scales of shape 2 do not fit axis 1 of 2x3"));
}

TEST(DequantizeLinear, TakesBiases) {
  const Tensor x = Tensor::of<int32_t>({2}, std::vector<int32_t>{-70000, 1 << 30});
  EXPECT_THAT(values<float>(apply(Op::DequantizeLinear, {x, floats({}, {0.5F})})),
              ElementsAre(-35000, 0x1p29F));
}

/// sum (x - zx)(w - zw), written down.
TEST(ConvInteger, IsExact) {
  const Tensor x = random_bytes({2, 6, 5, 4}, 1), w = random_bytes({4, 3, 3, 2}, 2),
               zeros = bytes({4}, {0, 7, 128, 255});
  const Attributes attributes{{"group", int64_t{2}},
                              {"pads", Integers{1, 0, 1, 1}},
                              {"strides", Integers{2, 1}},
                              {"dilations", Integers{1, 2}}};
  const Tensor y = apply(Op::ConvInteger, {x, w, bytes({}, {113}), zeros}, attributes);
  ASSERT_EQ(y.shape(), (Shape{2, 4, 3, 3}));
  auto at = values<int32_t>(y);
  for (int64_t k = 0; k < y.size(); ++k) {
    const int64_t n = k / 36, o = k / 9 % 4, row = k / 3 % 3, column = k % 3;
    int32_t sum = 0;
    for (int64_t e = 0; e < 18; ++e) {
      const int64_t c = e / 6, r = row * 2 - 1 + e / 2 % 3, q = column + e % 2 * 2;
      if (r < 0 || r >= 5 || q >= 4) continue;
      const int code = x.data<uint8_t>()[static_cast<size_t>(((n * 6 + o / 2 * 3 + c) * 5 + r) * 4 + q)];
      sum += (code - 113) * (w.data<uint8_t>()[static_cast<size_t>(o * 18 + e)] -
                             zeros.data<uint8_t>()[static_cast<size_t>(o)]);
    }
    EXPECT_EQ(at[static_cast<size_t>(k)], sum) << k;
  }
}

TEST(MatMulInteger, StretchesAndTakesZeroPointsOfRowsAndColumns) {
  const Tensor a = random_bytes({3, 1, 2, 70}, 3), b = random_bytes({2, 70, 2}, 4);
  const Tensor rows = bytes({2}, {3, 250}), columns = bytes({2}, {0, 99});
  const Tensor y = apply(Op::MatMulInteger, {a, b, rows, columns});
  ASSERT_EQ(y.shape(), (Shape{3, 2, 2, 2}));
  for (int64_t k = 0; k < y.size(); ++k) {
    const int64_t left = k / 8, right = k / 4 % 2, m = k / 2 % 2, n = k % 2;
    int32_t sum = 0;
    for (int64_t i = 0; i < 70; ++i)
      sum += (a.data<uint8_t>()[static_cast<size_t>((left * 2 + m) * 70 + i)] -
              rows.data<uint8_t>()[static_cast<size_t>(m)]) *
             (b.data<uint8_t>()[static_cast<size_t>((right * 70 + i) * 2 + n)] -
              columns.data<uint8_t>()[static_cast<size_t>(n)]);
    EXPECT_EQ(y.data<int32_t>()[static_cast<size_t>(k)], sum) << k;
  }
}

/// A node of com.microsoft over codes x and z; scale 0.5 and zero point 100 for x, 0.25 and 3 for z, 0.75 and
/// 50 for the result.
OnnxModel quantized(const OnnxNode& node, const std::vector<std::string>& extents) {
  OnnxModel m(13);
  m.input("x", extents, onnx_type::kUInt8).input("z", extents, onnx_type::kUInt8);
  m.floats("xs", {}, {0.5F}).floats("zs", {}, {0.25F}).floats("ys", {}, {0.75F});
  for (auto [name, zero] : std::vector<std::pair<std::string, uint8_t>>{{"xz", 100}, {"zz", 3}, {"yz", 50}})
    m.initialiser(onnx_tensor(name, {}, onnx_type::kUInt8, std::vector<uint8_t>{zero}));
  return m.node(node).output("y");
}
/// Every code that f makes of all pairs of codes.
template <class F>
void expect_codes(const OnnxNode& node, F f) {
  const Graph g = quantized(node, {"1", "1", "256", "256"}).graph();
  Tensor x(Element::UInt8, {1, 1, 256, 256}), z = x;
  for (size_t k = 0; k < 65536; ++k)
    x.mutable_data<uint8_t>()[k] = static_cast<uint8_t>(k),
    z.mutable_data<uint8_t>()[k] = static_cast<uint8_t>(k / 256);
  std::vector<Tensor> inputs{x, z};
  inputs.resize(g.inputs.size());
  const Tensor y = Reference(g).run(inputs)[0];
  ASSERT_EQ(y.element(), Element::UInt8);
  for (size_t k = 0; k < 65536; ++k) {
    const double real =
        f(0.5 * (static_cast<double>(k % 256) - 100), 0.25 * (static_cast<double>(k / 256) - 3));
    const double steps = real / 0.75, code = std::clamp(std::nearbyint(steps) + 50, 0.0, 255.0);
    const bool tie = std::abs(std::abs(steps - std::floor(steps)) - 0.5) < 1e-4;
    ASSERT_TRUE(tie || y.data<uint8_t>()[k] == code) << k;
  }
}
OnnxNode of_two(const std::string& op) {
  return {op, {"x", "xs", "xz", "z", "zs", "zz", "ys", "yz"}, {"y"}, "com.microsoft"};
}
OnnxNode of_one(const std::string& op) { return {op, {"x", "xs", "xz", "ys", "yz"}, {"y"}, "com.microsoft"}; }

TEST(QuantizedForms, AreTheOperatorsOnReals) {
  expect_codes(of_two("QLinearAdd"), [](double x, double z) { return x + z; });
  expect_codes(of_two("QLinearMul"), [](double x, double z) { return x * z; });
  expect_codes(of_one("QLinearLeakyRelu").real("alpha", 0.25F),
               [](double x, double) { return x < 0 ? x / 4 : x; });
  expect_codes(of_one("QLinearSigmoid"), [](double x, double) { return 1 / (1 + std::exp(-x)); });
}

TEST(QuantizedForms, PoolAndJoin) {
  std::vector<uint8_t> codes(8);
  for (size_t k = 0; k < 8; ++k) codes[k] = static_cast<uint8_t>(90 + 9 * k);
  const std::vector<Tensor> x{bytes({1, 2, 2, 2}, codes), bytes({1, 2, 2, 2}, std::vector<uint8_t>(8, 255))};
  auto run = [&](const OnnxNode& node) {
    const Graph g = quantized(node, {"1", "2", "2", "2"}).graph();
    return values<uint8_t>(Reference(g).run(std::span(x).first(g.inputs.size()))[0]);
  };
  // means of the reals: 0.5 * (103.5 - 100), 0.5 * (139.5 - 100)
  EXPECT_THAT(run(of_one("QLinearGlobalAveragePool").integer("channels_last", 0)), ElementsAre(52, 76));
  EXPECT_THAT(run(of_one("QLinearAveragePool").integers("kernel_shape", {2, 2})), ElementsAre(52, 76));
  const OnnxNode joined =
      OnnxNode("QLinearConcat", {"ys", "yz", "x", "xs", "xz", "z", "zs", "zz"}, {"y"}, "com.microsoft")
          .integer("axis", 1);
  EXPECT_THAT(run(joined), ElementsAre(43, 49, 55, 61, 67, 73, 79, 85, 134, 134, 134, 134, 134, 134, 134, 134));
  EXPECT_THAT(message_of([&] { run(of_one("QLinearGlobalAveragePool").integer("channels_last", 1)); }),
              HasSubstr("channels_last is not supported"));
}

/// Products of codes with a bias in steps of the product.
TEST(QuantizedForms, Multiply) {
  const Tensor w = random_bytes({6, 2}, 5);
  OnnxModel m(13);
  m.input("x", {"3", "6"}, onnx_type::kUInt8)
      .floats("xs", {}, {0.5F})
      .floats("ws", {2}, {0.25F, 0.125F})
      .floats("ys", {}, {64});
  m.initialiser(onnx_tensor("xz", {}, onnx_type::kUInt8, std::vector<uint8_t>{120}));
  m.initialiser(onnx_tensor("wz", {2}, onnx_type::kUInt8, std::vector<uint8_t>{100, 0}));
  m.initialiser(onnx_tensor("yz", {}, onnx_type::kUInt8, std::vector<uint8_t>{128}));
  m.initialiser(onnx_tensor("w", {6, 2}, onnx_type::kUInt8, values<uint8_t>(w)));
  m.initialiser(onnx_tensor("b", {2}, onnx_type::kInt32, std::vector<int32_t>{1000, -3000}));
  m.node(OnnxNode("QLinearMatMul", {"x", "xs", "xz", "w", "ws", "wz", "ys", "yz"}, {"product"}))
      .output("product");
  m.node(OnnxNode("QGemm", {"x", "xs", "xz", "w", "ws", "wz", "b"}, {"reals"}, "com.microsoft"))
      .output("reals");
  m.node(OnnxNode("QGemm", {"x", "xs", "xz", "w", "ws", "wz", "b", "ys", "yz"}, {"codes"}, "com.microsoft"))
      .output("codes");
  m.node(OnnxNode("MatMulIntegerToFloat", {"x", "w", "xs", "ws", "xz", "wz"}, {"floats"}, "com.microsoft"))
      .output("floats");
  const Tensor x = random_bytes({3, 6}, 6);
  const std::vector<Tensor> y = Reference(m.graph()).run(std::vector{x});
  for (size_t k = 0; k < 6; ++k) {
    const size_t n = k % 2;
    double sum = 0;
    for (size_t i = 0; i < 6; ++i)
      sum +=
          (x.data<uint8_t>()[k / 2 * 6 + i] - 120.0) * (w.data<uint8_t>()[i * 2 + n] - (n == 0 ? 100.0 : 0.0));
    const double scale = n == 0 ? 0.125 : 0.0625, biased = sum + (n == 0 ? 1000 : -3000);
    auto code = [&](double steps) { return std::clamp(std::nearbyint(steps * scale / 64) + 128, 0.0, 255.0); };
    EXPECT_EQ(y[0].data<uint8_t>()[k], code(sum)) << k;
    EXPECT_EQ(y[1].data<float>()[k], biased * scale) << k;
    EXPECT_EQ(y[2].data<uint8_t>()[k], code(biased)) << k;
    EXPECT_EQ(y[3].data<float>()[k], sum * scale) << k;
  }
}

TEST(DynamicQuantizeMatMul, IsNearTheProductOfReals) {
  const Tensor x = random_floats({4, 32});
  OnnxModel m(13);
  std::vector<int8_t> w;
  for (int k = 0; k < 64; ++k) w.push_back(static_cast<int8_t>(k * 37 % 256 - 128));
  m.input("x", {"4", "32"}).floats("ws", {}, {0.01F}).floats("b", {2}, {1, -1});
  m.initialiser(onnx_tensor("w", {32, 2}, 3, w)).initialiser(onnx_tensor("wz", {}, 3, std::vector<int8_t>{4}));
  m.node(OnnxNode("DynamicQuantizeMatMul", {"x", "w", "ws", "wz", "b"}, {"y"}, "com.microsoft")).output("y");
  const Tensor y = Reference(m.graph()).run(std::vector{x})[0];
  for (size_t k = 0; k < 8; ++k) {
    double sum = k % 2 == 0 ? 1 : -1;
    for (size_t i = 0; i < 32; ++i) sum += x.data<float>()[k / 2 * 32 + i] * 0.01 * (w[i * 2 + k % 2] - 4);
    EXPECT_NEAR(y.data<float>()[k], sum, 0.05) << k;
  }
}

/// Weights stored as codes keep them beside their reals, through views too.
TEST(Import, KeepsCodesOfWeights) {
  OnnxModel m(13);
  m.input("x", {"1", "3"}).floats("s", {2}, {0.5F, 0.25F});
  m.initialiser(onnx_tensor("z", {2}, 3, std::vector<int8_t>{1, -1}))
      .initialiser(onnx_tensor("w", {2, 3}, 3, std::vector<int8_t>{1, 2, 3, -128, 0, 127}));
  m.node(OnnxNode("DequantizeLinear", {"w", "s", "z"}, {"reals"}).integer("axis", 0));
  m.node(OnnxNode("Transpose", {"reals"}, {"turned"}))
      .node(OnnxNode("MatMul", {"x", "turned"}, {"y"}))
      .output("y");
  const Graph g = m.graph();
  ASSERT_EQ(g.nodes.size(), 1U);
  const Value& w = g.value(g.nodes[0].inputs[1]);
  ASSERT_TRUE(w.format);
  EXPECT_EQ(w.format->axis, 1);
  EXPECT_THAT(values<float>(*w.constant), ElementsAre(0, -31.75F, 0.5F, 0.25F, 1, 32));
  EXPECT_THAT(values<int32_t>(tensor::quantize(*w.constant, *w.format)), ElementsAre(1, -128, 2, 0, 3, 127));
}

/// The reference rounds in place where codes are only made to become reals again; that must not show.
TEST(Reference, RoundsAsTheNodesDo) {
  OnnxModel m(13);
  m.input("x", {"2", "5", "6", "6"})
      .floats("s", {}, {0.1F})
      .floats("w", {7, 5, 3, 3}, values<float>(random_floats({7, 5, 3, 3})));
  m.initialiser(onnx_tensor("z", {}, onnx_type::kUInt8, std::vector<uint8_t>{128}));
  m.node(OnnxNode("Conv", {"x", "w"}, {"c"})).node(OnnxNode("QuantizeLinear", {"c", "s", "z"}, {"q"}));
  m.node(OnnxNode("DequantizeLinear", {"q", "s", "z"}, {"d"}))
      .node(OnnxNode("DequantizeLinear", {"q", "s", "z"}, {"e"}));
  m.node(OnnxNode("Relu", {"d"}, {"r"})).node(OnnxNode("Sub", {"r", "e"}, {"y"})).output("y").output("d");
  const Graph g = m.graph();
  const std::vector<Tensor> x{random_floats({2, 5, 6, 6}, 3)};
  std::map<ValueId, Tensor> seen;
  Reference(g).run(x, [&](ValueId v, const Tensor& t) { seen[v] = t; });
  const std::vector<Tensor> y = Reference(g).run(x);
  for (size_t k = 0; k < 2; ++k) EXPECT_EQ(values<float>(y[k]), values<float>(seen.at(g.outputs[k]))) << k;
}

}  // namespace
}  // namespace ohmweave::network
