// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/config/load.h"
#include "ohmweave/tensor/scales.h"

namespace ohmweave::machine {

/// A place in the machine: a group (chip, tile, unit ...) or a component. `count` instances stand in each instance of the
/// parent.
struct Node {
  std::string name;             // as in the design file
  std::string path;             // "chip.tile.ima.adc"
  int64_t count = 1;
  int64_t shared_by = 1;        // this many instances of the parent share the `count` instances
  int64_t instances = 1;        // in one instance of the root (a chip): the product of the counts down to here
  std::shared_ptr<const circuit::Component> component;  // none for a group
  std::shared_ptr<const array::Array> array;            // set if the component is an array that holds products
  Node* parent = nullptr;
  std::vector<std::unique_ptr<Node>> children;
  base::Span span;
  std::string source;           // its `from:`, as text

  /// Of one instance with everything in it.
  units::Area area() const;
  units::Power peak_power() const;
  units::Power static_power() const;
  const Node* child(std::string_view name) const;
};

/// How many chips a run takes: a fixed number, or the least power of two that holds the network.
struct Chips {
  int64_t fixed = 0;   // 0: auto
  int64_t most = 64;
};

/// An accelerator, built from a design file.
struct Machine {
  std::string name;             // "isaac"
  std::string title;            // "ISAAC (Shafiee et al., ISCA 2016)"
  units::Length technology;     // node that its figures are for
  std::string configuration;    // as the user asked for it: "isaac:chip.tile.ima.adc.bits=7"
  config::Node design;          // the resolved file: everything, defaults included
  std::unique_ptr<Node> root;   // one chip
  Chips chips;
  array::ProductFormats formats;  // precision of products
  tensor::Scales scales = tensor::Scales::Free;

  /// The node at a path, or null. A path may leave out the root, and groups on the way if the rest is unique:
  /// "chip.tile.ima.adc", "tile.ima.adc", "adc".
  const Node* find(std::string_view path) const;
  const Node* node_of(const circuit::Component* component) const;
  /// The node of the arrays that hold weights; designs have one kind of them.
  const Node& arrays() const;
  /// Every node, parents first.
  std::vector<const Node*> nodes() const;

  /// Peak figures of one chip, two operations per multiply-accumulate.
  double peak_operations_per_second() const;
};

/// What a design file may hold, for documentation: every kind of component and array with its fields, and the fields of a
/// group and of the file itself.
struct KindInfo {
  std::string word, doc;
  bool is_array = false;
  std::vector<config::FieldInfo> fields;
};
std::vector<KindInfo> describe_kinds();
std::vector<config::FieldInfo> describe_group();
std::vector<config::FieldInfo> describe_design();

/// Names of designs/ in the data folder, and a design by name or by the path of its file. Throws base::Failure with all
/// errors of the file.
struct NamedDesign {
  std::string name, title, path;
};
std::vector<NamedDesign> named_designs();
/// Splits "NAME:KEY=VALUE:KEY=VALUE" into the design and its overrides, adds `more`, loads and builds. NAME may be the path
/// of a file: it has a slash or ends in ".yaml".
Machine load(const std::string& configuration, const std::vector<config::Override>& more = {});
/// Builds the machine of a resolved design. Any value of the file may also be written as a mapping that tells where this one
/// value comes from: `rate: {value: 1.2 GHz, from: assumed, why: ...}`.
/// `scale` multiplies what components cost, for another technology node (machine/scaling.h).
Machine build(config::Node design, const std::string& configuration, const circuit::CostScale& scale = {});

}  // namespace ohmweave::machine
