// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/data_sets.h"
#include "ohmweave/network/npy.h"

namespace ohmweave::network {
namespace {

using tensor::Element;

std::vector<int64_t> read_labels(const NpyArray& array, const std::string& samples_name, int64_t samples) {
  const tensor::Shape& shape = array.shape();
  bool one_per_sample = !shape.empty() && tensor::count(shape) == shape[0];  // N, or N x 1
  if (!one_per_sample)
    base::fail(array.name(),
               fmt::format("labels are one class number per sample; this is {}", tensor::print(shape)));
  if (shape[0] < samples)  // more of them are those of a whole set of which the samples are the first
    base::fail(array.name(),
               fmt::format("holds {} labels, but {} holds {} samples", shape[0], samples_name, samples));
  tensor::Tensor numbers = array.whole().slice(0, samples).to(Element::Float64);
  std::vector<int64_t> labels;
  for (double x : numbers.data<double>()) {
    constexpr double kMost = 1 << 30;
    if (!(x >= 0 && x <= kMost && x == std::floor(x))) {
      base::fail(array.name(),
                 fmt::format("label {} is {}; class numbers are whole and not negative", labels.size(), x));
    }
    labels.push_back(static_cast<int64_t>(x));
  }
  return labels;
}

/// Samples along the first axis of an array.
class ArraySet : public NamedDataSet {
 public:
  ArraySet(std::string name, NpyArray samples, const std::optional<NpyArray>& labels)
      : array_(std::move(samples)) {
    const tensor::Shape& shape = array_.shape();
    if (shape.empty() || tensor::count(shape) == 0)
      base::fail(array_.name(), fmt::format("holds no samples: its shape is {}", tensor::print(shape)));
    size_ = shape[0];
    sample_shape_.assign(shape.begin() + 1, shape.end());
    pictures_ = shape.size() == 4 || (shape.size() == 3 && array_.element() == Element::UInt8);
    if (pictures_ && shape.size() == 3) sample_shape_.push_back(1);
    if (labels) labels_ = read_labels(*labels, array_.name(), size_);
    name_ = fmt::format("{} ({} samples)", name, size_);
  }

  tensor::Tensor samples(int64_t begin, int64_t end) const override {
    tensor::Tensor rows = array_.rows(begin, end);
    tensor::Shape shape = sample_shape_;
    shape.insert(shape.begin(), end - begin);
    return (rows.element() == Element::UInt8 ? rows : rows.to(Element::Float32)).reshaped(shape);
  }

 private:
  NpyArray array_;
};

/// Names of samples and labels that archives are known to use, with those of their training part.
struct Pair {
  std::string samples, labels, training_samples, training_labels;
};
const Pair kPairs[] = {{"x_test", "y_test", "x_train", "y_train"},
                       {"test_images", "test_labels", "train_images", "train_labels"},
                       {"x", "y", "", ""},
                       {"images", "labels", "", ""},
                       {"data", "labels", "", ""}};

class ArchiveSet : public ArraySet {
 public:
  ArchiveSet(const NpzArchive& archive, std::string path, const std::string& samples, const std::string& labels)
      : ArraySet(fmt::format("{} ({})", std::filesystem::path(path).filename().string(), samples),
                 archive.array(samples),
                 archive.holds(labels) ? std::optional(archive.array(labels)) : std::nullopt),
        path_(std::move(path)),
        samples_(samples) {}

  std::unique_ptr<DataSet> training_split() const override {
    for (const Pair& pair : kPairs) {
      if (pair.samples != samples_ || pair.training_samples.empty()) continue;
      NpzArchive archive(path_);
      if (!archive.holds(pair.training_samples)) continue;
      return std::make_unique<ArchiveSet>(archive, path_, pair.training_samples, pair.training_labels);
    }
    return nullptr;
  }

 private:
  std::string path_, samples_;
};

}  // namespace

std::unique_ptr<DataSet> open_npy_set(const std::string& samples, const std::string& labels) {
  NpyArray array(std::make_shared<const ByteFile>(samples));
  std::optional<NpyArray> classes;
  if (!labels.empty()) classes.emplace(std::make_shared<const ByteFile>(labels));
  return std::make_unique<ArraySet>(std::filesystem::path(samples).filename().string(), std::move(array),
                                    classes);
}

std::unique_ptr<DataSet> open_npz_set(const std::string& path) {
  NpzArchive archive(path);
  for (const Pair& pair : kPairs) {
    if (archive.holds(pair.samples))
      return std::make_unique<ArchiveSet>(archive, path, pair.samples, pair.labels);
  }
  return std::make_unique<ArchiveSet>(archive, path, archive.names()[0], "");
}

}  // namespace ohmweave::network
