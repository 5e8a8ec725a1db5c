// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/config/value.h"
#include "ohmweave/network/feed.h"

namespace ohmweave::report {

/// What the outputs of a network are compared with.
enum class MetricKind {
  None,            // nothing: only with the exact reference's
  Top1,            // classes: the sample's label
  NextToken,       // a class for every place: the token that follows, or the set's targets
  Reconstruction,  // values: the set's targets, or the input itself
};

/// A figure that a metric gives, of the machine and of the exact reference.
struct Figure {
  std::string key;   // in JSON, where the reference's is "reference_" + key
  std::string name;  // for people
  enum class Kind { Fraction, Number, Count } kind = Kind::Number;
  double ours = 0, exact = 0;
};

/// How often samples of a class were right.
struct ClassResult {
  std::string name;
  int64_t samples = 0, right = 0;
};

/// A batch, and what is known of it.
struct Outcome {
  std::span<const float> outputs;  // of the network's first output, sample by sample
  const tensor::Tensor& input;     // the first of the network, as it was fed
  int64_t begin = 0, samples = 0;  // in the data set
};

/// Compares outputs with what is right, batch by batch.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual void add(const Outcome& outcome) = 0;
  /// Keys and names, with values in `ours`.
  virtual std::vector<Figure> figures() const = 0;
  virtual std::vector<ClassResult> classes() const { return {}; }
};

struct MetricOptions {
  std::optional<MetricKind> kind;  // none: as the data suggest
  std::optional<int64_t> padding;  // the token that fills sequences up: it is not predicted
};

/// Which metric data and outputs suggest: labels for classes (for reconstructions, where a network gives as
/// many values as it takes and labels are 0 and 1), targets of whole numbers or inputs of tokens for next
/// tokens, other targets or an output like the input for reconstruction.
MetricKind suggested_metric(const network::Graph& network, const network::Feed& feed);
/// Failure: the data have not what the metric compares with.
std::unique_ptr<Metric> make_metric(MetricKind kind, const network::Graph& network, const network::Feed& feed,
                                    const MetricOptions& options);

/// The position of the largest of some scores: of equal ones the first; NaN loses to every number.
size_t best_class(std::span<const float> scores);

}  // namespace ohmweave::report

template <>
struct ohmweave::config::Words<ohmweave::report::MetricKind> {
  using enum ohmweave::report::MetricKind;
  static constexpr std::pair<std::string_view, ohmweave::report::MetricKind> values[] = {
      {"none", None}, {"top1", Top1}, {"next-token", NextToken}, {"reconstruction", Reconstruction}};
};
