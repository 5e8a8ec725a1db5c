// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/measure.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/progress.h"

namespace ohmweave::report {
namespace {

using tensor::Tensor;

/// The first output of a batch.
class Outputs {
 public:
  Outputs(const std::vector<Tensor>& results, int64_t samples)
      : values_(results.at(0).to(tensor::Element::Float32)) {
    OHMWEAVE_CHECK(values_.size() > 0 && values_.size() % samples == 0,
                   "an output does not divide into its samples");
  }
  std::span<const float> values() const { return values_.data<float>(); }
  const Tensor& tensor() const { return values_; }

 private:
  Tensor values_;
};

/// How far the machine's outputs are from the exact ones, and how often both choose the same class.
class Comparison {
 public:
  /// `classes` values make a row that a class is chosen of; 0: nothing is chosen.
  explicit Comparison(size_t classes) : classes_(classes) {}
  void add(std::span<const float> ours, std::span<const float> exact) {
    for (size_t k = 0; k < ours.size(); ++k) {
      const double off = double{ours[k]} - double{exact[k]};
      off_ += off * off;
      all_ += double{exact[k]} * double{exact[k]};
    }
    for (size_t k = 0; classes_ > 0 && k + classes_ <= ours.size(); k += classes_) {
      same_ += best_class(ours.subspan(k, classes_)) == best_class(exact.subspan(k, classes_));
      ++rows_;
    }
  }
  std::optional<double> agreement() const {
    if (classes_ == 0) return std::nullopt;
    return rows_ > 0 ? static_cast<double>(same_) / static_cast<double>(rows_) : 0.0;
  }
  double distance() const { return off_ == 0 ? 0 : std::sqrt(off_ / all_); }

 private:
  size_t classes_;
  double off_ = 0, all_ = 0;
  int64_t same_ = 0, rows_ = 0;
};

/// Values that a class is chosen of, in the sense of the metric. Without one, outputs of one axis beside the
/// samples are taken for classes.
size_t row_of_classes(MetricKind kind, const network::Graph& network, size_t per_sample) {
  const tensor::Shape& shape = network.value(network.outputs[0]).shape;
  if (kind == MetricKind::Top1) return per_sample;
  if (kind == MetricKind::NextToken) return shape.empty() ? 1 : static_cast<size_t>(shape.back());
  const auto wide =
      std::count_if(shape.begin() + (shape.empty() ? 0 : 1), shape.end(), [](int64_t n) { return n > 1; });
  return kind == MetricKind::None && wide <= 1 ? per_sample : 0;
}

}  // namespace

const Figure* Values::find(std::string_view key) const {
  const auto at = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.key == key; });
  return at == figures.end() ? nullptr : &*at;
}

Values measure(const network::Graph& network, const network::Feed& feed, const Executor& machine,
               const Executor* exact, const MeasureOptions& options) {
  if (options.samples > feed.size())
    base::fail(feed.name(),
               fmt::format("{} samples were asked for, but the set has {}", options.samples, feed.size()));
  Values out;
  out.samples = options.samples > 0 ? options.samples : feed.size();
  out.data = feed.name();
  out.metric = options.metric.kind ? *options.metric.kind : suggested_metric(network, feed);
  const std::unique_ptr<Metric> ours = make_metric(out.metric, network, feed, options.metric),
                                reference = make_metric(out.metric, network, feed, options.metric);
  const int64_t batch = feed.whole() ? 1 : options.batch;

  base::Progress progress("samples", out.samples, !options.quiet);
  std::optional<Comparison> comparison;
  for (int64_t begin = 0; begin < out.samples; begin += batch) {
    const int64_t end = std::min(begin + batch, out.samples), count = end - begin;
    const std::vector<Tensor> inputs = feed.batch(begin, end);
    const Outputs results(machine(inputs), count);
    ours->add({results.values(), inputs[0], begin, count});
    if (options.compares) {
      const Outputs exact_results = exact ? Outputs((*exact)(inputs), count) : results;
      if (!comparison)
        comparison.emplace(
            row_of_classes(out.metric, network, results.values().size() / static_cast<size_t>(count)));
      comparison->add(results.values(), exact_results.values());
      reference->add({exact_results.values(), inputs[0], begin, count});
    }
    if (options.keep_outputs) out.outputs.push_back(results.tensor());
    try {
      progress.advance(count);
    } catch (const base::Interrupted&) {
      out.samples = end;
      out.interrupted = true;
    }
  }
  out.figures = ours->figures();
  const std::vector<Figure> theirs = reference->figures();
  for (size_t k = 0; k < out.figures.size(); ++k) out.figures[k].exact = theirs[k].ours;
  out.classes = ours->classes();
  out.compared = options.compares;
  if (comparison) {
    out.agreement = comparison->agreement();
    out.distance = comparison->distance();
  }
  return out;
}

}  // namespace ohmweave::report
