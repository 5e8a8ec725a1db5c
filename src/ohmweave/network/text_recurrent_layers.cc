// SPDX-License-Identifier: Apache-2.0
// Recurrent layers of sequences.
#include "ohmweave/network/recurrent.h"
#include "ohmweave/network/text_layer_kinds.h"

namespace ohmweave::network {
namespace {

using config::defaulted;
using config::required;

/// Hochreiter and Schmidhuber (1997), with forget gates (Gers et al. 2000), without peepholes: the states of
/// all steps. The biases of ONNX, cuDNN and PyTorch are two per gate, one beside each of the two products;
/// states begin at zero.
struct LongShortTermMemory : Placement {
  int64_t features = 0;
  bool bidirectional = false, bias = true;
  static constexpr auto fields() {
    using T = LongShortTermMemory;
    return std::tuple_cat(
        std::tuple(required("features", &T::features, "numbers in the state").within(1, kMostUnits),
                   defaulted("bidirectional", &T::bidirectional,
                             "whether another state comes from the end; its features stand behind the others"),
                   defaulted("bias", &T::bias,
                             "whether something is added to each gate: two biases, as ONNX and PyTorch have")),
        placed<T>());
  }
  ValueId build(LayerSite& site, const std::vector<ValueId>&) const {
    const int64_t width = site.sequence()[2], directions = bidirectional ? 2 : 1,
                  gates = gates_of(Op::LSTM) * features;
    std::vector<ValueId> inputs{site.input(), site.constant(".input_weight", {directions, gates, width}),
                                site.constant(".state_weight", {directions, gates, features})};
    if (bias) inputs.push_back(site.constant(".bias", {directions, 2 * gates}));
    const ValueId states = site.node(
        Op::LSTM, inputs,
        {{"direction", std::string(bidirectional ? "bidirectional" : "forward")}, {"hidden_size", features}},
        ".states");
    return site.node(Op::Reshape, {states, site.integers(".shape", {0, 0, directions * features})});
  }
};

}  // namespace

LayerKind lstm_kind() {
  return kind<LongShortTermMemory>(
      "lstm", "Long short-term memory: the states of all steps, with forget gates, without peepholes.",
      "features");
}

}  // namespace ohmweave::network
