// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/network/data.h"

namespace ohmweave::network {

/// What the sets have in common: a name for reports, the shape of a sample, labels.
class NamedDataSet : public DataSet {
 public:
  const std::string& name() const override { return name_; }
  int64_t size() const override { return size_; }
  tensor::Shape sample_shape() const override { return sample_shape_; }
  bool pictures() const override { return pictures_; }
  const std::optional<std::vector<int64_t>>& labels() const override { return labels_; }
  const std::vector<std::string>& class_names() const override { return class_names_; }

 protected:
  std::string name_;
  int64_t size_ = 0;
  tensor::Shape sample_shape_;
  bool pictures_ = true;
  std::optional<std::vector<int64_t>> labels_;
  std::vector<std::string> class_names_;
};

/// The sets by their files (open_data explains them). Failure: missing, truncated, not what they should be,
/// labels that do not fit the samples.
std::unique_ptr<DataSet> open_mnist(const std::string& folder, bool training);
std::unique_ptr<DataSet> open_cifar10(const std::string& path);
std::unique_ptr<DataSet> open_npy_set(const std::string& samples,
                                      const std::string& labels);  // labels may be empty
std::unique_ptr<DataSet> open_npz_set(const std::string& path);
/// The arrays of these names, in their order. Failure that lists what the archive holds if one is missing.
std::vector<std::unique_ptr<DataSet>> open_npz_inputs(const std::string& path,
                                                      const std::vector<std::string>& names);
std::unique_ptr<DataSet> open_picture_set(const std::string& folder, const std::string& labels,
                                          const PictureOptions& how);
/// The pictures of another set, resized and cropped.
std::unique_ptr<DataSet> fit_pictures(std::unique_ptr<DataSet> set, const PictureOptions& how);

/// The first of `names` that is a file in `folder`, with or without .gz; empty if none is.
std::string find_file(const std::string& folder, const std::vector<std::string>& names);
/// The same, where its absence is a Failure that names what was looked for.
std::string require_file(const std::string& folder, const std::vector<std::string>& names);

}  // namespace ohmweave::network
