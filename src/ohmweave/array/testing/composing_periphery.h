// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ohmweave/array/composed_crossbar.h"

namespace ohmweave::array::testing {

/// What a composed crossbar works with where nothing asks how fast it is: a driver per row and so many sense
/// amplifiers.
inline ComposingPeriphery composing_periphery(circuit::DacSpec dac, int64_t rows,
                                              circuit::SenseAmplifierSpec amplifier, double amplifiers) {
  dac.rate = units::Frequency::from_si(10e6);
  amplifier.rate = units::Frequency::from_si(1e9);
  circuit::ShiftAddSpec add;
  add.rate = units::Frequency::from_si(1e9);
  circuit::RegisterSpec in, out;
  in.bandwidth = out.bandwidth = units::DataRate::from_si(1e9);
  out.role = circuit::RegisterRole::Output;
  return {{std::make_shared<circuit::Dac>(dac), static_cast<double>(rows), {}},
          {std::make_shared<circuit::SenseAmplifier>(amplifier), amplifiers, {}},
          {std::make_shared<circuit::ShiftAdd>(add), 1, {}},
          {std::make_shared<circuit::Register>(in), 1, {}},
          {std::make_shared<circuit::Register>(out), 1, {}}};
}

}  // namespace ohmweave::array::testing
