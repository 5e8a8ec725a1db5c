// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/data.h"

namespace ohmweave::network {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays in files are little endian");

using tensor::Element;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::pair<std::string_view, Element> kTypes[] = {
    {"f4", Element::Float32}, {"f8", Element::Float64}, {"f2", Element::Float16}, {"i1", Element::Int8},
    {"u1", Element::UInt8},   {"i2", Element::Int16},   {"u2", Element::UInt16},  {"i4", Element::Int32},
    {"u4", Element::UInt32},  {"i8", Element::Int64},   {"u8", Element::UInt64},  {"b1", Element::Bool}};

/// Reads the Python dictionary of a header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader read() {
    NpyHeader header;
    int seen = 0;
    expect('{');
    while (!take('}')) {
      std::string_view key = quoted();
      expect(':');
      if (key == "descr") {
        read_type(header);
      } else if (key == "fortran_order") {
        header.fortran_order = read_bool();
      } else if (key == "shape") {
        header.shape = read_shape();
      } else {
        refuse(fmt::format("unknown key '{}'", key));
      }
      ++seen;
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (seen != 3) refuse("it must give 'descr', 'fortran_order' and 'shape', each once");
    return header;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { base::fail(name_, "broken .npy header: " + why); }
  void skip_spaces() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
  }
  bool take(char wanted) {
    skip_spaces();
    if (text_.empty() || text_[0] != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) refuse(fmt::format("'{}' expected", wanted));
  }
  std::string_view quoted() {
    skip_spaces();
    char quote = text_.empty() ? '\0' : text_[0];
    size_t end = quote == '\'' || quote == '"' ? text_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) refuse("a text in quotes expected");
    std::string_view out = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return out;
  }
  bool read_bool() {
    skip_spaces();
    for (auto [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (text_.substr(0, word.size()) != word) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    refuse("True or False expected");
  }
  void read_type(NpyHeader& header) {
    skip_spaces();
    if (!text_.empty() && text_[0] == '[')
      base::fail(name_, "holds records of several fields; an array of numbers is expected");
    std::string_view descr = quoted();
    bool has_order = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
    std::string_view type = descr.substr(has_order ? 1 : 0);
    for (auto [word, element] : kTypes) {
      if (type != word) continue;
      header.element = element;
      header.big_endian = descr[0] == '>';
      return;
    }
    base::fail(
        name_,
        fmt::format("holds elements of type '{}'; real numbers (f2 f4 f8 i1 ... u8 b1) are expected", descr));
  }
  tensor::Shape read_shape() {
    tensor::Shape shape;
    expect('(');
    while (!take(')')) {
      skip_spaces();
      int64_t extent = -1;
      auto [stop, problem] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (problem != std::errc() || extent < 0) refuse("an extent of 'shape' is no whole number");
      text_.remove_prefix(static_cast<size_t>(stop - text_.data()));
      shape.push_back(extent);
      if (shape.size() > kMostAxes) refuse(fmt::format("more than {} axes", kMostAxes));
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  static constexpr size_t kMostAxes = 32;  // as NumPy
  std::string_view text_;
  const std::string& name_;
};

/// Whether all elements fit into `most` bytes (extents without elements into what can be counted).
bool fits(const NpyHeader& header, int64_t most) {
  constexpr int64_t kCountable = int64_t{1} << 40;
  auto total = static_cast<int64_t>(tensor::size_of(header.element));
  bool empty = std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end();
  if (empty) most = kCountable;
  for (int64_t extent : header.shape) {
    int64_t n = std::max<int64_t>(extent, 1);
    if (n > most / total) return false;
    total *= n;
  }
  return total <= most;
}

void swap_bytes(std::byte* data, int64_t elements, size_t size) {
  for (int64_t k = 0; k < elements; ++k, data += size) std::reverse(data, data + size);
}

}  // namespace

NpyArray::NpyArray(std::shared_ptr<const ByteFile> file, int64_t begin) : file_(std::move(file)) {
  const std::string& name = file_->name();
  constexpr int64_t kFixed = 8, kMostHeader = 1 << 20;
  int64_t left = file_->size() - begin;
  std::string start = file_->text(begin, std::min(left, kFixed + 4));
  if (start.substr(0, kMagic.size()) != kMagic)
    base::fail(name, "not a .npy array: it does not begin with \\x93NUMPY");
  if (start.size() < static_cast<size_t>(kFixed) + 4) base::fail(name, "truncated: the .npy header is cut off");
  auto version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3)
    base::fail(name, fmt::format(".npy version {} is not known; 1 to 3 are", version));
  size_t length_bytes = version == 1 ? 2 : 4;
  auto length = static_cast<int64_t>(little_endian(std::string_view(start).substr(kFixed, length_bytes)));
  int64_t header_begin = kFixed + static_cast<int64_t>(length_bytes);
  if (length > kMostHeader) base::fail(name, fmt::format("broken .npy header: {} bytes long", length));
  if (length > left - header_begin) base::fail(name, "truncated: the .npy header is cut off");
  std::string text = file_->text(begin + header_begin, length);
  header_ = HeaderReader(text, name).read();
  data_begin_ = begin + header_begin + length;
  int64_t available = file_->size() - data_begin_;
  if (!fits(header_, available)) {
    base::fail(name, fmt::format("truncated: its header says {} {}, but only {} bytes follow",
                                 tensor::print(header_.shape), tensor::name_of(header_.element), available));
  }
}

tensor::Tensor NpyArray::whole() const {
  if (!header_.shape.empty()) return rows(0, header_.shape[0]);
  tensor::Tensor out(header_.element, {1});
  read_in_order(0, 1, out.mutable_raw());
  return out.reshaped({});
}

tensor::Tensor NpyArray::rows(int64_t begin, int64_t end) const {
  OHMWEAVE_CHECK(!header_.shape.empty() && begin >= 0 && begin <= end && end <= header_.shape[0],
                 "rows outside of the array");
  tensor::Shape shape = header_.shape;
  shape[0] = end - begin;
  tensor::Tensor out(header_.element, shape);
  if (out.size() == 0) return out;
  if (header_.fortran_order && shape.size() > 1) {
    read_transposed(begin, end, out.mutable_raw());
  } else {
    read_in_order(begin, end, out.mutable_raw());
  }
  return out;
}

void NpyArray::read_in_order(int64_t begin, int64_t end, std::byte* to) const {
  size_t size = tensor::size_of(header_.element);
  int64_t row = 1;
  for (size_t axis = 1; axis < header_.shape.size(); ++axis) row *= header_.shape[axis];
  int64_t elements = (end - begin) * row;
  std::span<std::byte> bytes(to, static_cast<size_t>(elements) * size);
  file_->read(data_begin_ + begin * row * static_cast<int64_t>(size), bytes);
  if (header_.big_endian) swap_bytes(to, elements, size);
  if (header_.element == Element::Bool) {  // any byte may stand in a file, a bool is 0 or 1
    for (std::byte& b : bytes) b = b == std::byte{0} ? std::byte{0} : std::byte{1};
  }
}

/// In Fortran order the first axis is contiguous: one stretch of the file holds an element of all wanted
/// samples.
void NpyArray::read_transposed(int64_t begin, int64_t end, std::byte* to) const {
  NpyArray column = *this;  // the same elements as a plain list, to read stretches of it
  column.header_.shape = {tensor::count(header_.shape)};
  const tensor::Shape& shape = header_.shape;
  size_t size = tensor::size_of(header_.element);
  int64_t row = tensor::count(shape) / shape[0], samples = end - begin;
  std::vector<std::byte> stretch(static_cast<size_t>(samples) * size);
  std::vector<int64_t> index(shape.size(), 0);  // of the element within a sample, in C order
  for (int64_t element = 0; element < row; ++element) {
    int64_t at = 0;
    for (size_t axis = shape.size(); axis-- > 1;) at = (at + index[axis]) * shape[axis - 1];
    column.read_in_order(at + begin, at + end, stretch.data());
    for (int64_t k = 0; k < samples; ++k)
      std::memcpy(to + (k * row + element) * static_cast<int64_t>(size),
                  stretch.data() + k * static_cast<int64_t>(size), size);
    for (size_t axis = shape.size(); axis-- > 1;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

tensor::Tensor read_npy(const std::string& path) {
  return NpyArray(std::make_shared<const ByteFile>(path)).whole();
}

std::string write_npy(const tensor::Tensor& tensor) {
  auto same = [&](const auto& entry) { return entry.second == tensor.element(); };
  std::string_view type = std::find_if(std::begin(kTypes), std::end(kTypes), same)->first;
  std::string shape;
  for (int64_t extent : tensor.shape()) shape += fmt::format("{}, ", extent);
  if (tensor.rank() > 1) shape.resize(shape.size() - 2);
  if (tensor.rank() == 1) shape.resize(shape.size() - 1);
  bool one_byte = tensor::size_of(tensor.element()) == 1;
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                   one_byte ? '|' : '<', type, shape);
  constexpr size_t kBefore = 10, kAlignment = 64;  // so that the elements of a mapped file are aligned
  header.append((kAlignment - (kBefore + header.size() + 1) % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::string out(kMagic);
  out += {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  out += header;
  return out.append(reinterpret_cast<const char*>(tensor.raw()), tensor.bytes());
}

}  // namespace ohmweave::network
