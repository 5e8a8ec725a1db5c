// SPDX-License-Identifier: Apache-2.0
// The binary version of CIFAR-10 (Krizhevsky 2009): per picture one byte of label, then 32 x 32 red, green,
// blue planes.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/byte_file.h"
#include "ohmweave/network/data_sets.h"

namespace ohmweave::network {
namespace {

constexpr int64_t kSide = 32, kPlane = kSide * kSide, kChannels = 3, kRecord = 1 + kChannels * kPlane;
constexpr int64_t kClasses = 10;

class Cifar10 : public NamedDataSet {
 public:
  Cifar10(const std::vector<std::string>& paths, const std::string& split, std::string folder)
      : folder_(std::move(folder)) {
    labels_.emplace();
    for (const std::string& path : paths) add(path);
    sample_shape_ = {kSide, kSide, kChannels};
    name_ = fmt::format("cifar10 ({}, {} samples)", split, size_);
  }

  tensor::Tensor samples(int64_t begin, int64_t end) const override {
    tensor::Tensor out(tensor::Element::UInt8, {end - begin, kSide, kSide, kChannels});
    std::vector<std::byte> records(static_cast<size_t>((end - begin) * kRecord));
    for (const Part& part : parts_) {
      int64_t from = std::max(begin, part.first), to = std::min(end, part.first + part.file->size() / kRecord);
      if (from >= to) continue;
      std::span<std::byte> target = std::span(records).subspan(static_cast<size_t>((from - begin) * kRecord));
      part.file->read((from - part.first) * kRecord, target.first(static_cast<size_t>((to - from) * kRecord)));
    }
    auto pixels = out.mutable_data<uint8_t>();
    for (int64_t k = 0; k < end - begin; ++k) {
      const std::byte* planes = records.data() + k * kRecord + 1;
      uint8_t* to = pixels.data() + k * kChannels * kPlane;
      for (int64_t c = 0; c < kChannels; ++c) {
        for (int64_t p = 0; p < kPlane; ++p)
          to[p * kChannels + c] = std::to_integer<uint8_t>(planes[c * kPlane + p]);
      }
    }
    return out;
  }

  std::unique_ptr<DataSet> training_split() const override;

 private:
  struct Part {
    std::shared_ptr<const ByteFile> file;
    int64_t first;  // sample
  };

  void add(const std::string& path) {
    auto file = std::make_shared<const ByteFile>(path);
    if (file->size() == 0 || file->size() % kRecord != 0) {
      constexpr int64_t kCifar100Record = kRecord + 1;
      bool hundred = file->size() > 0 && file->size() % kCifar100Record == 0;
      base::fail(
          path,
          fmt::format("not a CIFAR-10 file, or truncated: {} bytes are no whole number of {}-byte records{}",
                      file->size(), kRecord, hundred ? " (they would be of CIFAR-100)" : ""));
    }
    constexpr int64_t kAtOnce = 1024;  // records
    for (int64_t at = 0, n = file->size() / kRecord; at < n; at += kAtOnce) {
      int64_t end = std::min(n, at + kAtOnce);
      std::string records = file->text(at * kRecord, (end - at) * kRecord);
      for (int64_t k = at; k < end; ++k) {
        int64_t label = static_cast<unsigned char>(records[static_cast<size_t>((k - at) * kRecord)]);
        if (label >= kClasses)
          base::fail(
              path, fmt::format("not a CIFAR-10 file: picture {} has label {}, they go from 0 to 9", k, label));
        labels_->push_back(label);
      }
    }
    parts_.push_back({file, size_});
    size_ += file->size() / kRecord;
  }

  std::string folder_;  // empty if opened by a file
  std::vector<Part> parts_;
};

std::vector<std::string> training_files(const std::string& folder) {
  std::vector<std::string> out;
  for (int k = 1; k <= 5; ++k) {
    std::string path = find_file(folder, {fmt::format("data_batch_{}.bin", k)});
    if (!path.empty()) out.push_back(path);
  }
  return out;
}

std::unique_ptr<DataSet> Cifar10::training_split() const {
  std::vector<std::string> files = folder_.empty() ? std::vector<std::string>{} : training_files(folder_);
  if (files.empty()) return nullptr;
  return std::make_unique<Cifar10>(files, "train", "");
}

}  // namespace

std::unique_ptr<DataSet> open_cifar10(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    return std::make_unique<Cifar10>(std::vector{path}, std::filesystem::path(path).filename().string(), "");
  }
  std::string test = find_file(path, {"test_batch.bin"});
  if (!test.empty()) return std::make_unique<Cifar10>(std::vector{test}, "test", path);
  std::vector<std::string> files = training_files(path);
  if (files.empty())
    base::fail(
        path,
        "holds neither 'test_batch.bin' nor 'data_batch_1.bin' to 'data_batch_5.bin' (or these with .gz)");
  return std::make_unique<Cifar10>(files, "train", "");
}

}  // namespace ohmweave::network
