// SPDX-License-Identifier: Apache-2.0
// Pictures must be the same to the bit on every machine. All arithmetic here is therefore of the operations
// that IEEE 754 rounds in one way only (+ - * / and square root): no sine, no logarithm, and the project never
// fuses operations.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/network/data_sets.h"
#include "ohmweave/network/digit_strokes.h"

namespace ohmweave::network {
namespace {

constexpr int kSide = 28;
constexpr int64_t kPixels = kSide * kSide;

struct Point {
  float x = 0, y = 0;
  Point operator+(Point o) const { return {x + o.x, y + o.y}; }
  Point operator-(Point o) const { return {x - o.x, y - o.y}; }
  Point operator*(float f) const { return {x * f, y * f}; }
};

/// A draw between low and high; near(): the middle is likelier than the ends.
float between(base::RandomStream& random, float low, float high) {
  return low + (high - low) * (static_cast<float>(random.next32() >> 8) * 0x1p-24F);
}
float near(base::RandomStream& random, float middle, float reach) {
  float sum = between(random, -1, 1) + between(random, -1, 1);
  return middle + reach * 0.5F * sum;
}

/// A writer's hand on one picture: where the points of a style come to lie, in pixels.
class Hand {
 public:
  explicit Hand(base::RandomStream& random) {
    float half = near(random, 0, 0.20F);  // tangent of half the angle, up to 23 degrees either way
    float norm = 1 / (1 + half * half);
    float cosine = (1 - half * half) * norm, sine = 2 * half * norm;
    float slant = near(random, 0.12F, 0.60F);
    float height = near(random, 18.5F, 5.0F), width = height * near(random, 0.72F, 0.36F);
    across_ = {cosine * width, sine * width};
    down_ = {(-slant * cosine - sine) * height, (cosine - slant * sine) * height};
    centre_ = {near(random, 14, 2), near(random, 14, 2)};
    for (Point& b : bend_) b = {near(random, 0, 5.0F), near(random, 0, 5.0F)};
    jitter_ = between(random, 0.015F, 0.085F);
  }

  Point place(StrokePoint p, base::RandomStream& random) const {
    float x = static_cast<float>(p.x) * 0.01F - 0.5F + near(random, 0, 2 * jitter_);
    float y = static_cast<float>(p.y) * 0.01F - 0.5F + near(random, 0, 2 * jitter_);
    Point bent = bend_[0] * (x * y * 2) + bend_[1] * (x * x - 0.125F) + bend_[2] * (y * y - 0.125F) +
                 bend_[3] * ((x * x - 0.25F) * y * 4);
    return centre_ + across_ * x + down_ * y + bent;
  }

 private:
  Point across_, down_, centre_;
  std::array<Point, 4> bend_;  // a smooth warp of the plane
  float jitter_ = 0;           // of single points, in parts of the box
};

/// Ink on paper: how much of each pixel is covered, 0 to 1.
class Paper {
 public:
  /// A stretch of a stroke from a to b, with the radius of the pen at both ends.
  void draw(Point a, Point b, float radius_a, float radius_b) {
    float reach = std::max(radius_a, radius_b) + 0.5F;
    int left = pixel(std::min(a.x, b.x) - reach), right = pixel(std::max(a.x, b.x) + reach);
    int top = pixel(std::min(a.y, b.y) - reach), bottom = pixel(std::max(a.y, b.y) + reach);
    Point along = b - a;
    float length = along.x * along.x + along.y * along.y;
    float scale = length > 0 ? 1 / length : 0;
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        Point from{static_cast<float>(x) + 0.5F - a.x, static_cast<float>(y) + 0.5F - a.y};
        float t = std::clamp((from.x * along.x + from.y * along.y) * scale, 0.0F, 1.0F);
        Point off = from - along * t;
        float distance = std::sqrt(off.x * off.x + off.y * off.y);
        float covered = std::clamp(radius_a + (radius_b - radius_a) * t + 0.5F - distance, 0.0F, 1.0F);
        float& ink = ink_[static_cast<size_t>(y * kSide + x)];
        ink = std::max(ink, covered);
      }
    }
  }

  std::array<float, kPixels> ink_{};

 private:
  static int pixel(float at) { return static_cast<int>(std::clamp(at, 0.0F, static_cast<float>(kSide - 1))); }
};

/// The direction of the pen at point k, as a Catmull-Rom spline has it; one-sided at corners and ends.
struct Spline {
  const std::vector<Point>& at;
  std::span<const StrokePoint> points;

  bool begins(size_t k) const { return k == 0 || points[k].pen == Pen::Down; }
  bool ends(size_t k) const { return k + 1 == points.size() || points[k + 1].pen == Pen::Down; }
  Point leaving(size_t k) const {
    bool sharp = begins(k) || points[k].pen == Pen::Corner;
    return sharp ? at[k + 1] - at[k] : (at[k + 1] - at[k - 1]) * 0.5F;
  }
  Point arriving(size_t k) const {
    bool sharp = ends(k) || points[k].pen == Pen::Corner;
    return sharp ? at[k] - at[k - 1] : (at[k + 1] - at[k - 1]) * 0.5F;
  }
  /// Between points k and k + 1 (Hermite form).
  Point between(size_t k, float t) const {
    float t2 = t * t, t3 = t2 * t;
    return at[k] * (2 * t3 - 3 * t2 + 1) + leaving(k) * (t3 - 2 * t2 + t) + at[k + 1] * (3 * t2 - 2 * t3) +
           arriving(k + 1) * (t3 - t2);
  }
};

const DigitStyle& pick_style(int digit, base::RandomStream& random) {
  auto turn = static_cast<int>(random.below(10));
  for (const DigitStyle& style : styles_of(digit)) {
    turn -= style.weight;
    if (turn < 0) return style;
  }
  OHMWEAVE_CHECK(false, "the weights of a digit's styles add up to ten");
}

void write_strokes(const DigitStyle& style, const Hand& hand, base::RandomStream& random, Paper& paper) {
  constexpr int kPieces = 6;  // straight pieces between two points
  std::vector<Point> at;
  for (StrokePoint p : style.points()) at.push_back(hand.place(p, random));
  Spline spline{at, style.points()};
  float pen = near(random, 1.25F, 0.75F),
        change = near(random, 0, 0.35F);  // radius in pixels; how it grows along the way
  auto last = static_cast<float>(at.size() - 1);
  auto radius = [&](float way) { return pen * (1 + change * (2 * way / last - 1)); };
  for (size_t k = 0; k + 1 < at.size(); ++k) {
    if (spline.ends(k)) continue;
    auto way = static_cast<float>(k);  // counts points
    Point from = at[k];
    for (int piece = 1; piece <= kPieces; ++piece) {
      constexpr float kStep = 1.0F / kPieces;
      Point to = spline.between(k, static_cast<float>(piece) * kStep);
      paper.draw(from, to, radius(way), radius(way + kStep));
      from = to;
      way += kStep;
    }
  }
}

/// Scanning: ink that is not quite black, and noise on all of it.
void scan(const Paper& paper, base::RandomStream& random, uint8_t* pixels) {
  float black = between(random, 190, 255), noise = between(random, 0, 48);
  uint32_t word = 0;
  for (size_t k = 0; k < kPixels; ++k) {
    if (k % 2 == 0) word = random.next32();
    float grain = static_cast<float>(word & 0xffffU) * 0x1p-16F - 0.5F;
    word >>= 16;
    pixels[k] = static_cast<uint8_t>(std::clamp(paper.ink_[k] * black + grain * noise, 0.0F, 255.0F) + 0.5F);
  }
}

void draw_digit(int digit, base::RandomStream& random, uint8_t* pixels) {
  Hand hand(random);
  Paper paper;
  write_strokes(pick_style(digit, random), hand, random, paper);
  scan(paper, random, pixels);
}

class Digits : public NamedDataSet {
 public:
  Digits(int64_t samples, bool training, uint64_t seed) : training_(training), seed_(seed) {
    OHMWEAVE_CHECK(samples > 0, "a data set has samples");
    size_ = samples;
    sample_shape_ = {kSide, kSide, 1};
    name_ = fmt::format("digits ({}, {} samples)", training ? "train" : "test", samples);
    labels_.emplace();
    for (int64_t k = 0; k < samples; ++k) labels_->push_back(k % 10);
  }

  tensor::Tensor samples(int64_t begin, int64_t end) const override {
    tensor::Tensor out(tensor::Element::UInt8, {end - begin, kSide, kSide, 1});
    uint8_t* pixels = out.mutable_data<uint8_t>().data();
    uint64_t split = base::key_of(training_ ? "digits/train" : "digits/test");
    base::parallel_for(end - begin, [&](int64_t k) {
      base::RandomStream random(seed_, static_cast<uint64_t>(begin + k), split);
      draw_digit(static_cast<int>((begin + k) % 10), random, pixels + k * kPixels);
    });
    return out;
  }

  std::unique_ptr<DataSet> training_split() const override {
    constexpr int64_t kTraining = 60000;  // as many as MNIST has
    return training_ ? nullptr : make_digits(kTraining, true, seed_);
  }

 private:
  bool training_;
  uint64_t seed_;
};

}  // namespace

std::unique_ptr<DataSet> make_digits(int64_t samples, bool training, uint64_t seed) {
  return std::make_unique<Digits>(samples, training, seed);
}

}  // namespace ohmweave::network
