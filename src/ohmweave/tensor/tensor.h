// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ohmweave::tensor {

enum class Element : uint8_t { Float32, Float64, Float16, Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Bool };

size_t size_of(Element element);
std::string name_of(Element element);  // "float32"

template <class T>
struct ElementOf;
template <> struct ElementOf<float> { static constexpr Element value = Element::Float32; };
template <> struct ElementOf<double> { static constexpr Element value = Element::Float64; };
template <> struct ElementOf<int8_t> { static constexpr Element value = Element::Int8; };
template <> struct ElementOf<uint8_t> { static constexpr Element value = Element::UInt8; };
template <> struct ElementOf<int16_t> { static constexpr Element value = Element::Int16; };
template <> struct ElementOf<uint16_t> { static constexpr Element value = Element::UInt16; };  // also the bits of Float16
template <> struct ElementOf<int32_t> { static constexpr Element value = Element::Int32; };
template <> struct ElementOf<uint32_t> { static constexpr Element value = Element::UInt32; };
template <> struct ElementOf<int64_t> { static constexpr Element value = Element::Int64; };
template <> struct ElementOf<uint64_t> { static constexpr Element value = Element::UInt64; };
template <> struct ElementOf<bool> { static constexpr Element value = Element::Bool; };

/// Extents, outermost first. A scalar has the empty shape and one element.
using Shape = std::vector<int64_t>;
int64_t count(const Shape& shape);
std::string print(const Shape& shape);  // "1x3x32x32", "scalar"

/// A dense row-major array, 64-byte aligned. Copies share their elements until one of them is written.
class Tensor {
 public:
  Tensor() : Tensor(Element::Float32, Shape{0}) {}
  /// All elements zero.
  Tensor(Element element, Shape shape);
  /// Elements of any value, for results of which every one is written. Sanitized and debugging builds fill them with
  /// bytes that no test takes for a result.
  static Tensor uninitialized(Element element, Shape shape);
  template <class T>
  static Tensor of(Shape shape, std::span<const T> values) {
    Tensor t(ElementOf<T>::value, std::move(shape));
    auto to = t.mutable_data<T>();
    for (size_t k = 0; k < values.size(); ++k) to[k] = values[k];
    return t;
  }
  template <class T>
  static Tensor of(Shape shape, const std::vector<T>& values) {
    return of(std::move(shape), std::span<const T>(values));
  }
  /// Elements that somebody else owns (a mapped file, a parsed message): kept alive through `owner`, never written.
  static Tensor view(Element element, Shape shape, std::shared_ptr<const void> owner, const std::byte* data);

  Element element() const { return element_; }
  const Shape& shape() const { return shape_; }
  int64_t dim(size_t axis) const { return shape_[axis]; }
  size_t rank() const { return shape_.size(); }
  int64_t size() const { return count(shape_); }
  size_t bytes() const { return static_cast<size_t>(size()) * size_of(element_); }

  /// The elements; T must be the element type (uint16_t for Float16).
  template <class T>
  std::span<const T> data() const {
    check_type(ElementOf<T>::value);
    return {reinterpret_cast<const T*>(data_), static_cast<size_t>(size())};
  }
  template <class T>
  std::span<T> mutable_data() {
    check_type(ElementOf<T>::value);
    make_unique();
    return {reinterpret_cast<T*>(const_cast<std::byte*>(data_)), static_cast<size_t>(size())};
  }
  const std::byte* raw() const { return data_; }
  std::byte* mutable_raw();

  /// The same elements under another shape of the same count.
  Tensor reshaped(Shape shape) const;
  /// Rows [begin, end) of the outermost axis; shares the elements.
  Tensor slice(int64_t begin, int64_t end) const;
  /// Converted element by element (C++ conversion rules; Float16 by IEEE 754).
  Tensor to(Element element) const;

 private:
  struct Unwritten {};
  Tensor(Element element, Shape shape, Unwritten);
  void check_type(Element wanted) const;
  void make_unique();

  Element element_ = Element::Float32;
  Shape shape_;
  std::shared_ptr<const void> owner_;
  const std::byte* data_ = nullptr;
  bool foreign_ = false;  // the elements are not (only) ours to write
};

/// Tensors of equal shape but for the outermost axis, joined along it.
Tensor concatenate(std::span<const Tensor> parts);

float half_to_float(uint16_t bits);
uint16_t float_to_half(float value);  // rounds to nearest even

}  // namespace ohmweave::tensor
