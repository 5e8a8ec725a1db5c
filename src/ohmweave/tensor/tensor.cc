// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/tensor.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/tensor/memory.h"

namespace ohmweave::tensor {
namespace {

/// Calls f with a value of the C++ type of `element` (Float16 as uint16_t bits).
template <class F>
void with_type(Element element, F&& f) {
  switch (element) {
    case Element::Float32: return f(float{});
    case Element::Float64: return f(double{});
    case Element::Float16: return f(uint16_t{});
    case Element::Int8: return f(int8_t{});
    case Element::UInt8: return f(uint8_t{});
    case Element::Int16: return f(int16_t{});
    case Element::UInt16: return f(uint16_t{});
    case Element::Int32: return f(int32_t{});
    case Element::UInt32: return f(uint32_t{});
    case Element::Int64: return f(int64_t{});
    case Element::UInt64: return f(uint64_t{});
    case Element::Bool: return f(bool{});
  }
}

}  // namespace

size_t size_of(Element element) {
  size_t size = 0;
  with_type(element, [&](auto v) { size = sizeof v; });
  return size;
}

std::string name_of(Element element) {
  constexpr const char* kNames[] = {"float32", "float64", "float16", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"};
  return kNames[static_cast<size_t>(element)];
}

int64_t count(const Shape& shape) {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  return n;
}

std::string print(const Shape& shape) {
  if (shape.empty()) return "scalar";
  std::string out;
  for (int64_t d : shape) out += fmt::format("{}{}", out.empty() ? "" : "x", d);
  return out;
}

Tensor::Tensor(Element element, Shape shape, Unwritten) : element_(element), shape_(std::move(shape)) {
  auto memory = allocate(bytes());
  data_ = memory.get();
  owner_ = std::move(memory);
}

Tensor::Tensor(Element element, Shape shape) : Tensor(element, std::move(shape), Unwritten{}) {
  std::memset(const_cast<std::byte*>(data_), 0, bytes());
}

Tensor Tensor::uninitialized(Element element, Shape shape) {
  Tensor t(element, std::move(shape), Unwritten{});
#if !defined(NDEBUG)
  constexpr int kUnwritten = 0xa5;
  std::memset(const_cast<std::byte*>(t.data_), kUnwritten, t.bytes());
#endif
  return t;
}

Tensor Tensor::view(Element element, Shape shape, std::shared_ptr<const void> owner, const std::byte* data) {
  Tensor t;
  t.element_ = element;
  t.shape_ = std::move(shape);
  t.owner_ = std::move(owner);
  t.data_ = data;
  t.foreign_ = true;
  return t;
}

std::byte* Tensor::mutable_raw() {
  make_unique();
  return const_cast<std::byte*>(data_);
}

void Tensor::check_type(Element wanted) const {
  bool half_bits = element_ == Element::Float16 && wanted == Element::UInt16;
  OHMWEAVE_CHECK(element_ == wanted || half_bits, fmt::format("a {} tensor read as {}", name_of(element_), name_of(wanted)));
}

void Tensor::make_unique() {
  if (!foreign_ && owner_.use_count() == 1) return;
  auto memory = allocate(bytes());
  std::memcpy(memory.get(), data_, bytes());
  data_ = memory.get();
  owner_ = std::move(memory);
  foreign_ = false;
}

Tensor Tensor::reshaped(Shape shape) const {
  OHMWEAVE_CHECK(count(shape) == size(), fmt::format("{} elements reshaped to {}", size(), print(shape)));
  Tensor t = *this;
  t.shape_ = std::move(shape);
  return t;
}

Tensor Tensor::slice(int64_t begin, int64_t end) const {
  OHMWEAVE_CHECK(!shape_.empty() && begin >= 0 && begin <= end && end <= shape_[0], "slice outside of the tensor");
  Tensor t = *this;
  t.shape_[0] = end - begin;
  int64_t row = shape_[0] > 0 ? size() / shape_[0] : 0;
  t.data_ += static_cast<size_t>(begin * row) * size_of(element_);
  t.foreign_ = true;  // writing to a part must not grow into the rest
  return t;
}

Tensor Tensor::to(Element element) const {
  if (element == element_) return *this;
  Tensor out = uninitialized(element, shape_);
  with_type(element_, [&](auto from) {
    with_type(element, [&](auto target) {
      using From = decltype(from);
      using To = decltype(target);
      const auto* source = reinterpret_cast<const From*>(data_);
      auto* sink = reinterpret_cast<To*>(const_cast<std::byte*>(out.data_));
      for (int64_t k = 0, n = size(); k < n; ++k) {
        if (element_ == Element::Float16) {
          float value = half_to_float(static_cast<uint16_t>(source[k]));
          sink[k] = element == Element::Float16 ? static_cast<To>(source[k]) : static_cast<To>(value);
        } else if (element == Element::Float16) {
          sink[k] = static_cast<To>(float_to_half(static_cast<float>(source[k])));
        } else {
          sink[k] = static_cast<To>(source[k]);
        }
      }
    });
  });
  return out;
}

Tensor concatenate(std::span<const Tensor> parts) {
  OHMWEAVE_CHECK(!parts.empty(), "nothing to concatenate");
  Shape shape = parts[0].shape();
  shape[0] = 0;
  for (const Tensor& p : parts) shape[0] += p.dim(0);
  Tensor out = Tensor::uninitialized(parts[0].element(), shape);
  std::byte* to = out.mutable_raw();
  for (const Tensor& p : parts) {
    OHMWEAVE_CHECK(p.element() == out.element(), "tensors of different types joined");
    std::memcpy(to, p.raw(), p.bytes());
    to += p.bytes();
  }
  return out;
}

float half_to_float(uint16_t h) {
  uint32_t sign = static_cast<uint32_t>(h & 0x8000U) << 16;
  uint32_t exponent = (h >> 10) & 31U;
  uint32_t mantissa = h & 0x3ffU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000U | mantissa << 13);
  if (exponent > 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  float small = static_cast<float>(mantissa) * 0x1p-24F;
  return sign ? -small : small;
}

uint16_t float_to_half(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint32_t sign = bits >> 16 & 0x8000U;
  uint32_t rest = bits & 0x7fffffffU;
  if (rest > 0x7f800000U) return static_cast<uint16_t>(sign | 0x7e00U);
  if (rest >= 0x477ff000U) return static_cast<uint16_t>(sign | 0x7c00U);  // rounds to infinity
  if (rest < 0x38800000U) {                                              // subnormal: let the adder round
    float scaled = std::bit_cast<float>(rest) + 0.5F;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(scaled) - 0x3f000000U));
  }
  rest += 0xc8000fffU + (rest >> 13 & 1U);
  return static_cast<uint16_t>(sign | rest >> 13);
}

}  // namespace ohmweave::tensor
