// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/measure.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"

namespace ohmweave::report {
namespace {

using network::message_of;
using tensor::Tensor;
using testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Samples whose only value is their number.
class Numbered : public network::DataSet {
 public:
  Numbered(int64_t size, std::optional<std::vector<int64_t>> labels)
      : size_(size), labels_(std::move(labels)) {}
  const std::string& name() const override { return name_; }
  int64_t size() const override { return size_; }
  tensor::Shape sample_shape() const override { return {1}; }
  bool pictures() const override { return false; }
  Tensor samples(int64_t begin, int64_t end) const override {
    Tensor out(tensor::Element::Float32, {end - begin, 1});
    for (int64_t k = begin; k < end; ++k)
      out.mutable_data<float>()[static_cast<size_t>(k - begin)] = static_cast<float>(k);
    return out;
  }
  const std::optional<std::vector<int64_t>>& labels() const override { return labels_; }

 private:
  std::string name_ = "numbered";
  int64_t size_;
  std::optional<std::vector<int64_t>> labels_;
};

network::Graph one_input() {
  network::Graph g;
  g.name = "net";
  network::Value value;
  value.name = "in";
  value.shape = {1, 1};
  g.inputs = {g.add_value(value)};
  return g;
}

/// Gives sample k row k of a table of scores.
Executor scores(std::vector<std::vector<float>> table) {
  return [table = std::move(table)](std::span<const Tensor> in) {
    const auto numbers = in[0].data<float>();
    const auto classes = static_cast<int64_t>(table[0].size());
    Tensor out(tensor::Element::Float32, {static_cast<int64_t>(numbers.size()), classes});
    for (size_t k = 0; k < numbers.size(); ++k) {
      const auto& row = table[static_cast<size_t>(numbers[k])];
      std::copy(row.begin(), row.end(),
                out.mutable_data<float>().begin() + static_cast<std::ptrdiff_t>(k * row.size()));
    }
    return std::vector<Tensor>{out};
  };
}
Values measured(const network::DataSet& data, const Executor& ours, const Executor* exact = nullptr,
                MeasureOptions options = {}) {
  return measure(one_input(), data, ours, exact, options);
}

TEST(Measure, CountsWhatIsRight) {
  Numbered data(4, std::vector<int64_t>{0, 1, 2, 0});
  const Executor ours = scores({{9, 1, 1}, {1, 9, 1}, {9, 1, 1}, {1, 9, 5}});
  const Executor exact = scores({{9, 1, 1}, {1, 9, 1}, {1, 1, 9}, {9, 1, 1}});
  const Values v = measured(data, ours, &exact);
  EXPECT_EQ(v.samples, 4);
  EXPECT_TRUE(v.labelled);
  EXPECT_EQ(v.top1, 0.5);
  EXPECT_EQ(v.reference_top1, 1);
  EXPECT_EQ(v.top5, 1);  // of three classes
  EXPECT_EQ(v.agreement, 0.5);
  EXPECT_EQ(v.data, "numbered");
}

TEST(Measure, OfEqualScoresTheLowestClassWins) {
  Numbered data(2, std::vector<int64_t>{0, 1});
  const Values v = measured(data, scores({{5, 5, 5}, {5, 5, 5}}));
  EXPECT_EQ(v.top1, 0.5);
}

TEST(Measure, TopFiveCountsTiesAsRanks) {
  Numbered data(3, std::vector<int64_t>{4, 5, 6});
  const std::vector<float> flat(7, 1);
  EXPECT_DOUBLE_EQ(measured(data, scores({flat, flat, flat})).top5, 1.0 / 3);  // classes 0 to 4 come first
}

TEST(Measure, NaNLosesToEveryNumber) {
  const float least = -std::numeric_limits<float>::infinity();
  Numbered data(3, std::vector<int64_t>{1, 0, 0});
  const Values v = measured(data, scores({{kNaN, least, kNaN}, {kNaN, kNaN, kNaN}, {kNaN, 1, 2}}));
  EXPECT_DOUBLE_EQ(v.top1, 2.0 / 3);  // nothing but NaN: the lowest class, right by chance
}

TEST(Measure, WithoutReferenceTheExecutorIsIt) {
  Numbered data(2, std::vector<int64_t>{0, 0});
  const Values v = measured(data, scores({{1, 0}, {0, 1}}));
  EXPECT_EQ(v.top1, 0.5);
  EXPECT_EQ(v.reference_top1, 0.5);
  EXPECT_EQ(v.agreement, 1);
}

TEST(Measure, WithoutLabelsOnlyAgreementIsKnown) {
  const Executor exact = scores({{1, 0}, {1, 0}});
  const Values v = measured(Numbered(2, {}), scores({{1, 0}, {0, 1}}), &exact);
  EXPECT_FALSE(v.labelled);
  EXPECT_EQ(v.agreement, 0.5);
}

TEST(Measure, BatchesMakeNoDifference) {
  std::vector<std::vector<float>> table;
  std::vector<int64_t> labels;
  for (int k = 0; k < 23; ++k) {
    table.push_back({std::sin(1.0F * k), std::cos(2.0F * k), std::sin(3.0F * k)});
    labels.push_back(k % 3);
  }
  Numbered data(23, labels);
  MeasureOptions options;
  options.keep_outputs = true;
  for (int64_t batch : {1, 4, 23, 100}) {
    options.batch = batch;
    const Values v = measured(data, scores(table), nullptr, options);
    EXPECT_EQ(v.top1, measured(data, scores(table)).top1) << batch;
    const Tensor all = tensor::concatenate(v.outputs);
    ASSERT_EQ(all.shape(), (tensor::Shape{23, 3}));
    for (size_t k = 0; k < 23; ++k) EXPECT_EQ(all.data<float>()[3 * k], table[k][0]);
  }
  options.samples = 5;
  EXPECT_EQ(measured(data, scores(table), nullptr, options).samples, 5);
}

TEST(Measure, SaysWhatDoesNotFit) {
  const Executor two = scores({{1, 0}, {0, 1}});
  EXPECT_THAT(message_of([&] {
                measured(Numbered(2, std::vector<int64_t>{0, 2}), two);
              }),
              HasSubstr("numbered: error: sample 1 has label 2, but the network has 2 classes"));
  EXPECT_THAT(message_of([&] {
                measured(Numbered(2, std::vector<int64_t>{-1, 0}), two);
              }),
              HasSubstr("label -1"));
  MeasureOptions options;
  options.samples = 3;
  EXPECT_THAT(message_of([&] { measured(Numbered(2, {}), two, nullptr, options); }),
              HasSubstr("3 samples were asked for, but the set has 2"));
  network::Graph two_inputs = one_input();
  two_inputs.inputs.push_back(two_inputs.inputs[0]);
  EXPECT_THAT(message_of([&] { measure(two_inputs, Numbered(2, {}), two, nullptr, {}); }),
              HasSubstr("the network has 2 inputs"));
}

}  // namespace
}  // namespace ohmweave::report
