// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/register.h"

namespace ohmweave::array {

/// A component of an array's surroundings, and how many of it stand for one array: 128 DACs, a quarter of an
/// adder.
template <class Made>
struct Part {
  std::shared_ptr<const Made> component;
  double per_array = 0;
  base::Span span;  // for errors
};

/// Where an array of a design finds the peripherals it works with: components of its own group, or of the
/// nearest group above that has any. Implemented by machine::build.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  struct Found {
    std::shared_ptr<const circuit::Component> component;
    double per_array = 0;
    base::Span span;
  };
  using Test = bool (*)(const circuit::Component&);
  /// The one component that passes the test; `what` names it for people. Reports an error if there is none, or
  /// more than one in the group.
  virtual Found find(std::string_view what, Test test) const = 0;

  template <class Made>
  Part<Made> find(std::string_view kind) const {
    return as<Made>(
        find(kind, [](const circuit::Component& c) { return dynamic_cast<const Made*>(&c) != nullptr; }));
  }
  /// The register that holds inputs, or sums.
  Part<circuit::Register> find_register(circuit::RegisterRole role) const;

 protected:
  template <class Made>
  static Part<Made> as(const Found& found) {
    return {std::dynamic_pointer_cast<const Made>(found.component), found.per_array, found.span};
  }
};

/// An array is a component like others, and holds products.
struct Made {
  std::shared_ptr<const circuit::Component> component;
  std::shared_ptr<const Array> array;
};

/// A kind of array: its word in design files, what it is, its parameters, and how it is made from them.
struct Kind {
  std::string_view word;
  std::string_view doc;
  std::vector<config::FieldInfo> (*describe)();
  /// Reads the mapping and finds the peripherals (reporting errors, filling defaults); empty after errors.
  /// `formats`: what the machine computes with.
  Made (*make)(config::Node& node, const Surroundings& around, const ProductFormats& formats,
               base::Diagnostics& diagnostics);
  bool has_floats = false;  // whether it also multiplies floating-point numbers (Array::program_reals)
};
/// All kinds, in the order of the documentation. The one list of them: array/kinds.cc.
const std::vector<Kind>& kinds();
const Kind* find_kind(std::string_view word);

}  // namespace ohmweave::array
