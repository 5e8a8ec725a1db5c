// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ohmweave/network/data.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// Pieces that long samples are cut into, each a sample of its own.
struct Windows {
  int64_t length = 0;  // elements; 0: samples are not cut
  int64_t step = 0;    // from the start of one to that of the next
};

/// A data set and the input of the network that it is for.
struct InputData {
  std::string input;  // empty: the only one, or the first
  std::string spec;   // as the user wrote it, without the input
  std::unique_ptr<DataSet> set;
};
/// Opens what options say: `SPEC` or `INPUT=SPEC`, each as open_data() takes it. Throws base::Failure.
std::vector<InputData> open_inputs(const std::vector<std::string>& options, const PictureOptions& pictures,
                                   const Windows& windows = {});
/// The shape that an input would have to have for its samples, one at a time: pictures in the network's order.
tensor::Shape natural_shape(const DataSet& set, const Preprocessing& how);

/// What a network is fed with: a data set for each of its inputs, sample k of all of them together.
class Feed {
 public:
  /// `graph` must outlive it. Preprocessing is for the first input and for pictures; the other inputs, and
  /// those of whole numbers, are fed as they are stored. One archive without an input's name gives a network
  /// with several inputs the arrays of their names. Failure: inputs without data, data without an input, sets
  /// of different size, samples that do not fit.
  Feed(const Graph& graph, std::vector<InputData> data, const Preprocessing& how);

  const std::string& name() const { return name_; }
  int64_t size() const { return sets_[0]->size(); }
  /// Whether one sample fills the first input, whatever its axes are: such a network computes one sample at a
  /// time.
  bool whole() const { return whole_; }
  /// The inputs for samples [begin, end), in the network's order and types; of whole() ones one sample.
  std::vector<tensor::Tensor> batch(int64_t begin, int64_t end) const;
  /// The set that says what is right: the first with labels or targets, else the first.
  const DataSet& answers() const { return *sets_[answers_]; }
  /// The training split of all sets; nothing if one has none.
  std::unique_ptr<Feed> training_split() const;

 private:
  Feed(const Graph& graph, std::vector<std::unique_ptr<DataSet>> sets, const Preprocessing& how);
  void check();
  tensor::Tensor input(size_t k, int64_t begin, int64_t end) const;

  const Graph& graph_;
  std::vector<std::unique_ptr<DataSet>> sets_;  // by input
  Preprocessing how_;
  std::string name_;
  size_t answers_ = 0;
  bool whole_ = false;
};

}  // namespace ohmweave::network
