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
  value.name = "out";
  value.shape = {1, 3};
  g.outputs = {g.add_value(value)};
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
/// A set that outlives its feed.
class Borrowed : public network::DataSet {
 public:
  explicit Borrowed(const network::DataSet& of) : of_(of) {}
  const std::string& name() const override { return of_.name(); }
  int64_t size() const override { return of_.size(); }
  tensor::Shape sample_shape() const override { return of_.sample_shape(); }
  bool pictures() const override { return of_.pictures(); }
  Tensor samples(int64_t begin, int64_t end) const override { return of_.samples(begin, end); }
  const std::optional<std::vector<int64_t>>& labels() const override { return of_.labels(); }
  std::optional<Tensor> targets(int64_t begin, int64_t end) const override { return of_.targets(begin, end); }
  int64_t parts() const override { return of_.parts(); }

 private:
  const network::DataSet& of_;
};
Values measured_by(const network::Graph& network, const network::DataSet& data, const Executor& ours,
                   const Executor* exact = nullptr, const MeasureOptions& options = {}) {
  std::vector<network::InputData> inputs(1);
  inputs[0].set = std::make_unique<Borrowed>(data);
  return measure(network, network::Feed(network, std::move(inputs), {}), ours, exact, options);
}
Values measured(const network::DataSet& data, const Executor& ours, const Executor* exact = nullptr,
                const MeasureOptions& options = {}) {
  return measured_by(one_input(), data, ours, exact, options);
}
double figure(const Values& v, const std::string& key) { return v.find(key) ? v.find(key)->ours : NAN; }
double exact_figure(const Values& v, const std::string& key) { return v.find(key) ? v.find(key)->exact : NAN; }

TEST(Measure, CountsWhatIsRight) {
  Numbered data(4, std::vector<int64_t>{0, 1, 2, 0});
  const Executor ours = scores({{9, 1, 1}, {1, 9, 1}, {9, 1, 1}, {1, 9, 5}});
  const Executor exact = scores({{9, 1, 1}, {1, 9, 1}, {1, 1, 9}, {9, 1, 1}});
  const Values v = measured(data, ours, &exact);
  EXPECT_EQ(v.samples, 4);
  EXPECT_EQ(v.metric, MetricKind::Top1);
  EXPECT_EQ(figure(v, "top1"), 0.5);
  EXPECT_EQ(exact_figure(v, "top1"), 1);
  EXPECT_EQ(figure(v, "top5"), 1);  // of three classes
  EXPECT_EQ(v.agreement, 0.5);
  EXPECT_EQ(v.data, "numbered");
}

TEST(Measure, OfEqualScoresTheLowestClassWins) {
  Numbered data(2, std::vector<int64_t>{0, 1});
  const Values v = measured(data, scores({{5, 5, 5}, {5, 5, 5}}));
  EXPECT_EQ(figure(v, "top1"), 0.5);
}

TEST(Measure, TopFiveCountsTiesAsRanks) {
  Numbered data(3, std::vector<int64_t>{4, 5, 6});
  const std::vector<float> flat(7, 1);
  EXPECT_DOUBLE_EQ(figure(measured(data, scores({flat, flat, flat})), "top5"),
                   1.0 / 3);  // classes 0 to 4 come first
}

TEST(Measure, NaNLosesToEveryNumber) {
  const float least = -std::numeric_limits<float>::infinity();
  Numbered data(3, std::vector<int64_t>{1, 0, 0});
  const Values v = measured(data, scores({{kNaN, least, kNaN}, {kNaN, kNaN, kNaN}, {kNaN, 1, 2}}));
  EXPECT_DOUBLE_EQ(figure(v, "top1"), 2.0 / 3);  // nothing but NaN: the lowest class, right by chance
}

TEST(Measure, WithoutReferenceTheExecutorIsIt) {
  Numbered data(2, std::vector<int64_t>{0, 0});
  const Values v = measured(data, scores({{1, 0}, {0, 1}}));
  EXPECT_EQ(figure(v, "top1"), 0.5);
  EXPECT_EQ(exact_figure(v, "top1"), 0.5);
  EXPECT_EQ(v.agreement, 1);
}

TEST(Measure, ExactOutputsAreLeftOutWhereNothingIsComparedWithThem) {
  const std::vector<std::vector<float>> rows{{1, 0}, {0, 1}};
  int asked = 0;
  const Executor exact = [&](std::span<const Tensor> inputs) { return ++asked, scores(rows)(inputs); };
  MeasureOptions options;
  Numbered data(2, std::vector<int64_t>{0, 0});
  EXPECT_TRUE(measured(data, scores(rows), &exact, options).compared);
  EXPECT_EQ(asked, 1);
  options.compares = false;
  const Values v = measured(data, scores(rows), &exact, options);
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(v.compared);
  EXPECT_FALSE(v.agreement);
  EXPECT_EQ(figure(v, "top1"), 0.5);
}

TEST(Measure, WithoutLabelsOnlyAgreementIsKnown) {
  const Executor exact = scores({{1, 0}, {1, 0}});
  const Values v = measured(Numbered(2, {}), scores({{1, 0}, {0, 1}}), &exact);
  EXPECT_EQ(v.metric, MetricKind::None);
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
    EXPECT_EQ(figure(v, "top1"), figure(measured(data, scores(table)), "top1")) << batch;
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
  options.samples = 0;
  options.metric.kind = MetricKind::Top1;
  EXPECT_THAT(message_of([&] { measured(Numbered(2, {}), two, nullptr, options); }),
              HasSubstr("--metric top1 needs a label"));
  options.metric.kind = MetricKind::NextToken;
  EXPECT_THAT(message_of([&] { measured(Numbered(2, {}), two, nullptr, options); }),
              HasSubstr("takes no whole numbers"));
}

/// Rows of any array as samples, with what is right.
class Rows : public network::DataSet {
 public:
  Rows(Tensor rows, std::optional<Tensor> targets, std::optional<std::vector<int64_t>> labels = {},
       int64_t parts = 1)
      : rows_(std::move(rows)), targets_(std::move(targets)), labels_(std::move(labels)), parts_(parts) {}
  const std::string& name() const override { return name_; }
  int64_t size() const override { return rows_.dim(0); }
  tensor::Shape sample_shape() const override { return {rows_.shape().begin() + 1, rows_.shape().end()}; }
  bool pictures() const override { return false; }
  Tensor samples(int64_t begin, int64_t end) const override { return rows_.slice(begin, end); }
  const std::optional<std::vector<int64_t>>& labels() const override { return labels_; }
  std::optional<Tensor> targets(int64_t begin, int64_t end) const override {
    return targets_ ? std::optional(targets_->slice(begin, end)) : std::nullopt;
  }
  int64_t parts() const override { return parts_; }

 private:
  std::string name_ = "rows";
  Tensor rows_;
  std::optional<Tensor> targets_;
  std::optional<std::vector<int64_t>> labels_;
  int64_t parts_;
};
network::Graph network_of(tensor::Element element, const tensor::Shape& in, const tensor::Shape& out) {
  network::Graph g;
  g.name = "net";
  network::Value value;
  value.name = "in";
  value.element = element;
  value.shape = in;
  g.inputs = {g.add_value(value)};
  value.name = "out";
  value.element = tensor::Element::Float32;
  value.shape = out;
  g.outputs = {g.add_value(value)};
  return g;
}

/// Closed forms: a model that gives token t + 1 the logit ln 3 and the other two 0 has the probability 3 / 5
/// for it.
TEST(Measure, NextTokensHaveTheirLikelihood) {
  const network::Graph g = network_of(tensor::Element::Int64, {1, 4}, {1, 4, 3});
  const Executor counts = [](std::span<const Tensor> in) {
    Tensor out(tensor::Element::Float32, {in[0].dim(0), 4, 3});
    const auto ids = in[0].data<int64_t>();
    for (size_t k = 0; k < ids.size(); ++k)
      out.mutable_data<float>()[3 * k + static_cast<size_t>(ids[k] + 1) % 3] = std::log(3.0F);
    return std::vector{out};
  };
  const Rows ids(Tensor::of<int64_t>({2, 4}, std::vector<int64_t>{0, 1, 2, 0, 1, 2, 2, 2}), {});
  const Values v = measured_by(g, ids, counts);
  EXPECT_EQ(v.metric, MetricKind::NextToken);
  EXPECT_EQ(figure(v, "predicted_tokens"), 6);
  EXPECT_NEAR(figure(v, "next_token_accuracy"), 4.0 / 6, 1e-12);
  const double nll = (4 * std::log(5.0 / 3) + 2 * std::log(5.0)) / 6;
  EXPECT_NEAR(figure(v, "nll_per_token"), nll, 1e-7);
  EXPECT_NEAR(figure(v, "bits_per_token"), nll / std::log(2), 1e-7);
  EXPECT_NEAR(figure(v, "perplexity"), std::exp(nll), 1e-6);
  MeasureOptions options;
  options.metric.padding = 2;  // only 0 -> 1, 2 -> 0 are left
  EXPECT_EQ(figure(measured_by(g, ids, counts, nullptr, options), "predicted_tokens"), 2);
  const Rows told(Tensor::of<int64_t>({1, 4}, std::vector<int64_t>{0, 1, 2, 0}),
                  Tensor::of<int32_t>({1, 4}, std::vector<int32_t>{1, -100, -100, 2}));
  const Values t = measured_by(g, told, counts);
  EXPECT_EQ(figure(t, "predicted_tokens"), 2);
  EXPECT_EQ(figure(t, "next_token_accuracy"), 0.5);
}

TEST(Measure, ReconstructionsHaveAnErrorAndRankSamples) {
  const network::Graph g = network_of(tensor::Element::Float32, {1, 4}, {1, 4});
  const Executor zero = [](std::span<const Tensor> in) {
    return std::vector{Tensor(tensor::Element::Float32, in[0].shape())};
  };
  const Tensor rows =
      Tensor::of<float>({4, 4}, std::vector<float>{1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 2, 3, 3, 3, 3});
  const Values v = measured_by(g, Rows(rows, {}, std::vector<int64_t>{0, 1, 0, 1}), zero);
  EXPECT_EQ(v.metric, MetricKind::Reconstruction);
  EXPECT_EQ(figure(v, "mean_squared_error"), (1 + 4 + 1 + 9) / 4.0);
  EXPECT_EQ(figure(v, "auc"), 1);
  EXPECT_FALSE(v.agreement);
  EXPECT_EQ(figure(measured_by(g, Rows(rows, {}, std::vector<int64_t>{0, 1, 1, 0}), zero), "auc"),
            0.25 + 0.125);
  const Rows pieces(rows, {}, std::vector<int64_t>{1, 1, 0, 0}, 2);  // errors 2.5 and 5
  EXPECT_EQ(figure(measured_by(g, pieces, zero), "auc"), 0);
  const Values told = measured_by(g, Rows(rows, rows), zero);
  EXPECT_EQ(figure(told, "mean_squared_error"), (1 + 4 + 1 + 9) / 4.0);
  EXPECT_EQ(told.find("auc"), nullptr);
}

TEST(Measure, DistanceIsThatOfTheExactOutputs) {
  const Executor exact = scores({{3, 0, 4}, {0, 0, 0}}), ours = scores({{3, 1, 4}, {0, 0, 0}});
  EXPECT_NEAR(measured(Numbered(2, {}), ours, &exact).distance, 0.2, 1e-12);
  EXPECT_EQ(measured(Numbered(2, {}), exact, &exact).distance, 0);
}

}  // namespace
}  // namespace ohmweave::report
