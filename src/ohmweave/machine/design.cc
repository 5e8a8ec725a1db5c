// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/design.h"

namespace ohmweave {

bool config::Value<tensor::FloatingPoint>::decode(const Node& n, tensor::FloatingPoint& v,
                                                  base::Diagnostics& d) {
  const auto parsed = n.kind == Node::Kind::Scalar ? tensor::parse_floating_point(n.text)
                                                   : std::optional<tensor::FloatingPoint>();
  if (parsed) {
    v = *parsed;
    return true;
  }
  const std::string hint = base::did_you_mean(n.text, {"bf16", "fp16", "fp32"});
  d.error(n.span,
          fmt::format("expected bf16, fp16, fp32 or float:E:M with 2 to 8 bits of exponent and 1 to 23 of "
                      "mantissa, found {}{}",
                      describe(n), hint));
  return false;
}

bool machine::PrecisionSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  const auto conflict = [&](std::string_view key) {
    d.error(node.find(key)->span,
            fmt::format("'{}' is of machines of whole numbers, and 'floating' is given", key));
    return false;
  };
  if (floating) {
    bool good = true;
    if (weight) good = conflict("weight");
    if (input) good = conflict("input");
    if (unsigned_inputs) good = conflict("unsigned_inputs");
    if (scales != tensor::Scales::Free) good = conflict("scales");
    return good;
  }
  if (weight && input) return true;
  d.error(node.span, weight || input
                         ? fmt::format("key '{}' is missing", weight ? "input" : "weight")
                         : "give 'weight' and 'input', bits of whole numbers, or 'floating', such as bf16");
  return false;
}

}  // namespace ohmweave
