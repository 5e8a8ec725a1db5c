// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/digit_strokes.h"

namespace ohmweave::network {
namespace {

std::string_view bytes(const tensor::Tensor& t) { return {reinterpret_cast<const char*>(t.raw()), t.bytes()}; }

TEST(Digits, StylesAddUpToTenPeople) {
  for (int digit = 0; digit < 10; ++digit) {
    int people = 0;
    for (const DigitStyle& style : styles_of(digit)) {
      people += style.weight;
      ASSERT_GE(style.points().size(), 3U);
      EXPECT_EQ(style.points()[0].pen, Pen::Down);
    }
    EXPECT_EQ(people, 10) << digit;
  }
}

TEST(Digits, AreTheSameOnEveryMachine) {
  // The sums were taken when networks/digits-cnn.onnx was trained: other pictures need another network.
  EXPECT_EQ(base::key_of(bytes(make_digits(500, false)->samples(0, 500))), 1043195978049068344U);
  EXPECT_EQ(base::key_of(bytes(make_digits(500, true)->samples(0, 500))), 16222458073281914888U);
}

TEST(Digits, DependOnNothingButTheirIndex) {
  auto set = make_digits(100, false);
  tensor::Tensor all = set->samples(0, 100);
  EXPECT_EQ(bytes(set->samples(40, 60)), bytes(all.slice(40, 60)));
  EXPECT_EQ(bytes(make_digits(10000, false)->samples(0, 100)), bytes(all));
  base::use_threads(1);
  EXPECT_EQ(bytes(set->samples(0, 100)), bytes(all));
  base::use_threads(0);
  EXPECT_NE(bytes(make_digits(100, false, 2)->samples(0, 100)), bytes(all));
  EXPECT_NE(bytes(make_digits(100, true)->samples(0, 100)), bytes(all));
}

TEST(Digits, AreADataSet) {
  auto set = open_data("digits");
  EXPECT_EQ(set->name(), "digits (test, 10000 samples)");
  EXPECT_EQ(set->size(), 10000);
  EXPECT_EQ(set->sample_shape(), (tensor::Shape{28, 28, 1}));
  EXPECT_TRUE(set->pictures());
  ASSERT_TRUE(set->labels());
  for (int64_t digit = 0; digit < 10; ++digit)
    EXPECT_EQ(std::count(set->labels()->begin(), set->labels()->end(), digit), 1000);
  auto training = set->training_split();
  ASSERT_NE(training, nullptr);
  EXPECT_EQ(training->size(), 60000);
  EXPECT_EQ(training->training_split(), nullptr);
}

TEST(Digits, HaveInkInTheMiddleAndNoneInTheCorners) {
  tensor::Tensor t = make_digits(1000, true)->samples(0, 1000);
  auto pixels = t.data<uint8_t>();
  double middle = 0, corners = 0;
  for (size_t k = 0; k < 1000; ++k) {
    for (size_t y = 0; y < 28; ++y) {
      for (size_t x = 0; x < 28; ++x) {
        double ink = pixels[k * 784 + y * 28 + x];
        if (y >= 8 && y < 20 && x >= 8 && x < 20) middle += ink / (1000 * 144);
        if ((y < 4 || y >= 24) && (x < 4 || x >= 24)) corners += ink / (1000 * 64);
      }
    }
  }
  EXPECT_GT(middle, 50);
  EXPECT_LT(corners, 15);
}

}  // namespace
}  // namespace ohmweave::network
