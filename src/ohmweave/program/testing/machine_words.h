// SPDX-License-Identifier: Apache-2.0
// What the files of machines.h share.
#pragma once

#include <string>
#include <vector>

#include "ohmweave/program/testing/machines.h"

namespace ohmweave::program::testing {

using circuit::Verb;

inline std::string numbered(const std::string& word, int64_t k) { return word + std::to_string(k); }
/// A step that reads.
inline std::vector<StepBy> one(const std::string& on, Picoseconds lasts = 1) {
  return {{on, Verb::Read, 0, lasts}};
}

}  // namespace ohmweave::program::testing
