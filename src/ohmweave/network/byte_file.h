// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ohmweave::network {

/// The most bytes that a compressed file or archive member may inflate to. Compressed bytes cannot be read from
/// the middle, so they stand in memory as a whole; larger sets are given uncompressed and read part by part.
constexpr int64_t kMostInflated = int64_t{2} << 30;

/// The bytes of a file, read where they are needed. A gzip file, known by its first two bytes, is inflated on
/// opening.
class ByteFile {
 public:
  /// Failure: unreadable, a directory, a broken gzip stream, more than `most` bytes inflated.
  explicit ByteFile(const std::string& path, int64_t most = kMostInflated);
  /// Bytes that stand in memory already; `name` is what errors call them.
  ByteFile(std::string name, std::string bytes);
  /// `size` bytes of another file, from `begin` on. Failure if that has less.
  ByteFile(std::shared_ptr<const ByteFile> whole, std::string name, int64_t begin, int64_t size);
  ~ByteFile();
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;

  const std::string& name() const { return name_; }
  int64_t size() const { return size_; }
  /// Fills `to` with the bytes from `offset` on. Any number of threads may read. Failure if the file ends
  /// before.
  void read(int64_t offset, std::span<std::byte> to) const;
  /// Bytes [offset, offset + count).
  std::string text(int64_t offset, int64_t count) const;

 private:
  /// Failure if the bytes are not all there; nothing is allocated before.
  void require(int64_t offset, int64_t count) const;

  std::string name_;
  std::string bytes_;                      // of compressed files
  std::shared_ptr<const ByteFile> whole_;  // of stretches
  int64_t begin_ = 0;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

/// The wrapping around a deflate stream.
enum class Wrapping { Gzip, Raw };
/// What a compressed stream holds. The memory taken grows with what really comes out, not with what a header
/// promises. Failure, in the name of `name`: broken or cut off, or more than `most` bytes.
std::string inflate(std::string_view compressed, Wrapping wrapping, int64_t most, const std::string& name);

/// Whole numbers as they stand in files.
uint64_t little_endian(std::string_view bytes);
uint64_t big_endian(std::string_view bytes);

}  // namespace ohmweave::network
