// SPDX-License-Identifier: Apache-2.0
// What is special about ONNX files: names, versions, open shapes, batches, weights in other files, damage.
// Operators have tests of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/files.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Op> ops(const Graph& g) {
  std::vector<Op> out;
  for (const Node& node : g.nodes) out.push_back(node.op);
  return out;
}
OnnxModel picture_model(const std::string& batch) {
  OnnxModel m(13);
  m.input("x", {batch, "2", "4", "4"}).floats("w", {3, 2, 3, 3}, values<float>(random_floats({3, 2, 3, 3})));
  m.node(OnnxNode("Conv", {"x", "w"}, {"c"})).output("r");
  return m;
}
std::string load_message(const OnnxModel& model, const LoadOptions& options = {}) {
  return message_of([&] { model.load(options); });
}

TEST(Onnx, NamesEveryOperatorThatIsMissingAndItsNodes) {
  OnnxModel m(13);
  m.input("x", {"1", "4"}).output("d");
  m.node(OnnxNode("Foo", {"x"}, {"a"})).node(OnnxNode("Relu", {"a"}, {"b"}));
  m.node(OnnxNode("Bar", {"b"}, {"c"}, "com.example")).node(OnnxNode("Foo", {"c"}, {"d"}));
  EXPECT_THAT(
      load_message(m),
      AllOf(HasSubstr("test.onnx: error: the operator Foo is not supported (node 'the_Foo', 'the_Foo')"),
            HasSubstr("the operator com.example.Bar is not supported (node 'the_Bar')")));
}

TEST(Onnx, GoesOnWithoutOperatorsForCosts) {
  OnnxModel m(13);
  m.input("x", {"1", "4"}).output("b").value_info("a", {"1", "6"});
  m.node(OnnxNode("Foo", {"x"}, {"a"})).node(OnnxNode("Relu", {"a"}, {"b"}));
  LoadOptions options;
  options.allow_unsupported = true;
  const Loaded loaded = m.load(options);
  EXPECT_THAT(loaded.unsupported, ElementsAre("node 'the_Foo' (Foo)"));
  EXPECT_THAT(ops(loaded.graph), ElementsAre(Op::Unsupported, Op::Relu));
  EXPECT_EQ(loaded.graph.value(loaded.graph.outputs[0]).shape, (Shape{1, 6}));
  EXPECT_THAT(message_of([&] { Reference r(loaded.graph); }),
              HasSubstr("node 'the_Foo' (Foo) cannot be computed"));
  OnnxModel unknown(13);
  unknown.input("x", {"1", "4"}).output("b");
  unknown.node(OnnxNode("Foo", {"x"}, {"a"})).node(OnnxNode("Relu", {"a"}, {"b"}));
  EXPECT_THAT(load_message(unknown, options), HasSubstr("the file does not say the shape of its result 'a'"));
}

TEST(Onnx, AsksLibonnxForShapesOfOperatorsThatAreMissing) {
  LoadOptions options;
  options.allow_unsupported = true;
  auto model = [](const std::vector<std::string>& extents) {
    OnnxModel m(13);
    m.input("x", extents).node(OnnxNode("Det", {"x"}, {"a"})).node(OnnxNode("Relu", {"a"}, {"b"}));
    return m.output("b");
  };
  const Graph g = model({"1", "4", "5", "5"}).graph(options);
  EXPECT_EQ(g.value(g.outputs[0]).shape, (Shape{1, 4}));
  EXPECT_THAT(load_message(model({"4"}), options), HasSubstr("does not say the shape of its result 'a'"));
}

TEST(Onnx, NetworksOfOneSampleRunInAnyBatch) {
  OnnxModel m = picture_model("1");
  m.integers("shape", {1, 12}).node(OnnxNode("Reshape", {"c", "shape"}, {"r"}));  // says the batch
  const Graph g = m.graph();
  const Tensor x = random_floats({5, 2, 4, 4});
  const Tensor y = Reference(g).run(std::vector{x})[0];
  ASSERT_EQ(y.shape(), (Shape{5, 12}));
  for (int64_t n = 0; n < 5; ++n) {
    const Tensor alone = Reference(g).run(std::vector{x.slice(n, n + 1)})[0];
    EXPECT_LE(distance(y.slice(n, n + 1), alone), 1e-6);
  }
}

TEST(Onnx, TakesOpenShapesFromTheUser) {
  OnnxModel m(13);
  m.input("x", {"N", "2", "H", "W"}).floats("w", {3, 2, 3, 3}, std::vector<float>(54, 1));
  m.node(OnnxNode("Conv", {"x", "w"}, {"c"})).output("c");
  EXPECT_THAT(load_message(m), HasSubstr("input 'x' is Nx2xHxW: the shape must be given"));
  LoadOptions options;
  options.input_shape = {4, 2, 8, 9};
  EXPECT_EQ(m.graph(options).value(m.graph(options).outputs[0]).shape, (Shape{4, 3, 6, 7}));
  options.input_shape = {4, 3, 8, 9};
  EXPECT_THAT(load_message(m, options), HasSubstr("input 'x' is Nx2xHxW, not 4x3x8x9"));
  options.input_shape = {4, 2, 8};
  EXPECT_THAT(load_message(m, options), HasSubstr("not 4x2x8"));
}

TEST(Onnx, FoldsArithmeticOfShapes) {
  OnnxModel m(13);
  m.input("x", {"2", "3", "4"}).integers("zero", {0}).integers("minus", {-1}).output("y");
  m.node(OnnxNode("Shape", {"x"}, {"s"})).node(OnnxNode("Gather", {"s", "zero"}, {"n"}).integer("axis", 0));
  m.node(OnnxNode("Concat", {"n", "minus"}, {"to"}).integer("axis", 0));
  m.node(OnnxNode("Reshape", {"x", "to"}, {"y"}));
  const Graph g = m.graph();
  EXPECT_THAT(ops(g), ElementsAre(Op::Reshape));
  EXPECT_EQ(g.value(g.outputs[0]).shape, (Shape{2, 12}));
}

TEST(Onnx, DropsWhatNoOutputNeeds) {
  OnnxModel m = picture_model("1");
  m.node(OnnxNode("Relu", {"c"}, {"r"})).node(OnnxNode("Sigmoid", {"c"}, {"unused"})).floats("w2", {1}, {1});
  EXPECT_THAT(ops(m.graph()), ElementsAre(Op::Conv, Op::Relu));
  EXPECT_EQ(m.graph().values.size(), 4U);
}

TEST(Onnx, WeightsMayLieInAnotherFile) {
  TemporaryFolder folder;
  auto model = [](const std::string& location) {
    Message tensor;
    tensor.number(1, 4).number(1, 2).number(2, onnx_type::kFloat).text(8, "w").number(14, 1);
    tensor.message(13, Message().text(1, "location").text(2, location))
        .message(13, Message().text(1, "offset").text(2, "4"));
    OnnxModel m(13);
    m.input("x", {"1", "4"}).initialiser(tensor).node(OnnxNode("MatMul", {"x", "w"}, {"y"})).output("y");
    return m.bytes();
  };
  const std::string path = folder.put("m.onnx", model("w.bin"));
  Graph without = import_onnx(path).graph;  // shapes are enough for costs
  EXPECT_EQ(multiply_accumulates(without), 8);
  EXPECT_THAT(message_of([&] { Reference r(without); }), HasSubstr("the values of 'w' are not in the file"));
  std::vector<float> numbers{99, 1, 2, 3, 4, 5, 6, 7, 8};
  folder.put("w.bin", std::string(reinterpret_cast<const char*>(numbers.data()), 36));
  const Graph with = import_onnx(path).graph;
  EXPECT_THAT(values<float>(Reference(with).run(std::vector{floats({1, 4}, {1, 0, 0, 1})})[0]),
              ElementsAre(8, 10));
  folder.put("w.bin", "short");
  EXPECT_THAT(message_of([&] { import_onnx(path); }), HasSubstr("needs 32 bytes at 4 of 'w.bin', which has 5"));
  for (const char* outside : {"../w.bin", "/etc/passwd", ""}) {
    folder.put("n.onnx", model(outside));
    EXPECT_THAT(message_of([&] { import_onnx(folder.path() + "/n.onnx"); }),
                HasSubstr("outside of the model's folder"));
  }
}

TEST(Onnx, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { import_onnx_bytes("", "empty.onnx"); }),
              HasSubstr("empty.onnx: error: holds no network"));
  EXPECT_THAT(message_of([] { import_onnx_bytes("no protobuf", "text.onnx"); }),
              HasSubstr("text.onnx: error: is no ONNX file, or is cut short"));
  EXPECT_THAT(load_message(OnnxModel(13)), HasSubstr("holds no operators"));
  EXPECT_THAT(load_message(OnnxModel(99).node(OnnxNode("Relu", {"x"}, {"y"}))),
              HasSubstr("is written for opset 99; Ohmweave reads opsets 1 to 20"));
  auto with = [](const OnnxNode& node) {
    return load_message(OnnxModel(13).input("x", {"1", "4"}).output("y").node(node));
  };
  EXPECT_THAT(with(OnnxNode("Relu", {"z"}, {"y"})),
              HasSubstr("node 'the_Relu' (Relu) reads 'z', which nothing before it makes"));
  EXPECT_THAT(with(OnnxNode("Relu", {"x"}, {"z"})), HasSubstr("nothing makes the output 'y'"));
  EXPECT_THAT(with(OnnxNode("Relu", {"x"}, {"x"})), HasSubstr("the name 'x' is given twice"));
  EXPECT_THAT(with(OnnxNode("Relu", {"x"}, {})), HasSubstr("has no result"));
  EXPECT_THAT(with(OnnxNode("Relu", {}, {"y"})), HasSubstr("has no operand"));
  EXPECT_THAT(with(OnnxNode("Relu", {"x"}, {"y"}).integer("foo", 1)), HasSubstr("has no attribute 'foo'"));
  EXPECT_THAT(with(OnnxNode("Softmax", {"x"}, {"y"}).real("axis", 1)),
              HasSubstr("attribute 'axis' must be a whole number"));
  EXPECT_THAT(with(OnnxNode("MatMul", {"x", "x"}, {"y"})), HasSubstr("node 'the_MatMul' (MatMul)"));
  EXPECT_THAT(load_message(OnnxModel(13)
                               .input("x", {"1", "4"})
                               .output("y")
                               .floats("w", {2, 3}, {1, 2})
                               .node(OnnxNode("MatMul", {"x", "w"}, {"y"}))),
              HasSubstr("tensor 'w' of shape 2x3 has 8 bytes, 24 expected"));
}

/// Wherever a file is cut off, and whatever byte of it is wrong, it is a network or a diagnosis.
TEST(Onnx, DamagedFilesAreDiagnosed) {
  OnnxModel m = picture_model("1");
  m.integers("shape", {1, 12}).node(OnnxNode("Reshape", {"c", "shape"}, {"r"}));
  const std::string good = m.bytes();
  for (size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_NE(message_of([&] { import_onnx_bytes(good.substr(0, cut), "cut.onnx"); }), "") << cut;
  base::RandomStream random(1, 0, base::key_of("damage"));
  for (int k = 0; k < 2000; ++k) {
    std::string bad = good;
    for (uint64_t n = 0; n <= random.below(3); ++n)
      bad[random.below(bad.size())] = static_cast<char>(random.below(256));
    message_of([&] { validate(import_onnx_bytes(bad, "bad.onnx").graph); });
  }
}

TEST(Onnx, IsCutShortOnDiskToo) {
  TemporaryFolder folder;
  const std::string whole = base::read_file(base::data_folder() + "/networks/digits-cnn.onnx");
  for (size_t part : {size_t{1}, whole.size() / 2, whole.size() - 1}) {
    const std::string path = folder.put("cut.onnx", whole.substr(0, part));
    EXPECT_THAT(message_of([&] { import_onnx(path); }), HasSubstr("cut.onnx: error: ")) << part;
  }
}

}  // namespace
}  // namespace ohmweave::network
