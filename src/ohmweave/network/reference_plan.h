// SPDX-License-Identifier: Apache-2.0
// How the reference runs a graph: a list of steps over buffers whose places are fixed beforehand.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ohmweave/network/network.h"
#include "ohmweave/network/onednn.h"

namespace ohmweave::network {

/// Where elements lie while a plan runs: in the plan's own memory, in an input, or in a tensor of their own.
struct Buffer {
  enum class Kind { Planned, Input, Held };
  Kind kind = Kind::Planned;
  size_t bytes = 0;
  size_t place = 0;                   // offset in the plan's memory, or the number of the input
  int values = 1;                     // living at the same time that stand in it, under different shapes
  size_t first = SIZE_MAX, last = 0;  // steps that use it
};

class Plan {
 public:
  /// What a step sees when it runs.
  struct Running {
    std::byte* memory = nullptr;
    std::shared_ptr<std::byte> owner;
    std::span<const tensor::Tensor> inputs;
    std::vector<tensor::Tensor> held;  // by buffer
    const Reference::Observer* see = nullptr;
    dnnl::stream stream;
  };
  using Action = std::function<void(Running&, const Plan&)>;

  // Building

  size_t add_buffer(Buffer buffer);
  Buffer& buffer(size_t id) { return buffers_[id]; }
  /// The buffers a step reads and writes decide how long each is kept.
  void add_step(const std::vector<size_t>& uses, Action action);
  void add_output(std::optional<size_t> buffer, tensor::Tensor constant, tensor::Element element,
                  tensor::Shape shape);
  /// Places buffers so that those that live at different times share memory.
  void arrange();

  // Running

  std::vector<tensor::Tensor> run(std::span<const tensor::Tensor> inputs, const Reference::Observer* see);
  std::byte* at(Running& running, size_t buffer) const;
  /// A buffer's elements as a tensor, valid while the step runs.
  tensor::Tensor tensor_at(Running& running, size_t buffer, tensor::Element element,
                           const tensor::Shape& shape) const;
  /// The same tensor, copied if its elements lie in the plan's memory, which later steps write.
  tensor::Tensor owned(const Running& running, tensor::Tensor tensor) const;

 private:
  struct Output {
    std::optional<size_t> buffer;
    tensor::Tensor constant;
    tensor::Element element;
    tensor::Shape shape;
  };
  struct Step {
    Action action;
    std::vector<size_t> finished;  // held buffers that nothing after it reads
  };
  std::vector<Buffer> buffers_;
  std::vector<Step> steps_;
  std::vector<Output> outputs_;
  size_t bytes_ = 0;
  std::shared_ptr<std::byte> memory_;
};

/// Weights in the layouts of the convolutions that use them, kept for all plans of a network.
class PackedWeights {
 public:
  struct Entry {
    dnnl::memory::desc layout;
    std::shared_ptr<std::byte> weights;
    std::shared_ptr<std::byte> bias;  // null: none
  };
  /// `make` fills in plain weights and bias when they are not there yet.
  const Entry& get(const std::string& key, const ConvolutionKernel& kernel,
                   const std::function<std::pair<tensor::Tensor, std::optional<tensor::Tensor>>()>& make);

 private:
  std::map<std::string, std::vector<std::unique_ptr<Entry>>> entries_;
};

/// A plan for a graph with its shapes as they are. `observed`: every activation is made, one node after the
/// other, and shown; otherwise what a convolution can do on the way is done there.
Plan make_plan(const Graph& graph, PackedWeights& packed, bool observed);

}  // namespace ohmweave::network
