// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/network/picture.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::network {

/// value = (pixel / div - mean) / std, per channel; then the order of axes the network takes.
struct Preprocessing {
  double div = 1;
  std::vector<double> mean{0}, std{1};  // one for all channels or one per channel
  bool bgr = false;                     // swap the first and last channel
  bool transpose_hw = false;            // swap rows and columns
  bool nhwc = false;                    // the network takes N x H x W x C
};

/// Samples with labels, read part by part: a set may be larger than memory.
class DataSet {
 public:
  virtual ~DataSet() = default;
  virtual const std::string& name() const = 0;  // as in reports: "mnist (t10k, 10000 samples)"
  virtual int64_t size() const = 0;
  virtual tensor::Shape sample_shape()
      const = 0;                      // pictures H x W x C; anything else as stored, without the batch
  virtual bool pictures() const = 0;  // whether pixels, so that bgr, transpose and layout mean something
  /// Raw samples [begin, end), elements as they are stored.
  virtual tensor::Tensor samples(int64_t begin, int64_t end) const = 0;
  /// Class of every sample, if the set has labels.
  virtual const std::optional<std::vector<int64_t>>& labels() const = 0;
  /// What the network should make of samples [begin, end), where that is more than a class: values, or a class
  /// for every place of its output (negative: none). Nothing if the set does not say.
  virtual std::optional<tensor::Tensor> targets(int64_t begin, int64_t end) const;
  /// How many samples in a row are pieces of one that was cut; what is said of it is said of them together.
  virtual int64_t parts() const { return 1; }
  /// What the classes are called, by number; empty if only numbers are known.
  virtual const std::vector<std::string>& class_names() const;
  /// The split to calibrate on, where the set has one of its own.
  virtual std::unique_ptr<DataSet> training_split() const { return nullptr; }
};

/// Opens `digits`, `mnist:DIR[:train]`, `cifar10:FILE|DIR`, `pictures:DIR[,LABELS.csv]`, `npy:X.npy[,LABELS]`,
/// `npz:FILE` (docs/data.md). Throws base::Failure; `how` is for pictures only.
std::unique_ptr<DataSet> open_data(const std::string& spec, const PictureOptions& how = {});
/// Whether a text begins like what open_data() takes: with a kind of data set.
bool is_data_spec(const std::string& text);

/// Samples [begin, end) as the network's input of shape `input` (batch first; its batch extent is ignored):
/// float32, preprocessed, in its layout. Failure if the elements do not fit the shape: it says both and what to
/// try.
tensor::Tensor prepare(const DataSet& data, int64_t begin, int64_t end, const Preprocessing& how,
                       const tensor::Shape& input);

/// The procedural digits: 28 x 28 grey pictures of 0 to 9, drawn from strokes under random slant, size, weight,
/// shift and noise. Sample k of a split is the same on every machine and in every order.
std::unique_ptr<DataSet> make_digits(int64_t samples, bool training, uint64_t seed = 1);

/// NumPy's .npy, versions 1 to 3, any order of axes and bytes; and arrays inside .npz (stored or deflated).
tensor::Tensor read_npy(const std::string& path);
std::string write_npy(const tensor::Tensor& tensor);
std::vector<std::pair<std::string, tensor::Tensor>> read_npz(const std::string& path);

}  // namespace ohmweave::network
