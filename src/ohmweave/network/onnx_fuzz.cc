// SPDX-License-Identifier: Apache-2.0
// Seeds: networks
// Reference seeds: onnx_backend models/mlperf_tiny models/mnist_lstm_tflm models/structural_tinyvit models/shape_only
#include <cstdint>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/passes.h"

/// Any bytes are a network or a diagnosis of what is wrong with them; what was read can be prepared for a machine.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ohmweave;
  for (bool allow_unsupported : {false, true}) {
    try {
      network::LoadOptions options;
      options.allow_unsupported = allow_unsupported;
      std::string bytes(reinterpret_cast<const char*>(data), size);
      network::Graph graph = network::import_onnx_bytes(std::move(bytes), "fuzz.onnx", options).graph;
      network::infer_shapes(graph);
      (void)network::parameter_count(graph);
      (void)network::multiply_accumulates(graph);
      network::fold_batch_norm(graph);
      network::quantize(graph, {}, nullptr);
      network::validate(graph);
    } catch (const base::Failure&) {
    }
  }
  return 0;
}
