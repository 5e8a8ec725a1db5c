// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;

Graph network_of(const std::vector<std::pair<Element, Shape>>& inputs) {
  Graph g;
  g.name = "net";
  for (const auto& [element, shape] : inputs) {
    Value v;
    v.name = std::string(1, static_cast<char>('a' + g.inputs.size()));
    v.element = element;
    v.shape = shape;
    g.inputs.push_back(g.add_value(v));
  }
  return g;
}
std::string given(const std::string& name) { return OHMWEAVE_TEST_DATA "/network/" + name; }
std::string array(const TemporaryFolder& folder, const std::string& name, const Tensor& values) {
  return folder.put(name, write_npy(values));
}
Feed feed(const Graph& g, const std::vector<std::string>& specs, const Preprocessing& how = {}) {
  return {g, open_inputs(specs, {}), how};
}

TEST(Feed, GivesEveryInputItsSamples) {
  TemporaryFolder folder;
  const std::string z =
      array(folder, "z=1.npy", Tensor::of<float>({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  const std::string ids = array(folder, "ids.npy", Tensor::of<int32_t>({3, 1}, std::vector<int32_t>{7, 8, 9}));
  const Graph g = network_of({{Element::Float32, {1, 2}}, {Element::Int64, {1}}});
  const Feed f = feed(g, {"b=npy:" + ids, "a=npy:" + z});
  EXPECT_EQ(f.size(), 3);
  EXPECT_EQ(f.name(), "z=1.npy (3 samples), ids.npy (3 samples)");
  const std::vector<Tensor> batch = f.batch(1, 3);
  ASSERT_EQ(batch.size(), 2U);
  EXPECT_THAT(batch[0].data<float>(), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(batch[1].data<int64_t>(), ElementsAre(8, 9));
  EXPECT_EQ(batch[1].shape(), (Shape{2}));
  EXPECT_THAT(message_of([&] { feed(g, {"npy:" + z}); }),
              HasSubstr("its inputs are 'a', 'b', and 'b' has no data; give --data b=npy:FILE.npy"));
  EXPECT_THAT(message_of([&] { feed(g, {"npy:" + z, "c=npy:" + z}); }), HasSubstr("there is no input 'c'"));
  EXPECT_THAT(message_of([&] { feed(g, {"npy:" + z, "a=npy:" + z}); }), HasSubstr("'a' is given data twice"));
  const std::string two = array(folder, "two.npy", Tensor(Element::Int32, {2, 1}));
  EXPECT_THAT(message_of([&] {
                feed(g, {"npy:" + z, "b=npy:" + two});
              }),
              HasSubstr("two.npy (2 samples): error: holds 2 samples, but z=1.npy (3 samples) holds 3"));
}

TEST(Feed, WholeNumbersAreFedAsTheyAreStored) {
  TemporaryFolder folder;
  const std::string ids =
      array(folder, "x.npy", Tensor::of<int64_t>({2, 2}, std::vector<int64_t>{1, 1 << 30, -5, 3}));
  const Graph g = network_of({{Element::Int64, {1, 2}}});
  EXPECT_THAT(feed(g, {"npy:" + ids}).batch(0, 2)[0].data<int64_t>(), ElementsAre(1, 1 << 30, -5, 3));
  Preprocessing how;
  how.div = 255;
  EXPECT_THAT(message_of([&] { feed(g, {"npy:" + ids}, how); }),
              HasSubstr("input 'a' takes int64, which is fed as it is stored; leave out --div"));
  const Graph wide = network_of({{Element::Int64, {1, 3}}});
  EXPECT_THAT(message_of([&] { feed(wide, {"npy:" + ids}); }),
              HasSubstr("samples of 2 do not fit the network's input of 1x3"));
  const Graph scalar = network_of({{Element::Int64, {}}});
  EXPECT_THAT(message_of([&] { feed(scalar, {"npy:" + ids}); }), HasSubstr("fix it by --bind a=VALUE"));
}

/// A network of steps x samples with one sample takes it as its whole input.
TEST(Feed, ASampleMayFillTheWholeInput) {
  TemporaryFolder folder;
  const std::string ids =
      array(folder, "x.npy", Tensor::of<int64_t>({2, 3}, std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  const Graph g = network_of({{Element::Int64, {3, 1}}});
  const Feed f = feed(g, {"npy:" + ids});
  EXPECT_TRUE(f.whole());
  const Tensor second = f.batch(1, 2)[0];
  EXPECT_EQ(second.shape(), (Shape{3, 1}));
  EXPECT_THAT(second.data<int64_t>(), ElementsAre(4, 5, 6));
}

TEST(Feed, ArchivesNameTheInputs) {
  Graph two = network_of({{Element::Float32, {1, 4}}, {Element::Float32, {1, 4}}});
  EXPECT_THAT(message_of([&] { feed(two, {"npz:" + given("stored.npz")}); }),
              HasSubstr("holds no array 'a' for the network's input; its arrays are"));
}

TEST(Feed, WindowsAreCutFromEachSample) {
  TemporaryFolder folder;
  const std::string x =
      array(folder, "x.npy", Tensor::of<float>({2, 5}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  const std::string y = array(folder, "y.npy", Tensor::of<int32_t>({2}, std::vector<int32_t>{0, 1}));
  const auto sets = open_inputs({"npy:" + x + "," + y}, {}, {3, 2});
  const DataSet& set = *sets[0].set;
  EXPECT_EQ(set.name(), "x.npy (2 samples), 2 windows of 3 each");
  EXPECT_EQ(set.parts(), 2);
  EXPECT_THAT(*set.labels(), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(set.samples(1, 4).data<float>(), ElementsAre(2, 3, 4, 5, 6, 7, 7, 8, 9));
  EXPECT_THAT(message_of([&] {
                open_inputs({"npy:" + x}, {}, {6, 1});
              }),
              HasSubstr("--window 6: samples have 5 elements"));
}

}  // namespace
}  // namespace ohmweave::network
