// SPDX-License-Identifier: Apache-2.0
// The adder of 3D-BNN as a method; its sums over windows are binarized_window.h.
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/stacked_adder.h"

namespace ohmweave::logic {
namespace {

std::string refusal(Arithmetic operation, LogicFormat format) {
  if (operation != Arithmetic::Add && operation != Arithmetic::Sub) return "it only has add and sub";
  return format.bits < 2 ? "it adds numbers of at least 2 bits" : "";
}

LogicProgram build(Arithmetic operation, LogicFormat format) {
  return operation == Arithmetic::Add ? stacked_sum(format.bits) : stacked_difference(format.bits);
}

}  // namespace

const LogicMethod kBnn3d = {
    "bnn3d",
    "after Kim, Hanson, Li: An efficient 3D ReRAM convolution processor design for binarized weight networks, "
    "IEEE Trans. Circuits and Systems II, 2021",
    "a reconstruction, since only the abstract is public: nine NOR for a full adder, three layers, the high "
    "half "
    "once for each carry; NOT and NOR of two inputs, cells initialised in bulk",
    refusal,
    build,
    [](Arithmetic, LogicFormat, std::span<const uint64_t>, std::span<const uint64_t>) { return true; }};

}  // namespace ohmweave::logic
