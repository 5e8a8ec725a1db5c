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

/// Whether class a comes before class b: the larger value, of equal ones the lower class; NaN last.
bool before(std::span<const float> scores, size_t a, size_t b) {
  const bool nan_a = std::isnan(scores[a]), nan_b = std::isnan(scores[b]);
  if (nan_a != nan_b) return nan_b;
  if (!nan_a && scores[a] != scores[b]) return scores[a] > scores[b];
  return a < b;
}

size_t best_class(std::span<const float> scores) {
  size_t best = 0;
  for (size_t k = 1; k < scores.size(); ++k) {
    if (before(scores, k, best)) best = k;
  }
  return best;
}

bool among_first(std::span<const float> scores, size_t label, int places) {
  int ahead = 0;
  for (size_t k = 0; k < scores.size() && ahead < places; ++k) ahead += k != label && before(scores, k, label);
  return ahead < places;
}

/// The first output of a batch as rows of class scores.
class Scores {
 public:
  Scores(const std::vector<Tensor>& outputs, int64_t batch)
      : values_(outputs.at(0).to(tensor::Element::Float32)),
        classes_(static_cast<size_t>(values_.size() / batch)) {
    OHMWEAVE_CHECK(values_.size() % batch == 0 && classes_ > 0, "an output does not divide into its samples");
  }
  std::span<const float> of(int64_t sample) const {
    return values_.data<float>().subspan(static_cast<size_t>(sample) * classes_, classes_);
  }
  size_t classes() const { return classes_; }

 private:
  Tensor values_;
  size_t classes_;
};

struct Counted {
  int64_t top1 = 0, top5 = 0;
  void add(std::span<const float> scores, size_t label) {
    top1 += best_class(scores) == label;
    top5 += among_first(scores, label, 5);
  }
};

size_t checked_label(const network::DataSet& data, int64_t sample, size_t classes) {
  const int64_t label = (*data.labels())[static_cast<size_t>(sample)];
  if (label < 0 || label >= static_cast<int64_t>(classes)) {
    base::fail(data.name(),
               fmt::format("sample {} has label {}, but the network has {} classes", sample, label, classes));
  }
  return static_cast<size_t>(label);
}

}  // namespace

Values measure(const network::Graph& network, const network::DataSet& data, const Executor& machine,
               const Executor* exact, const MeasureOptions& options) {
  if (network.inputs.size() != 1)
    base::fail(network.name,
               fmt::format("the network has {} inputs; a data set gives one", network.inputs.size()));
  if (options.samples > data.size())
    base::fail(data.name(),
               fmt::format("{} samples were asked for, but the set has {}", options.samples, data.size()));
  Values out;
  out.samples = options.samples > 0 ? options.samples : data.size();
  out.labelled = data.labels().has_value();
  out.data = data.name();
  const tensor::Shape& input = network.value(network.inputs[0]).shape;

  base::Progress progress("samples", out.samples);
  Counted ours, reference;
  int64_t agreed = 0;
  for (int64_t begin = 0; begin < out.samples; begin += options.batch) {
    const int64_t end = std::min(begin + options.batch, out.samples);
    const Tensor batch[] = {network::prepare(data, begin, end, options.preprocessing, input)};
    std::vector<Tensor> results = machine(batch);
    const Scores scores(results, end - begin);
    const Scores exact_scores = exact ? Scores((*exact)(batch), end - begin) : scores;
    for (int64_t k = 0; k < end - begin; ++k) {
      agreed += best_class(scores.of(k)) == best_class(exact_scores.of(k));
      if (!out.labelled) continue;
      const size_t label = checked_label(data, begin + k, scores.classes());
      ours.add(scores.of(k), label);
      reference.add(exact_scores.of(k), label);
    }
    if (options.keep_outputs) out.outputs.push_back(results[0].to(tensor::Element::Float32));
    try {
      progress.advance(end - begin);
    } catch (const base::Interrupted&) {
      out.samples = end;
      out.interrupted = true;
    }
  }
  auto fraction = [&](int64_t n) {
    return out.samples > 0 ? static_cast<double>(n) / static_cast<double>(out.samples) : 0.0;
  };
  out.top1 = fraction(ours.top1), out.top5 = fraction(ours.top5);
  out.reference_top1 = fraction(reference.top1), out.reference_top5 = fraction(reference.top5);
  out.agreement = fraction(agreed);
  return out;
}

}  // namespace ohmweave::report
