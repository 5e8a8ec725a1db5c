// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/metric.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"

namespace ohmweave::report {
namespace {

using network::DataSet;
using tensor::Element;
using tensor::Tensor;

/// Whether class a comes before class b: the larger value, of equal ones the lower class; NaN last.
bool before(std::span<const float> scores, size_t a, size_t b) {
  const bool nan_a = std::isnan(scores[a]), nan_b = std::isnan(scores[b]);
  if (nan_a != nan_b) return nan_b;
  if (!nan_a && scores[a] != scores[b]) return scores[a] > scores[b];
  return a < b;
}
bool among_first(std::span<const float> scores, size_t label, int places) {
  int ahead = 0;
  for (size_t k = 0; k < scores.size() && ahead < places; ++k) ahead += k != label && before(scores, k, label);
  return ahead < places;
}
double share(int64_t n, int64_t of) { return of > 0 ? static_cast<double>(n) / static_cast<double>(of) : 0; }

bool is_real(Element element) {
  return element == Element::Float32 || element == Element::Float64 || element == Element::Float16;
}

class Top1 : public Metric {
 public:
  explicit Top1(const DataSet& data) : data_(data), classes_(data.class_names().size()) {
    for (size_t k = 0; k < classes_.size(); ++k) classes_[k].name = data.class_names()[k];
  }
  void add(const Outcome& o) override {
    const size_t each = o.outputs.size() / static_cast<size_t>(o.samples);
    for (int64_t k = 0; k < o.samples; ++k) {
      const int64_t label = (*data_.labels())[static_cast<size_t>(o.begin + k)];
      if (label < 0 || label >= static_cast<int64_t>(each))
        base::fail(data_.name(), fmt::format("sample {} has label {}, but the network has {} classes",
                                             o.begin + k, label, each));
      const auto scores = o.outputs.subspan(static_cast<size_t>(k) * each, each);
      const auto right = static_cast<size_t>(label);
      const bool first = best_class(scores) == right;
      ++samples_;
      top1_ += first;
      top5_ += among_first(scores, right, 5);
      if (right >= classes_.size()) continue;
      ++classes_[right].samples;
      classes_[right].right += first;
    }
  }
  std::vector<Figure> figures() const override {
    return {{"top1", "top-1", Figure::Kind::Fraction, share(top1_, samples_)},
            {"top5", "top-5", Figure::Kind::Fraction, share(top5_, samples_)}};
  }
  std::vector<ClassResult> classes() const override { return classes_; }

 private:
  const DataSet& data_;
  int64_t samples_ = 0, top1_ = 0, top5_ = 0;
  std::vector<ClassResult> classes_;
};

/// log(sum(exp)), without overflow.
double log_sum_exp(std::span<const float> scores) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (float s : scores) sum += std::exp(s - most);
  return most + std::log(sum);
}

class NextToken : public Metric {
 public:
  NextToken(const DataSet& data, int64_t tokens, std::optional<int64_t> padding)
      : data_(data), tokens_(static_cast<size_t>(tokens)), padding_(padding) {}

  void add(const Outcome& o) override {
    const std::optional<Tensor> given = data_.targets(o.begin, o.begin + o.samples);
    const Tensor numbers = (given ? *given : o.input).to(Element::Int64);
    const auto all = numbers.data<int64_t>();
    const size_t places = all.size() / static_cast<size_t>(o.samples), shift = given ? 0 : 1;
    const size_t each = o.outputs.size() / static_cast<size_t>(o.samples);
    if (each != places * tokens_)
      base::fail(data_.name(), fmt::format("{} targets a sample, but the network gives {} places of {} tokens",
                                           places, each / tokens_, tokens_));
    for (int64_t k = 0; k < o.samples; ++k) {
      const auto targets = all.subspan(static_cast<size_t>(k) * places, places);
      for (size_t t = 0; t + shift < places; ++t)
        add(o.outputs.subspan(static_cast<size_t>(k) * each + t * tokens_, tokens_), targets[t + shift],
            o.begin + k);
    }
  }
  std::vector<Figure> figures() const override {
    const double nll = predicted_ > 0 ? nll_ / static_cast<double>(predicted_) : 0;
    return {{"next_token_accuracy", "next token right", Figure::Kind::Fraction, share(right_, predicted_)},
            {"nll_per_token", "nats per token", Figure::Kind::Number, nll},
            {"bits_per_token", "bits per token", Figure::Kind::Number, nll / std::log(2.0)},
            {"perplexity", "perplexity", Figure::Kind::Number, std::exp(nll)},
            {"predicted_tokens", "tokens predicted", Figure::Kind::Count, static_cast<double>(predicted_)}};
  }

 private:
  void add(std::span<const float> scores, int64_t target, int64_t sample) {
    if (target < 0 || target == padding_) return;
    if (target >= static_cast<int64_t>(tokens_))
      base::fail(data_.name(),
                 fmt::format("sample {} has token {}, but the network knows {}", sample, target, tokens_));
    const auto right = static_cast<size_t>(target);
    nll_ += log_sum_exp(scores) - scores[right];
    right_ += best_class(scores) == right;
    ++predicted_;
  }

  const DataSet& data_;
  size_t tokens_;
  std::optional<int64_t> padding_;
  double nll_ = 0;
  int64_t predicted_ = 0, right_ = 0;
};

class Reconstruction : public Metric {
 public:
  explicit Reconstruction(const DataSet& data) : data_(data) {}
  void add(const Outcome& o) override {
    const std::optional<Tensor> given = data_.targets(o.begin, o.begin + o.samples);
    const Tensor wanted = (given ? *given : o.input).to(Element::Float32);
    const auto values = wanted.data<float>();
    if (values.size() != o.outputs.size())
      base::fail(data_.name(), fmt::format("{} values a sample to compare with, but the network gives {}",
                                           static_cast<int64_t>(values.size()) / o.samples,
                                           static_cast<int64_t>(o.outputs.size()) / o.samples));
    const size_t each = values.size() / static_cast<size_t>(o.samples);
    for (size_t k = 0; k < static_cast<size_t>(o.samples); ++k) {
      double sum = 0;
      for (size_t i = k * each; i < (k + 1) * each; ++i) {
        const double off = double{o.outputs[i]} - double{values[i]};
        sum += off * off;
      }
      errors_.push_back(sum / static_cast<double>(each));
    }
  }
  std::vector<Figure> figures() const override {
    const auto parts = static_cast<size_t>(data_.parts());
    std::vector<double> scores;  // of whole samples
    for (size_t k = 0; k + parts <= errors_.size(); k += parts)
      scores.push_back(std::accumulate(errors_.begin() + static_cast<std::ptrdiff_t>(k),
                                       errors_.begin() + static_cast<std::ptrdiff_t>(k + parts), 0.0) /
                       static_cast<double>(parts));
    const double all = std::accumulate(errors_.begin(), errors_.end(), 0.0);
    std::vector<Figure> out{{"mean_squared_error", "mean squared error", Figure::Kind::Number,
                             errors_.empty() ? 0 : all / static_cast<double>(errors_.size())}};
    if (const std::optional<double> area = auc(scores))
      out.push_back({"auc", "AUC", Figure::Kind::Number, *area});
    return out;
  }

 private:
  /// How often a sample of label 1 has a larger error than one of label 0 (Mann and Whitney 1947); ties count
  /// half.
  std::optional<double> auc(const std::vector<double>& scores) const {
    if (!data_.labels()) return std::nullopt;
    std::vector<double> ones, zeros;
    for (size_t k = 0; k < scores.size(); ++k) {
      const int64_t label = (*data_.labels())[k * static_cast<size_t>(data_.parts())];
      if (label > 1) return std::nullopt;
      (label == 1 ? ones : zeros).push_back(scores[k]);
    }
    if (ones.empty() || zeros.empty()) return std::nullopt;
    std::sort(zeros.begin(), zeros.end());
    double wins = 0;
    for (double s : ones) {
      const auto [low, high] = std::equal_range(zeros.begin(), zeros.end(), s);
      wins += static_cast<double>(low - zeros.begin()) + 0.5 * static_cast<double>(high - low);
    }
    return wins / (static_cast<double>(ones.size()) * static_cast<double>(zeros.size()));
  }

  const DataSet& data_;
  std::vector<double> errors_;  // of every sample (or window), in order
};

class Nothing : public Metric {
  void add(const Outcome&) override {}
  std::vector<Figure> figures() const override { return {}; }
};

const network::Value& output_of(const network::Graph& network) { return network.value(network.outputs[0]); }
const network::Value& input_of(const network::Graph& network) { return network.value(network.inputs[0]); }
int64_t last_extent(const network::Graph& network) {
  const tensor::Shape& shape = output_of(network).shape;
  return shape.empty() ? 1 : shape.back();
}
bool reads_tokens(const network::Graph& network) {
  const tensor::Shape &in = input_of(network).shape, &out = output_of(network).shape;
  return !is_real(input_of(network).element) && out.size() == in.size() + 1 && last_extent(network) > 1 &&
         tensor::count(out) == tensor::count(in) * last_extent(network);
}
bool gives_like_input(const network::Graph& network) {
  const tensor::Shape &in = input_of(network).shape, &out = output_of(network).shape;
  return is_real(input_of(network).element) && tensor::count(in) == tensor::count(out) &&
         tensor::count(out) > 2;
}

}  // namespace

size_t best_class(std::span<const float> scores) {
  size_t best = 0;
  for (size_t k = 1; k < scores.size(); ++k) {
    if (before(scores, k, best)) best = k;
  }
  return best;
}

MetricKind suggested_metric(const network::Graph& network, const network::Feed& feed) {
  const DataSet& data = feed.answers();
  if (data.labels()) {
    const bool flags =
        std::all_of(data.labels()->begin(), data.labels()->end(), [](int64_t l) { return l <= 1; });
    return flags && gives_like_input(network) ? MetricKind::Reconstruction : MetricKind::Top1;
  }
  if (const std::optional<Tensor> targets = data.targets(0, 1))
    return is_real(targets->element()) ? MetricKind::Reconstruction : MetricKind::NextToken;
  if (reads_tokens(network)) return MetricKind::NextToken;
  return gives_like_input(network) ? MetricKind::Reconstruction : MetricKind::None;
}

std::unique_ptr<Metric> make_metric(MetricKind kind, const network::Graph& network, const network::Feed& feed,
                                    const MetricOptions& options) {
  const DataSet& data = feed.answers();
  switch (kind) {
    case MetricKind::None:
      return std::make_unique<Nothing>();
    case MetricKind::Top1:
      if (!data.labels())
        base::fail(data.name(), "--metric top1 needs a label for every sample, as in npy:X.npy,LABELS.npy");
      return std::make_unique<Top1>(data);
    case MetricKind::NextToken:
      if (!data.targets(0, 1) && is_real(input_of(network).element))
        base::fail(data.name(), fmt::format("--metric next-token compares with the tokens that follow, but the "
                                            "network's input '{}' takes no whole numbers, and the data have no "
                                            "targets",
                                            input_of(network).name));
      return std::make_unique<NextToken>(data, last_extent(network), options.padding);
    case MetricKind::Reconstruction:
      return std::make_unique<Reconstruction>(data);
  }
  OHMWEAVE_CHECK(false, "an unknown metric");
  return nullptr;
}

}  // namespace ohmweave::report
