// SPDX-License-Identifier: Apache-2.0
// The models a baseline may have.
#include "ohmweave/report/neural_processor.h"
#include "ohmweave/report/neural_units.h"
#include "ohmweave/report/roofline.h"

namespace ohmweave::report {
namespace {

template <class Spec, class Made>
BaselineKind kind(std::string_view word, std::string_view doc) {
  return {word, doc, &config::describe_fields<Spec>,
          [](config::Node& node, const std::string& name,
             base::Diagnostics& d) -> std::shared_ptr<const BaselineModel> {
            Spec spec;
            if (!config::read(node, spec, d)) return nullptr;
            return std::make_shared<const Made>(spec, name);
          }};
}

}  // namespace

const std::vector<BaselineKind>& baseline_kinds() {
  static const std::vector<BaselineKind> all = {
      kind<RooflineSpec, Roofline>("roofline", "a processor that waits for its arithmetic or its memory"),
      kind<NeuralUnitsSpec, NeuralUnits>("neural_units",
                                         "chips of multipliers and adder trees that hold all weights"),
      kind<NeuralProcessorSpec, NeuralProcessor>(
          "neural_processor", "multipliers and an adder tree with small buffers, beside or inside a memory"),
  };
  return all;
}

}  // namespace ohmweave::report
