// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/byte_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"

namespace ohmweave::network {
namespace {

/// Reads until `to` is full or the file ends; the number of bytes read.
size_t read_at(int descriptor, int64_t offset, std::span<std::byte> to, const std::string& name) {
  size_t done = 0;
  while (done < to.size()) {
    ssize_t got = ::pread(descriptor, to.data() + done, to.size() - done, offset + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::fail(name, fmt::format("cannot read: {}", std::strerror(errno)));
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

/// Ends the use of zlib's stream whatever happens.
struct Inflater {
  z_stream stream{};
  explicit Inflater(Wrapping wrapping) {
    constexpr int kLargestWindow = 15, kGzipOnly = 16;
    int bits = wrapping == Wrapping::Gzip ? kLargestWindow + kGzipOnly : -kLargestWindow;
    if (inflateInit2(&stream, bits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

std::string inflate(std::string_view compressed, Wrapping wrapping, int64_t most, const std::string& name) {
  Inflater inflater(wrapping);
  z_stream& z = inflater.stream;
  std::string out;
  std::array<char, 1 << 16> block;
  constexpr size_t kMostAtOnce = 1U << 30;  // zlib counts in 32 bits
  while (true) {
    if (z.avail_in == 0) {
      size_t n = std::min(compressed.size(), kMostAtOnce);
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
      z.avail_in = static_cast<uInt>(n);
      compressed.remove_prefix(n);
    }
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = block.size();
    int status = ::inflate(&z, Z_NO_FLUSH);
    size_t got = block.size() - z.avail_out;
    out.append(block.data(), got);
    if (static_cast<int64_t>(out.size()) > most) {
      base::fail(name,
                 fmt::format("inflates to more than {} MiB; give it uncompressed, then it is read part by part",
                             most >> 20));
    }
    bool at_end = z.avail_in == 0 && compressed.empty();
    if (status == Z_STREAM_END) {
      if (wrapping == Wrapping::Raw || at_end) return out;
      inflateReset(&z);  // gzip files may be several streams one after the other
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      base::fail(name, fmt::format("broken compressed data: {}", z.msg != nullptr ? z.msg : "unknown stream"));
    } else if (at_end && got == 0) {
      base::fail(name, "truncated: the compressed data ends too early");
    }
  }
}

ByteFile::ByteFile(const std::string& path, int64_t most) : name_(path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) base::fail(path, fmt::format("cannot read: {}", std::strerror(errno)));
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0)
      base::fail(path, fmt::format("cannot read: {}", std::strerror(errno)));
    if (S_ISDIR(status.st_mode)) base::fail(path, "cannot read: it is a directory");
    if (!S_ISREG(status.st_mode)) base::fail(path, "cannot read: it is not a regular file");
    size_ = status.st_size;
    std::array<std::byte, 2> first{};
    bool is_gzip =
        read_at(descriptor_, 0, first, path) == 2 && first[0] == std::byte{0x1f} && first[1] == std::byte{0x8b};
    if (is_gzip) {
      bytes_ = inflate(text(0, size_), Wrapping::Gzip, most, path);
      size_ = static_cast<int64_t>(bytes_.size());
    }
    if (is_gzip) ::close(std::exchange(descriptor_, -1));
  } catch (...) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw;
  }
}

ByteFile::ByteFile(std::string name, std::string bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)), size_(static_cast<int64_t>(bytes_.size())) {}

ByteFile::ByteFile(std::shared_ptr<const ByteFile> whole, std::string name, int64_t begin, int64_t size)
    : name_(std::move(name)),
      whole_(std::move(whole)),
      begin_(begin),
      size_(std::max<int64_t>(whole_->size() - begin, 0)) {
  require(0, size);
  size_ = size;
}

ByteFile::~ByteFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ByteFile::read(int64_t offset, std::span<std::byte> to) const {
  require(offset, static_cast<int64_t>(to.size()));
  if (to.empty()) return;
  if (whole_) {
    whole_->read(begin_ + offset, to);
  } else if (descriptor_ < 0) {
    std::memcpy(to.data(), bytes_.data() + offset, to.size());
  } else if (read_at(descriptor_, offset, to, name_) != to.size()) {
    base::fail(name_, "truncated while it was read");
  }
}

std::string ByteFile::text(int64_t offset, int64_t count) const {
  require(offset, count);
  std::string out(static_cast<size_t>(count), '\0');
  read(offset, std::as_writable_bytes(std::span(out)));
  return out;
}

void ByteFile::require(int64_t offset, int64_t count) const {
  OHMWEAVE_CHECK(offset >= 0 && count >= 0, "a file read before its beginning");
  if (offset <= size_ && count <= size_ - offset) return;
  base::fail(name_, fmt::format("truncated: {} bytes from byte {} on are missing, the file has {}", count,
                                offset, size_));
}

uint64_t little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t k = bytes.size(); k > 0; --k) value = value << 8 | static_cast<unsigned char>(bytes[k - 1]);
  return value;
}

uint64_t big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace ohmweave::network
