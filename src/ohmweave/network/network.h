// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::network {

struct LoadOptions {
  tensor::Shape input_shape;       // of the first input, batch first; empty: as the file says
  bool allow_unsupported = false;  // cost-only: unsupported operators are listed in `unsupported`, not errors
  std::map<std::string, tensor::Shape> shapes;      // of inputs by name; they come before input_shape
  std::map<std::string, tensor::Tensor> constants;  // inputs by name that are no inputs but have this value,
                                                    // in their type; a scalar fills whatever shape they have
};

struct Loaded {
  Graph graph;
  std::vector<std::string> unsupported;  // "node 'x' (Foo)"
};

/// A network by what the user calls it: a .onnx file, a .yaml network description, or a name of networks/ in the data
/// folder. Throws base::Failure: unknown name, unreadable file, unsupported operator, shapes that do not fit.
Loaded load(const std::string& name_or_path, const LoadOptions& options = {});
/// The names of networks/, with their one-line descriptions.
struct NamedNetwork {
  std::string name, description, path;
};
std::vector<NamedNetwork> named_networks();

/// network/onnx_import: ONNX files by protobuf and libonnx.
Loaded import_onnx(const std::string& path, const LoadOptions& options = {});
/// The same from the bytes of a file; `name` is what messages call it. Weights in other files have no values.
Loaded import_onnx_bytes(std::string bytes, const std::string& name, const LoadOptions& options = {});
/// The first line of what a file says about itself; empty if it cannot be read.
std::string describe_onnx(const std::string& path);
/// network/text: layer lists without weights (docs/network_format.md).
Graph read_text(const std::string& path);

/// Gives weights to constants that only have a shape: seeded, normal with the deviation of He et al. (2015) for kernels,
/// small uniform for biases, positive for variances.
void fill_weights(Graph& graph, uint64_t seed);

/// Exact results of one node, float32 where ONNX says float. `inputs` in the node's order; omitted ones empty tensors.
/// The node's batch may differ from the graph's: shapes come from the inputs.
std::vector<tensor::Tensor> evaluate(const Graph& graph, NodeId node, std::span<const tensor::Tensor> inputs);

/// Runs a whole network exactly in float; keeps what the kernels prepared (weights in their layout) between calls.
/// The batch of the inputs may be any that with_batch() accepts.
class Reference {
 public:
  explicit Reference(const Graph& graph);
  ~Reference();
  Reference(Reference&&) noexcept;
  /// Results of the graph's outputs for its inputs.
  std::vector<tensor::Tensor> run(std::span<const tensor::Tensor> inputs);
  /// Calls `see` with every activation in turn, as it is made (calibration).
  using Observer = std::function<void(ValueId, const tensor::Tensor&)>;
  std::vector<tensor::Tensor> run(std::span<const tensor::Tensor> inputs, const Observer& see);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ohmweave::network
