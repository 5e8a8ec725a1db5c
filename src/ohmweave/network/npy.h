// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/network/byte_file.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::network {

/// What the header of NumPy's .npy says (NumPy enhancement proposal 1).
struct NpyHeader {
  tensor::Element element = tensor::Element::Float32;
  bool big_endian = false;
  bool fortran_order = false;  // the first axis varies fastest
  tensor::Shape shape;
};

/// One array in .npy form, read part by part.
class NpyArray {
 public:
  /// `file` from byte `begin` on. Failure: no .npy, an element type we lack, fewer elements than the header
  /// says.
  explicit NpyArray(std::shared_ptr<const ByteFile> file, int64_t begin = 0);

  const std::string& name() const { return file_->name(); }
  const tensor::Shape& shape() const { return header_.shape; }
  tensor::Element element() const { return header_.element; }
  /// Entries [begin, end) of the first axis, in C order and in the machine's byte order.
  tensor::Tensor rows(int64_t begin, int64_t end) const;
  tensor::Tensor whole() const;

 private:
  void read_in_order(int64_t begin, int64_t end, std::byte* to) const;
  void read_transposed(int64_t begin, int64_t end, std::byte* to) const;

  std::shared_ptr<const ByteFile> file_;
  NpyHeader header_;
  int64_t data_begin_ = 0;
};

/// An .npz archive. Arrays stored without compression are read part by part, the others stand in memory once
/// opened.
class NpzArchive {
 public:
  /// Failure: no zip archive, or none with .npy arrays in it.
  explicit NpzArchive(const std::string& path);

  /// Names of the arrays, without .npy, in the order of the archive.
  std::vector<std::string> names() const;
  bool holds(const std::string& name) const;
  /// The array of that name. Failure: encrypted, damaged, an unknown method of compression.
  NpyArray array(const std::string& name) const;

 private:
  /// A member of the archive, as its directory says.
  struct Entry {
    std::string name;  // with .npy
    int64_t flags = 0, method = 0, checksum = 0;
    int64_t compressed = 0, size = 0, header = 0;  // bytes, bytes, place of the local header
  };
  struct Directory {
    int64_t entries = 0, begin = 0, bytes = 0;
  };

  [[noreturn]] void refuse(const std::string& why) const;
  Directory find_directory() const;
  Directory find_large_directory(std::string_view tail, size_t end) const;
  Entry read_entry(std::string_view record, std::string_view name, std::string_view extra) const;

  std::shared_ptr<const ByteFile> file_;
  std::vector<Entry> entries_;
};

}  // namespace ohmweave::network
