// SPDX-License-Identifier: Apache-2.0
// Folders of pictures: a folder per class as torchvision's ImageFolder has it, or files with labels in a table.
#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/files.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/network/data_sets.h"
#include "ohmweave/network/labels_csv.h"

namespace ohmweave::network {
namespace {

namespace fs = std::filesystem;
using Colour = PictureOptions::Colour;

std::string ending_of(const fs::path& path) {
  std::string out = path.extension().string();
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}
/// Whether a file is a picture; ImageFolder's other kinds are refused, because leaving them out would make
/// another data set of it.
bool is_picture(const fs::path& path) {
  const std::string ending = ending_of(path);
  if (ending == ".png" || ending == ".jpg" || ending == ".jpeg") return true;
  for (const char* other : {".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp", ".gif"}) {
    if (ending == other)
      base::fail(path.string(), fmt::format("{} pictures are not read; convert them to .png or .jpg", ending));
  }
  return false;
}

std::vector<fs::path> entries_of(const fs::path& folder, bool folders) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const bool is_folder = it->is_directory(ignored);
    if (is_folder == folders && (folders || is_picture(it->path()))) out.push_back(it->path());
  }
  if (error) base::fail(folder.string(), error.message());
  std::sort(out.begin(), out.end());
  return out;
}
void collect_folders(const fs::path& folder, int depth, std::vector<std::string>& out) {
  constexpr int kMostDepth = 64;  // links may lead in circles
  if (depth > kMostDepth) base::fail(folder.string(), "folders stand too deep in each other");
  out.push_back(folder.string());
  for (const fs::path& inner : entries_of(folder, true)) collect_folders(inner, depth + 1, out);
}
/// Pictures of a folder and of all in it, in the order of Python's sorted(os.walk()).
void collect(const fs::path& folder, std::vector<std::string>& out) {
  std::vector<std::string> folders;
  collect_folders(folder, 0, folders);
  std::sort(folders.begin(), folders.end());
  for (const std::string& one : folders) {
    for (const fs::path& file : entries_of(one, false)) out.push_back(file.string());
  }
}

class PictureSet : public NamedDataSet {
 public:
  PictureSet(std::string folder, const std::string& table, PictureOptions how)
      : folder_(std::move(folder)), how_(std::move(how)) {
    std::error_code ignored;
    if (!fs::is_directory(folder_, ignored)) base::fail(folder_, "there is no such folder");
    if (!table.empty()) {
      take_table(read_labels_csv(table));
    } else if (std::vector<fs::path> classes = entries_of(folder_, true); !classes.empty()) {
      take_classes(classes);
    } else {
      collect(folder_, files_);
    }
    if (files_.empty()) base::fail(folder_, "holds no pictures (.png, .jpg)");
    size_ = static_cast<int64_t>(files_.size());
    look_at_first();
    std::string of_classes;
    if (!class_names_.empty()) of_classes = fmt::format(", {} classes", class_names_.size());
    const fs::path path(folder_);
    const fs::path last = path.has_filename() ? path.filename() : path.parent_path().filename();
    name_ = fmt::format("{} ({} picture{}{})", last.string(), size_, size_ == 1 ? "" : "s", of_classes);
  }

  tensor::Tensor samples(int64_t begin, int64_t end) const override {
    tensor::Shape shape = sample_shape_;
    shape.insert(shape.begin(), end - begin);
    tensor::Tensor out(tensor::Element::UInt8, shape);
    uint8_t* to = out.mutable_data<uint8_t>().data();
    const auto each = static_cast<size_t>(tensor::count(sample_shape_));
    base::parallel_for(end - begin, [&](int64_t k) {
      const Picture picture = read(begin + k);
      std::memcpy(to + static_cast<size_t>(k) * each, picture.pixels.data(), each);
    });
    return out;
  }

  /// The folder `train` beside a folder `val` or `test`.
  std::unique_ptr<DataSet> training_split() const override {
    const fs::path path = fs::weakly_canonical(folder_);
    for (const char* name : {"val", "valid", "validation", "test"}) {
      std::error_code ignored;
      const fs::path beside = path.parent_path() / "train";
      if (path.filename() == name && fs::is_directory(beside, ignored))
        return std::make_unique<PictureSet>(beside.string(), "", how_);
    }
    return nullptr;
  }

 private:
  void take_classes(const std::vector<fs::path>& folders) {
    labels_.emplace();
    for (const fs::path& folder : folders) {
      const size_t before = files_.size();
      collect(folder, files_);
      if (files_.size() == before)
        base::fail(folder.string(), "a folder is a class, and this one holds no pictures (.png, .jpg)");
      labels_->resize(files_.size(), static_cast<int64_t>(class_names_.size()));
      class_names_.push_back(folder.filename().string());
    }
  }
  void take_table(LabelTable table) {
    labels_ = std::move(table.labels);
    class_names_ = std::move(table.class_names);
    if (table.files.empty()) {  // labels of the files in their order
      collect(folder_, files_);
      if (files_.size() != labels_->size())
        base::fail(table.name,
                   fmt::format("holds {} labels, but {} holds {} pictures; name a file in each line",
                               labels_->size(), folder_, files_.size()));
      return;
    }
    for (const std::string& name : table.files) {
      const fs::path path = fs::path(folder_) / name;
      std::error_code ignored;
      if (!fs::is_regular_file(path, ignored))
        base::fail(table.name, fmt::format("'{}' is not a file in {}", name, folder_));
      is_picture(path);
      files_.push_back(path.string());
    }
  }

  /// Fixes the form of all pictures by the first.
  void look_at_first() {
    Picture first = decode_picture(base::read_file(files_[0]), files_[0]);
    if (how_.colour == Colour::AsStored && first.channels == 3) how_.colour = Colour::Rgb;
    first = how_.colour == Colour::Rgb ? in_colour(std::move(first)) : first;
    first = how_.colour == Colour::Grey ? in_grey(std::move(first)) : first;
    first = fitted(std::move(first), how_);
    sample_shape_ = {first.height, first.width, first.channels};
  }

  Picture read(int64_t k) const {
    const std::string& path = files_[static_cast<size_t>(k)];
    Picture picture = decode_picture(base::read_file(path), path);
    if (how_.colour == Colour::AsStored && picture.channels != 1)
      base::fail(path,
                 fmt::format("is in colour, but the first picture ({}) is grey; say --colour rgb or --colour "
                             "grey",
                             files_[0]));
    if (how_.colour == Colour::Rgb) picture = in_colour(std::move(picture));
    if (how_.colour == Colour::Grey) picture = in_grey(std::move(picture));
    picture = fitted(std::move(picture), how_);
    if (picture.height != sample_shape_[0] || picture.width != sample_shape_[1])
      base::fail(path,
                 fmt::format("is {} x {} pixels, but the first picture ({}) is {} x {}; give all one size, "
                             "for example by --resize 256 --crop 224",
                             picture.height, picture.width, files_[0], sample_shape_[0], sample_shape_[1]));
    return picture;
  }

  std::string folder_;
  PictureOptions how_;
  std::vector<std::string> files_;
};

/// Pictures of another set, resized and cropped.
class FittedSet : public NamedDataSet {
 public:
  FittedSet(std::unique_ptr<DataSet> from, PictureOptions how) : from_(std::move(from)), how_(std::move(how)) {
    if (!from_->pictures() || from_->size() == 0 || from_->samples(0, 1).element() != tensor::Element::UInt8 ||
        from_->sample_shape()[2] % 2 == 0)
      base::fail(from_->name(), "--resize, --crop and --colour are for pictures of 8 bits, grey or RGB");
    name_ = from_->name();
    size_ = from_->size();
    labels_ = from_->labels();
    class_names_ = from_->class_names();
    const Picture first = read(0);
    sample_shape_ = {first.height, first.width, first.channels};
  }
  tensor::Tensor samples(int64_t begin, int64_t end) const override {
    tensor::Shape shape = sample_shape_;
    shape.insert(shape.begin(), end - begin);
    tensor::Tensor out(tensor::Element::UInt8, shape);
    uint8_t* to = out.mutable_data<uint8_t>().data();
    base::parallel_for(end - begin, [&](int64_t k) {
      const Picture p = read(begin + k);
      std::copy(p.pixels.begin(), p.pixels.end(), to + k * tensor::count(sample_shape_));
    });
    return out;
  }
  std::unique_ptr<DataSet> training_split() const override {
    std::unique_ptr<DataSet> split = from_->training_split();
    return split ? std::make_unique<FittedSet>(std::move(split), how_) : nullptr;
  }

 private:
  Picture read(int64_t k) const {
    const tensor::Shape shape = from_->sample_shape();
    const tensor::Tensor raw = from_->samples(k, k + 1);
    const auto pixels = raw.data<uint8_t>();
    Picture p{shape[0], shape[1], shape[2], {pixels.begin(), pixels.end()}};
    if (how_.colour == Colour::Rgb) p = in_colour(std::move(p));
    if (how_.colour == Colour::Grey) p = in_grey(std::move(p));
    return fitted(std::move(p), how_);
  }

  std::unique_ptr<DataSet> from_;
  PictureOptions how_;
};

}  // namespace

std::unique_ptr<DataSet> open_picture_set(const std::string& folder, const std::string& labels,
                                          const PictureOptions& how) {
  return std::make_unique<PictureSet>(folder, labels, how);
}

std::unique_ptr<DataSet> fit_pictures(std::unique_ptr<DataSet> set, const PictureOptions& how) {
  return std::make_unique<FittedSet>(std::move(set), how);
}

}  // namespace ohmweave::network
