// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/data_sets.h"
#include "ohmweave/network/labels_csv.h"
#include "ohmweave/network/npy.h"

namespace ohmweave::network {
namespace {

using tensor::Element;

void check_count(const std::string& name, int64_t labels, const std::string& samples_name, int64_t samples) {
  if (labels < samples)  // more of them are those of a whole set of which the samples are the first
    base::fail(name, fmt::format("holds {} labels, but {} holds {} samples", labels, samples_name, samples));
}
bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Class numbers of the samples; nothing if the array holds something else: several numbers a sample, or others
/// than whole ones.
std::optional<std::vector<int64_t>> read_labels(const NpyArray& array, int64_t samples) {
  const tensor::Shape& shape = array.shape();
  if (tensor::count(shape) != shape[0]) return std::nullopt;  // N, or N x 1
  const bool real = array.element() == Element::Float32 || array.element() == Element::Float64;
  tensor::Tensor numbers = array.whole().slice(0, samples).to(Element::Float64);
  std::vector<int64_t> labels;
  for (double x : numbers.data<double>()) {
    constexpr double kMost = 1 << 30;
    if (!(x >= 0 && x <= kMost && x == std::floor(x))) {
      if (real) return std::nullopt;
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
    if (labels) {
      if (labels->shape().empty())
        base::fail(labels->name(), "labels are one entry per sample; this is a scalar");
      check_count(labels->name(), labels->shape()[0], array_.name(), size_);
      labels_ = read_labels(*labels, size_);
      if (!labels_) targets_ = labels;
    }
    name_ = fmt::format("{} ({} samples)", name, size_);
  }

  ArraySet(std::string name, NpyArray samples, LabelTable table)
      : ArraySet(std::move(name), std::move(samples), std::optional<NpyArray>()) {
    check_count(table.name, static_cast<int64_t>(table.labels.size()), array_.name(), size_);
    for (size_t k = 0; k < table.files.size(); ++k) {  // a first column, which must not be in another order
      if (table.files[k] != std::to_string(k) && is_number(table.files[k]))
        base::fail(table.name,
                   fmt::format("label {} is said to be of sample {}; labels stand in the order of the "
                               "samples, counted from 0",
                               k, table.files[k]));
    }
    table.labels.resize(static_cast<size_t>(size_));
    labels_ = std::move(table.labels);
    class_names_ = std::move(table.class_names);
  }

  tensor::Tensor samples(int64_t begin, int64_t end) const override {
    tensor::Shape shape = sample_shape_;
    shape.insert(shape.begin(), end - begin);
    return array_.rows(begin, end).reshaped(shape);
  }
  std::optional<tensor::Tensor> targets(int64_t begin, int64_t end) const override {
    return targets_ ? std::optional(targets_->rows(begin, end)) : std::nullopt;
  }

 private:
  NpyArray array_;
  std::optional<NpyArray> targets_;
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
  std::string name = std::filesystem::path(samples).filename().string();
  std::optional<NpyArray> classes;
  if (is_csv(labels)) return std::make_unique<ArraySet>(name, std::move(array), read_labels_csv(labels));
  if (!labels.empty()) classes.emplace(std::make_shared<const ByteFile>(labels));
  return std::make_unique<ArraySet>(name, std::move(array), classes);
}

std::vector<std::unique_ptr<DataSet>> open_npz_inputs(const std::string& path,
                                                      const std::vector<std::string>& names) {
  NpzArchive archive(path);
  std::string labels;
  for (const char* name : {"labels", "y", "y_test", "test_labels", "targets"}) {
    if (labels.empty() && archive.holds(name) && std::find(names.begin(), names.end(), name) == names.end())
      labels = name;
  }
  std::vector<std::unique_ptr<DataSet>> out;
  for (const std::string& name : names) {
    if (!archive.holds(name))
      base::fail(path, fmt::format("holds no array '{}' for the network's input; its arrays are {}", name,
                                   fmt::join(archive.names(), ", ")));
    out.push_back(std::make_unique<ArchiveSet>(archive, path, name, out.empty() ? labels : ""));
  }
  return out;
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
