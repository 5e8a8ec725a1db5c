// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/program/program.h"

namespace ohmweave::program::testing {

/// What a random program may have, beside chains of stages with windows of many kinds, strides, skip
/// connections and a resource for each step.
struct RandomOptions {
  int64_t images = 2;
  bool bounded = false;   // stores have capacities, of two images or as tight as windows allow
  bool shared = false;    // steps of several stages on one resource
  bool units = false;     // resources with several units
  bool lanes = false;     // lanes, adjacent or in blocks
  bool several = false;   // several steps of a firing on one resource, with gaps between them
  bool measures = false;  // steps of variable length
  bool lags = false;      // recurrences over images, and a stage that fires once and feeds all
  bool instant = false;   // steps and holds of no time; not together with `bounded` values
};

/// The same program for the same arguments, everywhere.
Program random_program(uint64_t seed, const RandomOptions& options);

}  // namespace ohmweave::program::testing
