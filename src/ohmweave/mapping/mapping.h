// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ohmweave/machine/machine.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/program/program.h"

namespace ohmweave::mapping {

/// Where the work of a network node went.
enum class Where { Crossbar, DigitalUnit, Free, NotModelled };  // Free: views, folded or fused nodes

/// What mapping decided for one layer, for people and reports.
struct Layer {
  network::NodeId node = 0;
  std::string name, op;
  Where where = Where::Free;
  std::string unit;    // of DigitalUnit: path of the component
  int64_t arrays = 0;  // of one copy
  int64_t copies = 1;
  int64_t row_tiles = 0, column_tiles = 0;
  int weight_slices = 0, input_cycles = 0;
  int64_t rows_used = 0, columns_used = 0;  // of the fullest array
  int64_t copies_per_array = 1;             // copies that stand in one array
  int64_t all_arrays = 0;                   // of all copies
  double utilization = 0;                   // cells used / cells of its arrays, of one copy
  int64_t groups = 0;                       // machine groups (tiles) taken, over all chips
  int64_t first_array = 0;  // of the arrays of all chips, counted group after group; its others follow
  int64_t multiply_accumulates = 0;
  int64_t firings = 0;       // per sample
  int64_t buffer_items = 0;  // least capacity of the store it reads
  units::Data buffer;        // the same in bytes
  bool lossless = true;
  std::vector<std::string> warnings;
};

/// A compiled network: the program and what people want to know about how it came about.
struct Mapping {
  program::Program program;
  network::Graph network;          // as mapped: folded and quantized
  config::Node settings;           // the design's `mapping:` section with its defaults
  std::vector<Layer> layers;       // one per node of the network, in order
  int64_t samples = 1;             // that the program takes
  int64_t samples_together = 1;    // of them, that are worked on in step by copies of the network
  int64_t arrays_per_network = 0;  // from the first array of a copy of the network to that of the next
  int64_t chips = 1;
  int64_t arrays_used = 0, arrays_available = 0;
  double utilization = 0;  // cells used / cells of the arrays used
  bool fits = true;
  std::string misfit;  // why not, and what would fit
  std::vector<std::string> not_modelled, warnings;
};

/// Trips of the outermost loop if nobody says how many samples: the pipeline is full for most of them, and what
/// repeats exactly is skipped in timing, so more would only cost time where nothing repeats.
constexpr int64_t kUsualTrips = 64;

struct Options {
  int64_t samples = 1;                          // inferences; 0: kUsualTrips for each copy of the network
  const tensor::Tensor* calibration = nullptr;  // inputs to fix the scales of activations with, a tensor
                                                // for each; none: cost only
  const std::map<network::NodeId, array::SeenSums>* seen = nullptr;  // of products, by node of the network as
                                                                     // mapped: from an earlier compile
};

/// Network and machine become a program; the passes are listed in order in mapping/compile.cc.
Mapping compile(const network::Graph& network, const machine::Machine& machine, const Options& options);

}  // namespace ohmweave::mapping
