// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// Functions of one value, by the names of the operators of networks.
enum class Function { Relu, LeakyRelu, Clip, Sigmoid, HardSigmoid, Tanh, Elu, Softplus };

struct ActivationSpec : CostSpec {
  std::vector<Function> functions;
  units::Frequency rate;

  static constexpr auto fields() {
    using S = ActivationSpec;
    return component_fields<S>(config::required("functions", &S::functions, "what it can compute"),
                               config::required("rate", &S::rate, "values a second of one unit").above(0));
  }
};

/// Applies a function to one value at a time.
class Activation : public Component {
 public:
  explicit Activation(const ActivationSpec& spec);
  const std::vector<Function>& functions() const { return functions_; }
  bool computes(std::string_view function) const override;

 private:
  std::vector<Function> functions_;
};

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::Function> {
  using enum ohmweave::circuit::Function;
  static constexpr std::pair<std::string_view, ohmweave::circuit::Function> values[] = {
      {"relu", Relu},       {"leaky_relu", LeakyRelu},     {"clip", Clip},
      {"sigmoid", Sigmoid}, {"hard_sigmoid", HardSigmoid}, {"tanh", Tanh},
      {"elu", Elu},         {"softplus", Softplus}};
};
