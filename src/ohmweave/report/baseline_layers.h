// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::report {

/// A product as units of multipliers and adder trees see it, for one sample. Products that are neither
/// convolutions nor by a constant matrix (attention, recurrence, transposed convolutions) have one position for
/// every result, each the sum of as many products as there are on average.
struct ProductLayer {
  int64_t positions = 1;            // that share nothing but weights
  int64_t groups = 1;               // of channels that do not mix, one after the other
  int64_t taps = 1;                 // elements of the kernel
  int64_t inputs = 1, outputs = 1;  // maps, of a group
  int64_t values = 1;               // that it reads
  bool operator==(const ProductLayer&) const = default;
};
/// Nothing for an operator without multiply-accumulates.
std::optional<ProductLayer> product_layer(const network::Graph& graph, network::NodeId id);
/// Those of a network, in order.
std::vector<ProductLayer> product_layers(const network::Graph& graph);

/// What an operator moves for one sample, in elements. Views, dropout and what is known before a run move
/// nothing.
struct Moved {
  int64_t weights = 0;
  std::vector<network::ValueId> read, written;
};
Moved moved(const network::Graph& graph, network::NodeId id);
/// Elements of a value for one sample.
int64_t elements_per_sample(const network::Graph& graph, network::ValueId id);
/// Whether it is an input or an output of the network.
bool crosses_the_border(const network::Graph& graph, network::ValueId id);

}  // namespace ohmweave::report
