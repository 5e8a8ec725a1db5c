// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/fixed_point.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::tensor {
namespace {

using testing::ElementsAre;

std::vector<int32_t> codes(const std::vector<float>& reals, const Quantization& q) {
  Tensor t = quantize(Tensor::of<float>({static_cast<int64_t>(reals.size())}, reals), q);
  auto d = t.data<int32_t>();
  return {d.begin(), d.end()};
}

TEST(FixedPoint, HasTheCodesOfTwosComplement) {
  for (int bits = 1; bits <= 16; ++bits) {
    const FixedPoint with{bits, true}, without{bits, false};
    EXPECT_EQ(with.most() - with.least() + 1, 1 << bits);
    EXPECT_EQ(without.most() + 1, 1 << bits);
    EXPECT_EQ(with.least() + with.most(), -1);
    EXPECT_EQ(without.least(), 0);
  }
  EXPECT_EQ(print(FixedPoint{16, true}), "int16");
  EXPECT_EQ(print(FixedPoint{3, false}), "uint3");
}

TEST(FixedPoint, RoundsToNearestAndHalvesToEven) {
  const Quantization q{{8, true}, {0.5F}, -1};
  EXPECT_THAT(codes({0.2F, 0.3F, 0.25F, 0.75F, 1.25F, -0.25F, -0.75F}, q), ElementsAre(0, 1, 0, 2, 2, 0, -2));
}

/// As division rounds, also where quotients are a little off halves.
TEST(FixedPoint, IsTheNearestToTheQuotient) {
  base::RandomStream random(1, 2, 3);
  for (int repeat = 0; repeat < 2000; ++repeat) {
    const float scale =
        std::ldexp(1.0F + static_cast<float>(random.uniform()), static_cast<int>(random.below(250)) - 125);
    std::vector<float> reals;
    for (int k = 0; k < 100; ++k) {
      const float half = static_cast<float>(static_cast<int>(random.below(60000)) - 30000) + 0.5F;
      float real = half * scale;
      for (int step = static_cast<int>(random.below(5)) - 2; step != 0; step += step < 0 ? 1 : -1)
        real = std::nextafter(real, step < 0 ? -HUGE_VALF : HUGE_VALF);
      if (std::isfinite(real)) reals.push_back(real);
    }
    const std::vector<int32_t> made = codes(reals, {{16, true}, {scale}, -1});
    for (size_t k = 0; k < reals.size(); ++k)
      ASSERT_EQ(made[k], static_cast<int32_t>(std::nearbyint(reals[k] / scale))) << reals[k] << " / " << scale;
  }
}

TEST(FixedPoint, ClipsWhatHasNoCode) {
  constexpr float kInfinity = HUGE_VALF;
  EXPECT_THAT(codes({3.4F, 3.6F, 1e30F, kInfinity, -4.4F, -4.6F, -kInfinity}, {{3, true}, {1}, -1}),
              ElementsAre(3, 3, 3, 3, -4, -4, -4));
  EXPECT_THAT(codes({-1, 0, 7.2F, 8}, {{3, false}, {1}, -1}), ElementsAre(0, 0, 7, 7));
  EXPECT_THAT(codes({-1, 0, 1}, {{1, true}, {1}, -1}), ElementsAre(-1, 0, 0));
  EXPECT_THAT(codes({-1, 0, 1, 2}, {{1, false}, {1}, -1}), ElementsAre(0, 0, 1, 1));
}

/// Every code is the code of its own real, for every width and scales that are no powers of two.
TEST(FixedPoint, ComesBackFromReals) {
  for (int bits = 1; bits <= 16; ++bits) {
    for (bool is_signed : {true, false}) {
      for (float scale : {1.0F, 0.1F, 3e-5F, 7e12F}) {
        const Quantization q{{bits, is_signed}, {scale}, -1};
        std::vector<int32_t> all;
        for (int32_t c = q.format.least(); c <= q.format.most(); ++c) all.push_back(c);
        const Tensor t = Tensor::of<int32_t>({static_cast<int64_t>(all.size())}, all);
        const Tensor back = quantize(dequantize(t, q), q);
        EXPECT_THAT(back.data<int32_t>(), testing::ElementsAreArray(all)) << print(q.format) << " at " << scale;
      }
    }
  }
}

TEST(FixedPoint, HasAScalePerChannel) {
  const Tensor reals = Tensor::of<float>({2, 3, 2}, {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6});
  const Quantization q{{8, true}, {1, 0.5F, 2}, 1};
  const Tensor t = quantize(reals, q);
  EXPECT_THAT(t.data<int32_t>(), ElementsAre(1, 2, 6, 8, 2, 3, -1, -2, -6, -8, -2, -3));
  EXPECT_THAT(dequantize(t, q).data<float>(), ElementsAre(1, 2, 3, 4, 4, 6, -1, -2, -3, -4, -4, -6));
}

/// The same codes and reals in whatever element, also of numbers that have no code.
TEST(FixedPoint, IsTheSameInNarrowElements) {
  std::vector<float> reals{0, -0.0F, 1e30F, -1e30F, HUGE_VALF, -HUGE_VALF, NAN};
  for (int k = -700; k < 700; ++k) reals.push_back(static_cast<float>(k) * 0.37F);
  const Tensor all = Tensor::of<float>({static_cast<int64_t>(reals.size())}, reals);
  for (int bits = 1; bits <= 17; ++bits) {
    for (bool is_signed : {true, false}) {
      const Quantization q{{bits, is_signed || bits > 16}, {0.25F}, -1, {bits > 4 ? 3 : 0}};
      const Tensor wide = quantize(all, q), narrow = quantize_narrowly(all, q);
      EXPECT_EQ(size_of(narrow.element()), bits <= 8 ? 1U : bits <= 16 ? 2U : 4U);
      const Tensor again = narrow.to(Element::Int32);
      EXPECT_THAT(again.data<int32_t>(), testing::ElementsAreArray(wide.data<int32_t>())) << print(q.format);
      const Tensor back = dequantize(narrow, q), expected = dequantize(wide, q);
      EXPECT_THAT(back.data<float>(), testing::ElementsAreArray(expected.data<float>()));
    }
  }
}

}  // namespace
}  // namespace ohmweave::tensor
