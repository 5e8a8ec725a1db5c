// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/files.h"
#include "ohmweave/network/data_sets.h"
#include "ohmweave/network/testing/files.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
using testing::AllOf;
using testing::ElementsAreArray;
using testing::HasSubstr;

class Given : public NamedDataSet {
 public:
  Given(Tensor t, bool pictures) : values_(std::move(t)) {
    name_ = "given";
    size_ = values_.dim(0);
    sample_shape_.assign(values_.shape().begin() + 1, values_.shape().end());
    pictures_ = pictures;
  }
  Tensor samples(int64_t begin, int64_t end) const override { return values_.slice(begin, end); }

 private:
  Tensor values_;
};

Given pictures(Element element, int64_t n, int64_t height, int64_t width, int64_t channels) {
  Tensor t(Element::UInt8, {n, height, width, channels});
  for (size_t k = 0; k < t.mutable_data<uint8_t>().size(); ++k)
    t.mutable_data<uint8_t>()[k] = static_cast<uint8_t>(k * 37 + k / 256);
  return {t.to(element), true};
}

/// The rule as the reference data states it, one element at a time.
Tensor expected(const Given& set, int64_t begin, int64_t end, const Preprocessing& how) {
  Tensor raw = set.samples(begin, end).to(Element::Float64);
  int64_t height = raw.dim(1), width = raw.dim(2), channels = raw.dim(3);
  int64_t rows = how.transpose_hw ? width : height, columns = how.transpose_hw ? height : width;
  Tensor out(Element::Float32, how.nhwc ? Shape{end - begin, rows, columns, channels}
                                        : Shape{end - begin, channels, rows, columns});
  auto to = out.mutable_data<float>();
  for (int64_t n = 0; n < end - begin; ++n) {
    for (int64_t y = 0; y < rows; ++y) {
      for (int64_t x = 0; x < columns; ++x) {
        for (int64_t c = 0; c < channels; ++c) {
          int64_t row = how.transpose_hw ? x : y, column = how.transpose_hw ? y : x,
                  channel = how.bgr ? channels - 1 - c : c;
          double pixel = raw.data<double>()[static_cast<size_t>(
              ((n * height + row) * width + column) * channels + channel)];
          auto k = static_cast<size_t>(c);
          double value = (pixel / how.div - how.mean[k % how.mean.size()]) / how.std[k % how.std.size()];
          int64_t at = how.nhwc ? ((n * rows + y) * columns + x) * channels + c
                                : ((n * channels + c) * rows + y) * columns + x;
          to[static_cast<size_t>(at)] = static_cast<float>(value);
        }
      }
    }
  }
  return out;
}

TEST(Prepare, FollowsTheRuleInEveryCombination) {
  for (Element element : {Element::UInt8, Element::Float32}) {
    for (int64_t channels : {1, 3}) {
      Given set = pictures(element, 5, 4, 6, channels);
      for (int bits = 0; bits < 16; ++bits) {
        Preprocessing how;
        how.bgr = (bits & 1) != 0;
        how.transpose_hw = (bits & 2) != 0;
        how.nhwc = (bits & 4) != 0;
        if ((bits & 8) != 0) {
          how.div = 255;
          how.mean = channels == 1 ? std::vector{0.1307} : std::vector{0.485, 0.456, 0.406};
          how.std = channels == 1 ? std::vector{0.3081} : std::vector{0.229, 0.224, 0.225};
        }
        Tensor wanted = expected(set, 1, 4, how);
        Tensor got = prepare(set, 1, 4, how, wanted.shape());
        EXPECT_EQ(got.shape(), wanted.shape());
        EXPECT_THAT(got.data<float>(), ElementsAreArray(wanted.data<float>())) << bits;
      }
    }
  }
}

TEST(Prepare, FitsWhateverShapeHasTheElements) {
  Given grey = pictures(Element::UInt8, 3, 28, 28, 1);
  Tensor wanted = prepare(grey, 0, 3, {}, {1, 1, 28, 28});
  for (const Shape& input : {Shape{1, 784}, Shape{1, 784, 1}, Shape{7, 28, 28, 1}, Shape{1, 28, 28}}) {
    Tensor got = prepare(grey, 0, 3, {}, input);
    EXPECT_EQ(got.dim(0), 3);
    EXPECT_THAT(got.data<float>(), ElementsAreArray(wanted.data<float>()));
  }
  Given row(Tensor::of<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}), false);
  Preprocessing halved;
  halved.div = 2;
  EXPECT_THAT(prepare(row, 1, 2, halved, {1, 3, 1}).data<float>(), testing::ElementsAre(2, 2.5F, 3));
  EXPECT_EQ(prepare(grey, 2, 2, {}, {1, 784}).size(), 0);
}

TEST(Prepare, ArraysThatAreTheInputAreTakenAsTheyAre) {
  std::vector<float> values(2 * 3 * 4 * 5);
  for (size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k);
  const Given set(Tensor::of<float>({2, 3, 4, 5}, values), true);
  EXPECT_THAT(prepare(set, 0, 2, {}, {1, 3, 4, 5}).data<float>(), ElementsAreArray(values));
  Preprocessing how;
  how.mean = {0, 20, 40};
  how.bgr = true;
  const Tensor got = prepare(set, 0, 1, how, {1, 3, 4, 5});
  EXPECT_EQ(got.data<float>()[0], 40);        // the last channel first, less the first mean
  EXPECT_EQ(got.data<float>()[20 + 7], 7);    // the middle one: 27 - 20
  EXPECT_EQ(got.data<float>()[40 + 3], -37);  // the first one: 3 - 40
}

TEST(Prepare, SaysWhatDoesNotFit) {
  Given colour = pictures(Element::UInt8, 2, 32, 32, 3), grey = pictures(Element::UInt8, 2, 28, 28, 1);
  Given row(Tensor(Element::Float32, {2, 10}), false);
  auto message = [](const DataSet& set, const Preprocessing& how, const Shape& input) {
    return message_of([&] { prepare(set, 0, 1, how, input); });
  };
  EXPECT_THAT(message(grey, {}, {1, 3, 32, 32}),
              AllOf(HasSubstr("given: error: samples of 28x28x1 do not fit the network's input of 1x3x32x32"),
                    HasSubstr("784 elements per sample, but 3072 are taken")));
  EXPECT_THAT(message(grey, {}, {28, 28}), HasSubstr("--shape 1,28,28"));
  EXPECT_THAT(message(colour, {}, {1, 32, 32, 3}), HasSubstr("try --layout nhwc"));
  Preprocessing nhwc;
  nhwc.nhwc = true;
  EXPECT_THAT(message(colour, nhwc, {1, 3, 32, 32}), HasSubstr("try --layout nchw"));
  Preprocessing wrong;
  wrong.div = 0;
  wrong.mean = {1, 2};
  wrong.std = {1, 0, 1};
  EXPECT_THAT(message(colour, wrong, {1, 3, 32, 32}),
              AllOf(HasSubstr("--div 0"), HasSubstr("--mean: 2 values given; the samples have 3 channels"),
                    HasSubstr("--std 0")));
  Preprocessing swapped;
  swapped.bgr = true;
  EXPECT_THAT(message(row, swapped, {1, 10}), HasSubstr("--bgr is for pictures; these samples are 10"));
}

/// What the reference runner fed to onnxruntime: the values of a TensorProto stand at its end.
std::vector<float> golden_input(const std::string& path, size_t count) {
  std::string bytes = base::read_file(path);
  std::vector<float> out(count);
  std::memcpy(out.data(), bytes.data() + bytes.size() - 4 * count, 4 * count);
  return out;
}

TEST(Prepare, EqualsTheInputsOfTheReferenceRunner) {
  const std::string root = OHMWEAVE_REFERENCE_DATA;
  if (!std::filesystem::exists(root + "/golden")) GTEST_SKIP() << "no reference data in " << root;
  auto check = [&](const std::string& spec, const std::string& model, const Preprocessing& how,
                   const Shape& input) {
    auto wanted = golden_input(root + "/golden/" + model + "/test_data_set_0/input_0.pb",
                               static_cast<size_t>(tensor::count(input)));
    EXPECT_THAT(prepare(*open_data(spec), 0, 1, how, input).data<float>(), ElementsAreArray(wanted)) << model;
  };
  const std::string cifar = "cifar10:" + root + "/datasets/cifar10/test_lossless_mix.bin",
                    mnist = "mnist:" + root + "/datasets/mnist";
  const std::string imagenet = "npy:" + root + "/datasets/imagenet_sample/sample60_224x224_u8.npy";
  check(cifar, "cifar10_resnet_akamaster/resnet20",
        {255, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, false, false, false}, {1, 3, 32, 32});
  check(cifar, "cifar10_cnn_marabou/cifar10_small", {255, {0}, {1}, false, false, true}, {1, 32, 32, 3});
  check(mnist, "mnist_cnn_burn/mnist", {255, {0.1307}, {0.3081}, false, false, false}, {1, 1, 28, 28});
  check(mnist, "mnist_mlp/mnist-net_256x2", {255, {0}, {1}, false, false, false}, {1, 784, 1});
  check(imagenet, "imagenet_squeezenet_fp16/SqueezeNet_fp32",
        {1, {103.939, 116.779, 123.68}, {1}, true, false, false}, {1, 3, 224, 224});
}

}  // namespace
}  // namespace ohmweave::network
