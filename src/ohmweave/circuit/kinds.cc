// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ohmweave/circuit/activation.h"
#include "ohmweave/circuit/adc.h"
#include "ohmweave/circuit/buffer.h"
#include "ohmweave/circuit/bus.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/circuit/dac.h"
#include "ohmweave/circuit/integrate_fire.h"
#include "ohmweave/circuit/link.h"
#include "ohmweave/circuit/max_pool.h"
#include "ohmweave/circuit/register.h"
#include "ohmweave/circuit/router.h"
#include "ohmweave/circuit/sample_hold.h"
#include "ohmweave/circuit/sense_amplifier.h"
#include "ohmweave/circuit/shift_add.h"

namespace ohmweave::circuit {
namespace {

template <class Spec, class Made>
Kind kind(std::string_view word, std::string_view doc) {
  return {word, doc, &config::describe_fields<Spec>,
          [](config::Node& node, base::Diagnostics& d) -> std::shared_ptr<Component> {
            Spec spec;
            if (!read_component(node, spec, d)) return nullptr;
            return std::make_shared<Made>(spec);
          }};
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      kind<DacSpec, Dac>("dac", "drives a row with one digit of an input"),
      kind<SampleHoldSpec, SampleHold>("sample_hold", "holds the sum of a column until it is converted"),
      kind<AdcSpec, Adc>("adc", "converts the sum of a column into a whole number"),
      kind<SenseAmplifierSpec, SenseAmplifier>("sense_amplifier",
                                               "converts the sum of a column step by step, a bit each"),
      kind<IntegrateFireSpec, IntegrateFire>("integrate_fire",
                                             "counts the spikes that the charge of a column makes"),
      kind<ShiftAddSpec, ShiftAdd>("shift_add", "shifts and adds numbers"),
      kind<RegisterSpec, Register>("register", "holds inputs or sums beside the arrays"),
      kind<BufferSpec, Buffer>("buffer", "holds activations"),
      kind<BusSpec, Bus>("bus", "wires that one sender at a time uses"),
      kind<RouterSpec, Router>("router", "passes flits between its ports"),
      kind<LinkSpec, Link>("link", "connects chips"),
      kind<ActivationSpec, Activation>("activation", "applies a function to a value"),
      kind<MaxPoolSpec, MaxPool>("max_pool", "keeps the largest of several values"),
  };
  return all;
}

const Kind* find_kind(std::string_view word) {
  const auto& all = kinds();
  auto at = std::find_if(all.begin(), all.end(), [&](const Kind& k) { return k.word == word; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace ohmweave::circuit
