// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/kinds.h"

#include <algorithm>

#include "ohmweave/array/composed_crossbar.h"
#include "ohmweave/array/crossbar.h"
#include "ohmweave/array/logic_rows.h"
#include "ohmweave/array/stacked_rows.h"

namespace ohmweave::array {

Part<circuit::Register> Surroundings::find_register(circuit::RegisterRole role) const {
  using circuit::Component;
  using circuit::Register;
  using circuit::RegisterRole;
  if (role == RegisterRole::Input) {
    return as<Register>(find("register with role input", [](const Component& c) {
      const auto* r = dynamic_cast<const Register*>(&c);
      return r != nullptr && r->role() == RegisterRole::Input;
    }));
  }
  return as<Register>(find("register with role output", [](const Component& c) {
    const auto* r = dynamic_cast<const Register*>(&c);
    return r != nullptr && r->role() == RegisterRole::Output;
  }));
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"crossbar", "analog products of input digits and the levels of cells, summed along columns",
       &config::describe_fields<CrossbarSpec>, &make_crossbar},
      {"composed_crossbar",
       "pairs of analog crossbars whose few-bit sums are composed of parts of inputs and slices of weights",
       &config::describe_fields<ComposedCrossbarSpec>, &make_composed_crossbar},
      {"logic_rows", "rows of memristive cells that multiply and add by stateful logic, each row a sum",
       &config::describe_fields<LogicRowsSpec>, &make_logic_rows, true},
      {"stacked_rows",
       "rows of memristive cells in a stack of layers that add up inputs with weights of 1 and -1 by NOR",
       &config::describe_fields<StackedRowsSpec>, &make_stacked_rows},
  };
  return all;
}

const Kind* find_kind(std::string_view word) {
  const auto& all = kinds();
  auto at = std::find_if(all.begin(), all.end(), [&](const Kind& k) { return k.word == word; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace ohmweave::array
