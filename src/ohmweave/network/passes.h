// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ohmweave/config/value.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/tensor/scales.h"

namespace ohmweave::network {

/// Takes QuantizeLinear and DequantizeLinear out of a graph and gives what stood between them, its scale and zero point
/// included, to Value::format: the machine computes with the codes of the file. Views and maxima of codes become such of
/// reals; a Clip from 0 that ends where the codes do becomes a Relu. Codes that something else reads (outputs of the
/// network, integer operators, scales that only data tell) stay, with the nodes that make them.
void absorb_quantization(Graph& graph);

/// A network for one sample may drop the axis that counts samples (a Squeeze of all axes that have one element): keeps it, if
/// then samples can run together. Results have that axis in front.
void keep_batch(Graph& graph);

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
  tensor::FixedPoint activations{16, true};  // unsigned: those that may be negative get a zero point
  int result_bits = 0;  // of activations that no product reads: 0, as many as of others
  tensor::Scales scales = tensor::Scales::Free;
  bool unsigned_activations = true;   // values that are never negative use the sign bit for magnitude
  bool per_channel_weights = false;   // one scale per output channel
  Clipping clipping = Clipping::MinMax;
  double percentile = 99.99;          // of absolute values, for Clipping::Percentile
};

/// Sets Value::format of the weights of all products and of every float activation that stage borders may cut (inputs,
/// outputs of nodes), where it is not there already. Weights of the values -s, 0 and s alone, and results of Sign, have
/// 2 bits, which holds them exactly. Scales of activations come from running `calibration` (batch first, one tensor for each
/// input of the network, one after another) through the exact reference. Without calibration (cost-only) the formats are
/// set with scale 1.
void quantize(Graph& graph, const QuantizeOptions& options, const tensor::Tensor* calibration);

}  // namespace ohmweave::network

template <>
struct ohmweave::config::Words<ohmweave::network::Clipping> {
  using enum ohmweave::network::Clipping;
  static constexpr std::pair<std::string_view, ohmweave::network::Clipping> values[] = {{"minmax", MinMax}, {"percentile", Percentile}, {"mse", Mse}};
};
