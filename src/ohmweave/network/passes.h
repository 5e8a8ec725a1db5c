// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ohmweave/config/value.h"
#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// Folds BatchNormalization into the product before it (exact in real arithmetic) and drops Identity and Dropout.
/// Cost-only graphs are folded too: shapes are all it takes.
void fold_batch_norm(Graph& graph);

/// Splits every recurrent layer with constant weights, direction by direction, into the product of all steps' inputs
/// ("x.input") and the layer on what that product makes ("x", or "x.forward" and "x.reverse").
void split_recurrent(Graph& graph);

/// Turns activations so that samples stand first wherever that is another view of the same values; inputs and outputs
/// stay as they are. Does nothing to networks whose samples stand first already.
void put_samples_first(Graph& graph);

enum class Clipping { MinMax, Percentile, Mse };

/// How float tensors become fixed point.
struct QuantizeOptions {
  tensor::FixedPoint weights{16, true};
  tensor::FixedPoint activations{16, true};
  bool unsigned_activations = true;   // values that are never negative use the sign bit for magnitude
  bool per_channel_weights = false;   // one scale per output channel
  Clipping clipping = Clipping::MinMax;
  double percentile = 99.99;          // of absolute values, for Clipping::Percentile
};

/// Sets Value::format of the weights of all products and of every float activation that stage borders may cut (inputs,
/// outputs of nodes). Scales of activations come from running `calibration` (inputs of the graph, batch first) through
/// the exact reference: one tensor for each input of the network, one after another. Without calibration (cost-only) the formats are set with scale 1.
void quantize(Graph& graph, const QuantizeOptions& options, const tensor::Tensor* calibration);

}  // namespace ohmweave::network

template <>
struct ohmweave::config::Words<ohmweave::network::Clipping> {
  using enum ohmweave::network::Clipping;
  static constexpr std::pair<std::string_view, ohmweave::network::Clipping> values[] = {{"minmax", MinMax}, {"percentile", Percentile}, {"mse", Mse}};
};
