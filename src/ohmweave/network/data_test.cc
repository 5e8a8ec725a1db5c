// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/data.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "ohmweave/base/files.h"
#include "ohmweave/network/testing/files.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string open_message(const std::string& spec) {
  return message_of([&] { open_data(spec); });
}
std::string given(const std::string& name) { return OHMWEAVE_TEST_DATA "/network/" + name; }

std::string words(std::initializer_list<uint32_t> values) {
  std::string out;
  for (uint32_t v : values)
    out += {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
            static_cast<char>(v)};
  return out;
}
std::string gzip(const std::string& bytes) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(bytes.size() + 1000, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// Three pictures of 2 x 3 pixels, 0 to 17; classes 7, 0, 9.
std::string images() {
  std::string out = words({0x803, 3, 2, 3});
  for (char k = 0; k < 18; ++k) out += k;
  return out;
}
std::string classes() { return words({0x801, 3}) + std::string("\7\0\x9", 3); }

void expect_three(const DataSet& set) {
  EXPECT_EQ(set.size(), 3);
  EXPECT_EQ(set.sample_shape(), (Shape{2, 3, 1}));
  EXPECT_TRUE(set.pictures());
  EXPECT_THAT(*set.labels(), ElementsAre(7, 0, 9));
  EXPECT_THAT(set.samples(1, 3).data<uint8_t>(), ElementsAre(6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17));
  EXPECT_EQ(set.samples(1, 3).shape(), (Shape{2, 2, 3, 1}));
}

TEST(Data, ReadsMnist) {
  TemporaryFolder folder;
  folder.put("t10k-images-idx3-ubyte", images());
  folder.put("t10k-labels-idx1-ubyte.gz", gzip(classes()));
  auto set = open_data("mnist:" + folder.path());
  EXPECT_EQ(set->name(), "mnist (t10k, 3 samples)");
  expect_three(*set);
  EXPECT_EQ(set->training_split(), nullptr);
  folder.put("train-images.idx3-ubyte.gz", gzip(images()));
  folder.put("train-labels.idx1-ubyte", classes());
  auto training = set->training_split();
  ASSERT_NE(training, nullptr);
  EXPECT_EQ(training->name(), "mnist (train, 3 samples)");
  expect_three(*training);
  expect_three(*open_data("mnist:" + folder.path() + ":train"));
}

TEST(Data, SaysWhatIsWrongWithMnist) {
  TemporaryFolder folder;
  const std::string spec = "mnist:" + folder.path();
  EXPECT_THAT(open_message(spec),
              HasSubstr("holds neither 't10k-images-idx3-ubyte' nor 't10k-images-idx3-ubyte.gz'"));
  EXPECT_THAT(open_message(spec + "/none"), HasSubstr("there is no such folder"));
  folder.put("t10k-labels-idx1-ubyte", classes());
  auto with_images = [&](const std::string& bytes) {
    folder.put("t10k-images-idx3-ubyte", bytes);
    return open_message(spec);
  };
  EXPECT_THAT(with_images(classes()), HasSubstr("begins with 0x00000801, expected 0x00000803"));
  EXPECT_THAT(with_images(images().substr(0, 30)),
              HasSubstr("truncated or broken: its header says 3x2x3 bytes, 14 follow"));
  EXPECT_THAT(with_images(images() + "x"), HasSubstr("longer than it should be"));
  EXPECT_THAT(with_images(words({0x803, 0xffffffff, 0xffffffff, 0xffffffff})), HasSubstr("truncated"));
  EXPECT_THAT(with_images(words({0x803, 0, 28, 28})), HasSubstr("truncated or broken"));
  EXPECT_THAT(with_images("\x1f\x8b broken"), HasSubstr("broken compressed data"));
  EXPECT_THAT(with_images(gzip(images()).substr(0, 25)), HasSubstr("truncated"));
  for (size_t length = 0; length < images().size(); ++length)
    EXPECT_THAT(with_images(images().substr(0, length)), HasSubstr("truncated"));
  EXPECT_EQ(with_images(images()), "no failure");
  folder.put("t10k-labels-idx1-ubyte", words({0x801, 2}) + "ab");
  EXPECT_THAT(open_message(spec), AllOf(HasSubstr("holds 2 labels"), HasSubstr("holds 3 pictures")));
}

/// `n` records: label k % 10, and planes filled with k, k + 1, k + 2.
std::string cifar(int n, int first = 0) {
  std::string out;
  for (int k = first; k < first + n; ++k) {
    out += static_cast<char>(k % 10);
    for (int plane = 0; plane < 3; ++plane) out += std::string(1024, static_cast<char>(k + plane));
  }
  return out;
}

TEST(Data, ReadsCifar10) {
  TemporaryFolder folder;
  for (int k = 1; k <= 5; ++k) folder.put("data_batch_" + std::to_string(k) + ".bin", cifar(2, 2 * k));
  auto training = open_data("cifar10:" + folder.path());
  EXPECT_EQ(training->name(), "cifar10 (train, 10 samples)");
  EXPECT_THAT(*training->labels(), ElementsAre(2, 3, 4, 5, 6, 7, 8, 9, 0, 1));
  tensor::Tensor t = training->samples(1, 9);  // over the borders of five files
  ASSERT_EQ(t.shape(), (Shape{8, 32, 32, 3}));
  for (size_t k = 0; k < t.data<uint8_t>().size(); ++k) ASSERT_EQ(t.data<uint8_t>()[k], k / 3072 + 3 + k % 3);
  folder.put("test_batch.bin.gz", gzip(cifar(3)));
  auto test = open_data("cifar10:" + folder.path());
  EXPECT_EQ(test->name(), "cifar10 (test, 3 samples)");
  ASSERT_NE(test->training_split(), nullptr);
  EXPECT_EQ(test->training_split()->size(), 10);
  EXPECT_EQ(open_data("cifar10:" + folder.path() + "/test_batch.bin.gz")->name(),
            "cifar10 (test_batch.bin.gz, 3 samples)");
}

TEST(Data, SaysWhatIsWrongWithCifar10) {
  TemporaryFolder folder;
  EXPECT_THAT(open_message("cifar10:" + folder.path()), HasSubstr("holds neither 'test_batch.bin' nor"));
  EXPECT_THAT(open_message("cifar10:" + folder.put("cut", cifar(2).substr(0, 6000))),
              HasSubstr("no whole number of 3073-byte records"));
  EXPECT_THAT(open_message("cifar10:" + folder.put("empty", "")), HasSubstr("not a CIFAR-10 file"));
  EXPECT_THAT(open_message("cifar10:" + folder.put("hundred", std::string(3074, '\1'))),
              HasSubstr("CIFAR-100"));
  EXPECT_THAT(open_message("cifar10:" + folder.put("label", std::string(3073, '\xb'))),
              HasSubstr("picture 0 has label 11"));
}

TEST(Data, ReadsArrays) {
  auto set = open_data("npy:" + given("c_i4.npy"));
  EXPECT_EQ(set->size(), 2);
  EXPECT_EQ(set->sample_shape(), (Shape{3, 4}));
  EXPECT_FALSE(set->pictures());
  EXPECT_FALSE(set->labels());
  EXPECT_EQ(set->samples(1, 2).data<int32_t>()[0], -20 + 36);
  auto grey = open_data("npy:" + given("c_u1.npy"));
  EXPECT_EQ(grey->sample_shape(), (Shape{3, 4, 1}));
  EXPECT_TRUE(grey->pictures());

  TemporaryFolder folder;
  std::string labels =
      folder.put("y.npy", write_npy(tensor::Tensor::of<int32_t>({2, 1}, std::vector<int32_t>{4, 2})));
  EXPECT_THAT(*open_data("npy:" + given("c_i4.npy") + "," + labels)->labels(), ElementsAre(4, 2));
  auto with_labels = [&](const tensor::Tensor& t) {
    return open_message("npy:" + given("c_i4.npy") + "," + folder.put("y.npy", write_npy(t)));
  };
  std::string more =
      folder.put("m.npy", write_npy(tensor::Tensor::of<uint8_t>({3}, std::vector<uint8_t>{4, 2, 9})));
  EXPECT_THAT(*open_data("npy:" + given("c_i4.npy") + "," + more)->labels(), ElementsAre(4, 2));
  EXPECT_THAT(with_labels(tensor::Tensor(tensor::Element::Int32, {1})), HasSubstr("holds 1 labels, but"));
  EXPECT_THAT(with_labels(tensor::Tensor(tensor::Element::Int32, {1, 10})), HasSubstr("holds 1 labels, but"));
  EXPECT_THAT(with_labels(tensor::Tensor::of<int8_t>({2}, std::vector<int8_t>{-1, 1})),
              HasSubstr("label 0 is -1"));
  EXPECT_THAT(open_message("npy:" + given("scalar_f8.npy")),
              HasSubstr("holds no samples: its shape is scalar"));
  EXPECT_THAT(
      open_message("npy:" + folder.put("x.npy", write_npy(tensor::Tensor(tensor::Element::Float32, {0, 4})))),
      HasSubstr("holds no samples"));
}

TEST(Data, WhatIsNoClassIsATarget) {
  TemporaryFolder folder;
  const auto with = [&](const tensor::Tensor& t) {
    return open_data("npy:" + given("c_i4.npy") + "," + folder.put("y.npy", write_npy(t)));
  };
  auto regression = with(tensor::Tensor::of<float>({2}, std::vector<float>{1, 1.5F}));
  EXPECT_FALSE(regression->labels());
  EXPECT_THAT(regression->targets(1, 2)->data<float>(), ElementsAre(1.5F));
  auto tokens = with(tensor::Tensor::of<int32_t>({3, 2}, std::vector<int32_t>{5, 6, 7, -100, 1, 2}));
  EXPECT_FALSE(tokens->labels());
  EXPECT_THAT(tokens->targets(1, 2)->data<int32_t>(), ElementsAre(7, -100));
  EXPECT_FALSE(open_data("npy:" + given("c_i4.npy"))->targets(0, 1));
  const auto table = [&](const std::string& text) {
    return open_data("npy:" + given("c_i4.npy") + "," + folder.put("y.csv", text));
  };
  EXPECT_THAT(*table("no\nyes\n")->labels(), ElementsAre(0, 1));
  EXPECT_THAT(table("no\nyes\n")->class_names(), ElementsAre("no", "yes"));
  EXPECT_THAT(*table("0,4\n1,3\n")->labels(), ElementsAre(4, 3));
  EXPECT_THAT(message_of([&] { table("1,4\n0,3\n"); }), HasSubstr("label 0 is said to be of sample 1"));
  EXPECT_THAT(message_of([&] { table("4\n"); }), HasSubstr("holds 1 labels, but"));
}

/// The largest memory that the process has held, in bytes.
int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

/// Half a gigabyte of pictures, most of it a hole in the file.
TEST(Data, ArraysLargerThanMemoryAreReadByParts) {
  constexpr int64_t kSide = 512, kSamples = 2048, kBytes = kSamples * kSide * kSide;
  TemporaryFolder folder;
  std::string header = write_npy(tensor::Tensor(tensor::Element::UInt8, {1, kSide, kSide, 1}));
  header.resize(header.size() - kSide * kSide);
  header.replace(header.find("(1, 512, 512, 1), }   "), 22, "(2048, 512, 512, 1), }");
  const std::string path = folder.put("x.npy", header);
  std::filesystem::resize_file(path, header.size() + kBytes);
  const auto set = open_data("npy:" + path);
  ASSERT_EQ(set->size(), kSamples);
  const int64_t before = peak_memory();
  double sum = 0;
  for (int64_t k = 0; k < kSamples; k += 16)
    sum += prepare(*set, k, k + 16, {}, {1, 1, kSide, kSide}).data<float>()[5];
  EXPECT_EQ(sum, 0);
  EXPECT_LT(peak_memory() - before, kBytes * 3 / 4);  // as floats it would be four times kBytes
}

TEST(Data, ReadsArchives) {
  auto stored = open_data("npz:" + given("stored.npz"));
  EXPECT_EQ(stored->name(), "stored.npz (x_test) (4 samples)");
  EXPECT_EQ(stored->sample_shape(), (Shape{5, 6, 3}));
  EXPECT_THAT(*stored->labels(), ElementsAre(3, 1, 4, 1));
  auto training = stored->training_split();
  ASSERT_NE(training, nullptr);
  EXPECT_EQ(training->size(), 2);
  EXPECT_EQ(training->samples(0, 1).data<uint8_t>()[0], 1);
  EXPECT_THAT(*training->labels(), ElementsAre(3, 1));
  auto deflated = open_data("npz:" + given("deflated.npz"));
  EXPECT_EQ(deflated->training_split(), nullptr);
  EXPECT_THAT(deflated->samples(1, 3).data<uint8_t>(),
              testing::ElementsAreArray(stored->samples(1, 3).data<uint8_t>()));
  auto other = open_data("npz:" + given("other.npz"));
  EXPECT_EQ(other->name(), "other.npz (samples) (2 samples)");
  EXPECT_FALSE(other->labels());
}

TEST(Data, SaysWhichSpecificationsThereAre) {
  EXPECT_THAT(open_message("minst:x"),
              HasSubstr("minst:x: error: no data set of this kind; did you mean 'mnist'?"));
  EXPECT_THAT(open_message("imagenet:x"), HasSubstr("known: digits, mnist:DIR"));
  EXPECT_THAT(open_message("npy:"), HasSubstr("'npy' needs a path"));
  EXPECT_THAT(open_message("cifar10"), HasSubstr("'cifar10' needs a path"));
  EXPECT_THAT(open_message("digits:10"), HasSubstr("takes nothing after it"));
  EXPECT_THAT(open_message(""), HasSubstr("no data set of this kind"));
}

TEST(Data, ReadsTheRealSets) {
  const std::string folder = OHMWEAVE_REFERENCE_DATA "/datasets";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no reference data in " << folder;
  auto mnist = open_data("mnist:" + folder + "/mnist");
  EXPECT_EQ(mnist->size(), 10000);
  EXPECT_EQ((*mnist->labels())[0], 7);
  EXPECT_EQ(mnist->training_split()->size(), 60000);
  EXPECT_EQ(open_data("cifar10:" + folder + "/cifar10/test_lossless_mix.bin")->size(), 649);
  auto jpeg = open_data("cifar10:" + folder + "/cifar10/test_jpeg2k.bin.gz");
  EXPECT_EQ(std::count(jpeg->labels()->begin(), jpeg->labels()->end(), 3), 200);
  auto signs =
      open_data("npy:" + folder + "/gtsrb/test_30x30_500_x_u8.npy," + folder + "/gtsrb/test_500_y.npy");
  EXPECT_EQ(signs->sample_shape(), (Shape{30, 30, 3}));
  EXPECT_TRUE(signs->labels());
}

}  // namespace
}  // namespace ohmweave::network
