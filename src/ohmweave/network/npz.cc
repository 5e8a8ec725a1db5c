// SPDX-License-Identifier: Apache-2.0
// Zip archives as far as NumPy writes them (PKWARE's APPNOTE 6.3): one volume, members stored or deflated,
// sizes of 64 bits where needed. Places and sizes come from the central directory at the end of the file.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <zlib.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/npy.h"

namespace ohmweave::network {
namespace {

/// Fields of a record, by their offset.
int64_t field(std::string_view record, size_t offset, size_t bytes) {
  return static_cast<int64_t>(little_endian(record.substr(offset, bytes)));
}

constexpr std::string_view kEnding = ".npy";
constexpr size_t kEntryBytes = 46;

}  // namespace

NpzArchive::NpzArchive(const std::string& path) : file_(std::make_shared<const ByteFile>(path)) {
  Directory directory = find_directory();
  std::string text = file_->text(directory.begin, directory.bytes);
  std::string_view rest = text;
  for (int64_t k = 0; k < directory.entries; ++k) {
    if (rest.size() < kEntryBytes || rest.substr(0, 4) != "PK\1\2") refuse("a directory entry is missing");
    auto name = static_cast<size_t>(field(rest, 28, 2)), extra = static_cast<size_t>(field(rest, 30, 2));
    size_t bytes = kEntryBytes + name + extra + static_cast<size_t>(field(rest, 32, 2));
    if (rest.size() < bytes) refuse("a directory entry is cut off");
    Entry e = read_entry(rest, rest.substr(kEntryBytes, name), rest.substr(kEntryBytes + name, extra));
    bool is_array = e.name.size() > kEnding.size() && e.name.substr(e.name.size() - kEnding.size()) == kEnding;
    if (is_array) entries_.push_back(std::move(e));
    rest.remove_prefix(bytes);
  }
  if (entries_.empty()) base::fail(path, "the archive holds no .npy arrays");
}

std::vector<std::string> NpzArchive::names() const {
  std::vector<std::string> out;
  for (const Entry& e : entries_) out.push_back(e.name.substr(0, e.name.size() - kEnding.size()));
  return out;
}

bool NpzArchive::holds(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& e) { return e.name == name + std::string(kEnding); });
}

NpyArray NpzArchive::array(const std::string& wanted) const {
  auto found = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& e) { return e.name == wanted + std::string(kEnding); });
  OHMWEAVE_CHECK(found != entries_.end(), "an array that the archive does not hold");
  const Entry& e = *found;
  std::string name = fmt::format("{}({})", file_->name(), e.name);
  if ((e.flags & 1) != 0) base::fail(name, "is encrypted");
  constexpr int64_t kLocalBytes = 30, kStored = 0, kDeflated = 8;
  std::string local = file_->text(e.header, kLocalBytes);
  if (local.substr(0, 4) != "PK\3\4") base::fail(name, "broken archive: its local header is missing");
  int64_t begin = e.header + kLocalBytes + field(local, 26, 2) + field(local, 28, 2);
  if (e.method == kStored) return NpyArray(std::make_shared<const ByteFile>(file_, name, begin, e.size));
  if (e.method != kDeflated) {
    base::fail(name, fmt::format(
                         "is compressed by method {}; np.savez and np.savez_compressed write what is read here",
                         e.method));
  }
  std::string bytes = inflate(file_->text(begin, e.compressed), Wrapping::Raw, kMostInflated, name);
  if (static_cast<int64_t>(bytes.size()) != e.size)
    base::fail(name, "damaged: it inflates to another size than its directory says");
  if (crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) !=
      static_cast<uLong>(e.checksum)) {
    base::fail(name, "damaged: its checksum is wrong");
  }
  return NpyArray(std::make_shared<const ByteFile>(name, std::move(bytes)));
}

void NpzArchive::refuse(const std::string& why) const {
  base::fail(file_->name(), "broken .npz archive: " + why);
}

NpzArchive::Directory NpzArchive::find_directory() const {
  constexpr int64_t kEndBytes = 22, kMostComment = 0xffff;
  int64_t tail_size = std::min(file_->size(), kEndBytes + kMostComment);
  std::string tail = file_->text(file_->size() - tail_size, tail_size);
  size_t at = tail.rfind("PK\5\6");
  if (at == std::string::npos || tail.size() - at < static_cast<size_t>(kEndBytes)) {
    base::fail(file_->name(), "not a .npz archive, or truncated: the zip directory at its end is missing");
  }
  std::string_view end = std::string_view(tail).substr(at);
  Directory d{field(end, 10, 2), field(end, 16, 4), field(end, 12, 4)};
  if (d.entries == 0xffff || d.begin == 0xffffffff || d.bytes == 0xffffffff) d = find_large_directory(tail, at);
  bool inside = d.begin >= 0 && d.bytes >= 0 && d.begin <= file_->size() && d.bytes <= file_->size() - d.begin;
  if (!inside || d.entries < 0) refuse("its directory lies outside of the file");
  return d;
}

NpzArchive::Directory NpzArchive::find_large_directory(std::string_view tail, size_t end) const {
  constexpr size_t kLocatorBytes = 20;
  constexpr int64_t kRecordBytes = 56;
  if (end < kLocatorBytes || tail.substr(end - kLocatorBytes, 4) != "PK\6\7")
    refuse("its 64-bit directory is missing");
  int64_t at = field(tail, end - kLocatorBytes + 8, 8);
  if (at < 0 || at > file_->size() - kRecordBytes) refuse("its 64-bit directory lies outside of the file");
  std::string record = file_->text(at, kRecordBytes);
  if (record.substr(0, 4) != "PK\6\6") refuse("its 64-bit directory is missing");
  return {field(record, 32, 8), field(record, 48, 8), field(record, 40, 8)};
}

NpzArchive::Entry NpzArchive::read_entry(std::string_view record, std::string_view name,
                                         std::string_view extra) const {
  Entry e{std::string(name),    field(record, 8, 2),  field(record, 10, 2), field(record, 16, 4),
          field(record, 20, 4), field(record, 24, 4), field(record, 42, 4)};
  constexpr int64_t kElsewhere = 0xffffffff, kLargeSizes = 1;
  while (extra.size() >= 4) {  // numbers of 64 bits stand in an extra field, only those that need it
    auto bytes = std::min(static_cast<size_t>(field(extra, 2, 2)), extra.size() - 4);
    std::string_view content = extra.substr(4, bytes);
    for (int64_t* value : {&e.size, &e.compressed, &e.header}) {
      if (field(extra, 0, 2) != kLargeSizes || *value != kElsewhere) continue;
      if (content.size() < 8) refuse("a 64-bit size is missing");
      *value = field(content, 0, 8);
      content.remove_prefix(8);
    }
    extra.remove_prefix(4 + bytes);
  }
  if (e.header < 0 || e.compressed < 0 || e.size < 0 || e.header > file_->size())
    refuse(fmt::format("'{}' lies outside of the file", e.name));
  return e;
}

std::vector<std::pair<std::string, tensor::Tensor>> read_npz(const std::string& path) {
  NpzArchive archive(path);
  std::vector<std::pair<std::string, tensor::Tensor>> out;
  for (const std::string& name : archive.names()) out.emplace_back(name, archive.array(name).whole());
  return out;
}

}  // namespace ohmweave::network
