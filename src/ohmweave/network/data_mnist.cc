// SPDX-License-Identifier: Apache-2.0
// The IDX files of MNIST (LeCun, Cortes, Burges): big-endian numbers of 32 bits, first 0x0000TTDD with the
// element type TT (8: unsigned bytes) and the number of axes DD, then the extents, then the elements.
#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/byte_file.h"
#include "ohmweave/network/data_sets.h"

namespace ohmweave::network {
namespace {

constexpr int64_t kWord = 4;

/// Unsigned bytes of an IDX file with a known number of axes.
class IdxFile {
 public:
  IdxFile(const std::string& path, int64_t axes) : file_(path), begin_(kWord * (1 + axes)) {
    constexpr uint64_t kUnsignedBytes = 0x800;
    uint64_t wanted = kUnsignedBytes | static_cast<uint64_t>(axes), magic = word(0);
    if (magic != wanted) {
      base::fail(path, fmt::format("no IDX file of this kind: it begins with 0x{:08x}, expected 0x{:08x}",
                                   magic, wanted));
    }
    for (int64_t axis = 1; axis <= axes; ++axis) shape_.push_back(static_cast<int64_t>(word(axis)));
    int64_t bytes = 1, present = file_.size() - begin_;
    bool fits = true;
    for (int64_t extent : shape_) {
      fits = fits && extent > 0 && bytes <= present / extent;
      if (fits) bytes *= extent;
    }
    if (!fits || bytes != present) {
      base::fail(path, fmt::format("{}: its header says {} bytes, {} follow",
                                   fits ? "longer than it should be" : "truncated or broken",
                                   tensor::print(shape_), present));
    }
  }

  const std::string& name() const { return file_.name(); }
  const tensor::Shape& shape() const { return shape_; }
  /// Entries [begin, end) of the first axis.
  void read(int64_t begin, int64_t end, std::span<std::byte> to) const {
    int64_t entry = tensor::count(shape_) / shape_[0];
    file_.read(begin_ + begin * entry, to.first(static_cast<size_t>((end - begin) * entry)));
  }

 private:
  uint64_t word(int64_t k) const { return big_endian(file_.text(kWord * k, kWord)); }

  ByteFile file_;
  int64_t begin_;
  tensor::Shape shape_;
};

/// Both spellings that are about: t10k-images-idx3-ubyte and t10k-images.idx3-ubyte.
std::vector<std::string> spellings(const std::string& split, const std::string& what) {
  return {
      fmt::format("{}-{}-ubyte", split, what),
      fmt::format("{}-{}.{}-ubyte", split, what.substr(0, what.find('-')), what.substr(what.find('-') + 1))};
}

class Mnist : public NamedDataSet {
 public:
  Mnist(const std::string& folder, bool training)
      : folder_(folder),
        training_(training),
        images_(require_file(folder, spellings(training ? "train" : "t10k", "images-idx3")), 3) {
    IdxFile labels(require_file(folder, spellings(training ? "train" : "t10k", "labels-idx1")), 1);
    size_ = images_.shape()[0];
    if (labels.shape()[0] != size_) {
      base::fail(labels.name(), fmt::format("holds {} labels, but {} holds {} pictures", labels.shape()[0],
                                            images_.name(), size_));
    }
    std::vector<std::byte> bytes(static_cast<size_t>(size_));
    labels.read(0, size_, bytes);
    labels_.emplace();
    for (std::byte b : bytes) labels_->push_back(std::to_integer<int64_t>(b));
    sample_shape_ = {images_.shape()[1], images_.shape()[2], 1};
    name_ = fmt::format("mnist ({}, {} samples)", training ? "train" : "t10k", size_);
  }

  tensor::Tensor samples(int64_t begin, int64_t end) const override {
    tensor::Tensor out(tensor::Element::UInt8, {end - begin, sample_shape_[0], sample_shape_[1], 1});
    images_.read(begin, end, std::as_writable_bytes(out.mutable_data<uint8_t>()));
    return out;
  }

  std::unique_ptr<DataSet> training_split() const override {
    if (training_ || find_file(folder_, spellings("train", "images-idx3")).empty()) return nullptr;
    return open_mnist(folder_, true);
  }

 private:
  std::string folder_;
  bool training_;
  IdxFile images_;
};

}  // namespace

std::unique_ptr<DataSet> open_mnist(const std::string& folder, bool training) {
  return std::make_unique<Mnist>(folder, training);
}

}  // namespace ohmweave::network
