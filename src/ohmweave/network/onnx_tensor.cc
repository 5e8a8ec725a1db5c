// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/onnx_tensor.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/dispatch.h"

namespace ohmweave::network {
namespace {

using onnx::TensorProto;
using tensor::Element;
using tensor::Tensor;

class Reader {
 public:
  Reader(const TensorProto& proto, const TensorSource& source) : proto_(proto), source_(source) {}

  StoredTensor read() {
    StoredTensor out;
    auto element = element_of_onnx(proto_.data_type());
    if (!element)
      fail(fmt::format("has elements of type {}, which is not supported",
                       TensorProto::DataType_IsValid(proto_.data_type())
                           ? TensorProto::DataType_Name(static_cast<TensorProto::DataType>(proto_.data_type()))
                           : std::to_string(proto_.data_type())));
    out.element = *element;
    out.shape = shape();
    if (proto_.has_segment()) fail("is stored in segments, which is not supported");
    shape_ = out.shape;
    element_ = out.element;
    if (proto_.data_location() == TensorProto::EXTERNAL) {
      out.values = external();
    } else if (proto_.has_raw_data()) {
      out.values = from_bytes(proto_.raw_data().data(), proto_.raw_data().size(), source_.owner);
    } else {
      out.values = from_fields();
    }
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    base::fail(source_.file, fmt::format("tensor '{}' {}", proto_.name(), message));
  }

  tensor::Shape shape() {
    tensor::Shape shape(proto_.dims().begin(), proto_.dims().end());
    for (int64_t d : shape) {
      constexpr int64_t kMost = int64_t{1} << 40;
      if (d < 0 || (d > 0 && count_ > kMost / d))
        fail(fmt::format("has the impossible shape {}", tensor::print(shape)));
      count_ *= std::max<int64_t>(d, 1);
    }
    count_ = tensor::count(shape);
    return shape;
  }

  bool is_half() const {
    return proto_.data_type() == TensorProto::FLOAT16 || proto_.data_type() == TensorProto::BFLOAT16;
  }
  float widen(uint16_t bits) const {
    return proto_.data_type() == TensorProto::FLOAT16 ? tensor::half_to_float(bits)
                                                      : std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }

  /// Values as they lie in memory; not copied where that is how we hold them too.
  Tensor from_bytes(const char* bytes, size_t size, std::shared_ptr<const void> owner) const {
    size_t each = is_half() ? 2 : tensor::size_of(element_);
    if (size != static_cast<size_t>(count_) * each)
      fail(fmt::format("of shape {} has {} bytes, {} expected", tensor::print(shape_), size,
                       static_cast<size_t>(count_) * each));
    bool as_it_is = !is_half() && element_ != Element::Bool;
    if (as_it_is)
      return Tensor::view(element_, shape_, std::move(owner), reinterpret_cast<const std::byte*>(bytes));
    Tensor out(element_, shape_);
    for (size_t k = 0; k < static_cast<size_t>(count_); ++k) {
      if (is_half()) {
        uint16_t bits;
        std::memcpy(&bits, bytes + 2 * k, 2);
        out.mutable_data<float>()[k] = widen(bits);
      } else {
        out.mutable_data<bool>()[k] = bytes[k] != 0;
      }
    }
    return out;
  }

  template <class T, class Field>
  Tensor view(const Field& field) const {
    check_size(field.size());
    return Tensor::view(element_, shape_, source_.owner, reinterpret_cast<const std::byte*>(field.data()));
  }
  void check_size(int size) const {
    if (size != count_) fail(fmt::format("of shape {} has {} values", tensor::print(shape_), size));
  }

  Tensor from_fields() const {
    switch (proto_.data_type()) {
      case TensorProto::FLOAT:
        return view<float>(proto_.float_data());
      case TensorProto::DOUBLE:
        return view<double>(proto_.double_data());
      case TensorProto::INT64:
        return view<int64_t>(proto_.int64_data());
      case TensorProto::UINT64:
        return view<uint64_t>(proto_.uint64_data());
      case TensorProto::INT32:
        return view<int32_t>(proto_.int32_data());
      case TensorProto::UINT32:
        return converted(proto_.uint64_data());
      default:
        return converted(proto_.int32_data());
    }
  }
  /// Narrow types stand in wider fields.
  template <class Field>
  Tensor converted(const Field& field) const {
    check_size(field.size());
    Tensor out(element_, shape_);
    with_any(element_, [&](auto zero) {
      using T = decltype(zero);
      auto to = out.mutable_data<T>();
      for (size_t k = 0; k < to.size(); ++k) {
        auto value = field.Get(static_cast<int>(k));
        if (is_half())
          to[k] = convert<T>(widen(static_cast<uint16_t>(value)));
        else
          to[k] = convert<T>(value);
      }
    });
    return out;
  }

  int64_t number(const std::string& text) const {
    int64_t value = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
      fail(fmt::format("lies in another file at '{}', which is no number", text));
    return value;
  }

  /// Values in a file beside the model; nothing if there is no such file.
  std::optional<Tensor> external() const {
    std::string location;
    int64_t offset = 0, length = -1;
    for (const auto& entry : proto_.external_data()) {
      if (entry.key() == "location") location = entry.value();
      if (entry.key() == "offset") offset = number(entry.value());
      if (entry.key() == "length") length = number(entry.value());
    }
    std::filesystem::path path(location);
    bool inside = !location.empty() && path.is_relative() && location.find('\0') == std::string::npos;
    for (const auto& part : path) inside &= part != "..";
    if (!inside) fail(fmt::format("lies in '{}', outside of the model's folder", location));
    if (!source_.folder) return std::nullopt;
    path = std::filesystem::path(*source_.folder) / path;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
    auto bytes = std::make_shared<std::string>();
    auto size = static_cast<int64_t>(std::filesystem::file_size(path, error));
    int64_t wanted = count_ * static_cast<int64_t>(is_half() ? 2 : tensor::size_of(element_));
    if (error || offset > size || wanted > size - offset || (length >= 0 && length != wanted)) {
      fail(fmt::format("needs {} bytes at {} of '{}', which has {}", wanted, offset, location, size));
    }
    bytes->resize(static_cast<size_t>(wanted));
    std::ifstream file(path, std::ios::binary);
    if (!file.seekg(offset) || !file.read(bytes->data(), wanted))
      fail(fmt::format("cannot be read from '{}'", location));
    return from_bytes(bytes->data(), bytes->size(), bytes);
  }

  const TensorProto& proto_;
  const TensorSource& source_;
  tensor::Shape shape_;
  Element element_ = Element::Float32;
  int64_t count_ = 1;
};

}  // namespace

std::optional<Element> element_of_onnx(int64_t type) {
  switch (type) {
    case TensorProto::FLOAT:
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
      return Element::Float32;
    case TensorProto::DOUBLE:
      return Element::Float64;
    case TensorProto::INT8:
      return Element::Int8;
    case TensorProto::UINT8:
      return Element::UInt8;
    case TensorProto::INT16:
      return Element::Int16;
    case TensorProto::UINT16:
      return Element::UInt16;
    case TensorProto::INT32:
      return Element::Int32;
    case TensorProto::UINT32:
      return Element::UInt32;
    case TensorProto::INT64:
      return Element::Int64;
    case TensorProto::UINT64:
      return Element::UInt64;
    case TensorProto::BOOL:
      return Element::Bool;
    default:
      return std::nullopt;
  }
}

std::optional<Element> element_of_onnx(const std::string& type) {
  TensorProto::DataType number = TensorProto::UNDEFINED;
  if (!TensorProto::DataType_Parse(type, &number)) return std::nullopt;
  return element_of_onnx(static_cast<int64_t>(number));
}

StoredTensor read_tensor(const TensorProto& proto, const TensorSource& source) {
  return Reader(proto, source).read();
}

}  // namespace ohmweave::network
