// SPDX-License-Identifier: Apache-2.0
// Values that only descriptions of networks have: extents by axis, paddings, one or several names.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "ohmweave/config/fields.h"

namespace ohmweave::network {

/// A layer that does not fit what it is given; the message, without a position.
class DoesNotFit : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A number for all spatial axes, or a list with one per axis.
struct Extents {
  std::vector<int64_t> each;
  /// One number per axis; DoesNotFit if the list has another length.
  std::vector<int64_t> of(size_t axes) const;
};

/// What is added to all spatial axes, or a list with one number per axis: like Extents, from 0 on.
struct Additions {
  std::vector<int64_t> each{0};
  std::vector<int64_t> of(size_t axes) const { return Extents{each}.of(axes); }
};

/// `same` (the output has input / stride elements), `valid` (no padding), a number for all sides, a list with
/// one per axis, or a list of the beginnings followed by the ends.
struct Padding {
  bool same = false;
  std::vector<int64_t> each{0};
  /// Beginnings, then ends, as ONNX has them. Not for `same`.
  std::vector<int64_t> of(size_t axes) const;
};

/// What an input holds: numbers of these extents, channels first, or a sequence of whole numbers.
struct Sample {
  std::vector<int64_t> extents;
  bool is_tokens = false;
};

/// A name, or a list of names.
struct Names {
  std::vector<std::string> each;
};

}  // namespace ohmweave::network

namespace ohmweave::config {

template <>
struct Value<network::Extents> {
  static bool decode(const Node& n, network::Extents& v, base::Diagnostics& d);
  static Node encode(const network::Extents& v);
  static std::string type() { return "whole number, or one per axis"; }
};
template <>
struct Value<network::Additions> {
  static bool decode(const Node& n, network::Additions& v, base::Diagnostics& d);
  static Node encode(const network::Additions& v);
  static std::string type() { return "whole number, or one per axis"; }
};
template <>
struct Value<network::Padding> {
  static bool decode(const Node& n, network::Padding& v, base::Diagnostics& d);
  static Node encode(const network::Padding& v);
  static std::string type() { return "same, valid, whole number, one per axis, or beginnings and ends"; }
};
template <>
struct Value<network::Sample> {
  static bool decode(const Node& n, network::Sample& v, base::Diagnostics& d);
  static Node encode(const network::Sample& v);
  static std::string type() { return "list of: whole number, or tokens"; }
};
template <>
struct Value<network::Names> {
  static bool decode(const Node& n, network::Names& v, base::Diagnostics& d);
  static Node encode(const network::Names& v) { return Value<std::vector<std::string>>::encode(v.each); }
  static std::string type() { return "name, or list of names"; }
};

}  // namespace ohmweave::config
