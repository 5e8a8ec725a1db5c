// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/circuit/component.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// What a register holds.
enum class RegisterRole { Input, Output };

struct RegisterSpec : CostSpec {
  RegisterRole role = RegisterRole::Input;
  units::Data capacity;
  units::DataRate bandwidth;

  static constexpr auto fields() {
    using S = RegisterSpec;
    return component_fields<S>(
        config::required("role", &S::role, "whether it holds the inputs of products or their sums"),
        config::required("capacity", &S::capacity, "size of one register").above(0),
        config::required("bandwidth", &S::bandwidth, "bytes a second in and out together").above(0));
  }
};

/// Registers beside the arrays. A write to an output register is an accumulation: a sum is read, added to and
/// written back.
class Register : public Component {
 public:
  explicit Register(const RegisterSpec& spec);
  RegisterRole role() const { return role_; }
  units::Data capacity() const { return capacity_; }
  units::DataRate bandwidth() const { return bandwidth_; }

 private:
  RegisterRole role_;
  units::Data capacity_;
  units::DataRate bandwidth_;
};

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::RegisterRole> {
  using enum ohmweave::circuit::RegisterRole;
  static constexpr std::pair<std::string_view, ohmweave::circuit::RegisterRole> values[] = {{"input", Input},
                                                                                            {"output", Output}};
};
