// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/reference_plan.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ohmweave::network {

using tensor::Tensor;

size_t Plan::add_buffer(Buffer buffer) {
  buffers_.push_back(buffer);
  return buffers_.size() - 1;
}

void Plan::add_step(const std::vector<size_t>& uses, Action action) {
  for (size_t id : uses) {
    buffers_[id].first = std::min(buffers_[id].first, steps_.size());
    buffers_[id].last = std::max(buffers_[id].last, steps_.size());
  }
  steps_.push_back({std::move(action), {}});
}

void Plan::add_output(std::optional<size_t> buffer, Tensor constant, tensor::Element element,
                      tensor::Shape shape) {
  if (buffer) {
    buffers_[*buffer].last = SIZE_MAX;
    buffers_[*buffer].first = std::min(buffers_[*buffer].first, steps_.size());
  }
  outputs_.push_back({buffer, std::move(constant), element, std::move(shape)});
}

/// Largest first, each at the lowest place that is free during its life.
void Plan::arrange() {
  constexpr size_t kAlignment = 64;
  std::vector<size_t> order;
  for (size_t id = 0; id < buffers_.size(); ++id) {
    if (buffers_[id].kind == Buffer::Kind::Planned && buffers_[id].first != SIZE_MAX) order.push_back(id);
    if (buffers_[id].kind == Buffer::Kind::Held && buffers_[id].last < steps_.size())
      steps_[buffers_[id].last].finished.push_back(id);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers_[a].bytes > buffers_[b].bytes; });
  std::vector<size_t> placed;  // by place
  for (size_t id : order) {
    Buffer& b = buffers_[id];
    b.bytes = (b.bytes + kAlignment - 1) / kAlignment * kAlignment;
    size_t place = 0;
    for (size_t other : placed) {
      const Buffer& o = buffers_[other];
      bool together = o.first <= b.last && b.first <= o.last;
      if (!together || o.place + o.bytes <= place) continue;
      if (o.place >= place + b.bytes) break;
      place = o.place + o.bytes;
    }
    b.place = place;
    bytes_ = std::max(bytes_, place + b.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), place,
                                   [&](size_t p, size_t other) { return p < buffers_[other].place; }),
                  id);
  }
}

std::byte* Plan::at(Running& running, size_t id) const {
  const Buffer& b = buffers_[id];
  if (b.kind == Buffer::Kind::Planned) return running.memory + b.place;
  const Tensor& t = b.kind == Buffer::Kind::Input ? running.inputs[b.place] : running.held[id];
  return const_cast<std::byte*>(t.raw());  // never written: steps write to planned buffers only
}

Tensor Plan::tensor_at(Running& running, size_t id, tensor::Element element, const tensor::Shape& shape) const {
  const Buffer& b = buffers_[id];
  if (b.kind == Buffer::Kind::Planned)
    return Tensor::view(element, shape, running.owner, running.memory + b.place);
  return (b.kind == Buffer::Kind::Input ? running.inputs[b.place] : running.held[id]).reshaped(shape);
}

Tensor Plan::owned(const Running& running, Tensor tensor) const {
  const std::byte* begin = tensor.raw();
  if (begin < running.memory || begin >= running.memory + bytes_) return tensor;
  Tensor copy = Tensor::uninitialized(tensor.element(), tensor.shape());
  std::memcpy(copy.mutable_raw(), begin, copy.bytes());
  return copy;
}

std::vector<Tensor> Plan::run(std::span<const Tensor> inputs, const Reference::Observer* see) {
  if (!memory_) memory_ = allocate_aligned(bytes_);
  Running running{
      memory_.get(), memory_, inputs, std::vector<Tensor>(buffers_.size()), see, dnnl::stream(onednn_engine())};
  for (const Step& step : steps_) {
    step.action(running, *this);
    for (size_t id : step.finished) running.held[id] = Tensor();
  }
  std::vector<Tensor> outputs;
  for (const Output& o : outputs_) {
    if (!o.buffer) {
      outputs.push_back(o.constant);
    } else {
      outputs.push_back(owned(running, tensor_at(running, *o.buffer, o.element, o.shape)));
    }
  }
  return outputs;
}

const PackedWeights::Entry& PackedWeights::get(
    const std::string& key, const ConvolutionKernel& kernel,
    const std::function<std::pair<Tensor, std::optional<Tensor>>()>& make) {
  auto& known = entries_[key];
  for (const auto& entry : known) {
    if (entry->layout == kernel.weights_layout()) return *entry;
  }
  auto [weights, bias] = make();
  auto entry = std::make_unique<Entry>();
  entry->layout = kernel.weights_layout();
  entry->weights = allocate_aligned(entry->layout.get_size());
  reorder(kernel.plain_weights(), weights.raw(), entry->layout, entry->weights.get());
  if (bias) {
    entry->bias = allocate_aligned(bias->bytes());
    std::memcpy(entry->bias.get(), bias->raw(), bias->bytes());
  }
  known.push_back(std::move(entry));
  return *known.back();
}

}  // namespace ohmweave::network
