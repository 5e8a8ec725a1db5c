// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ohmweave/report/report.h"

namespace ohmweave::report {

/// What was changed about a design: the parts of "isaac:chip.tile.ima.adc.bits=7:chips=4" after the name.
std::vector<std::string> changes(const std::string& configuration);
/// The words of execution::Cause, in its order.
std::string word_of(execution::Cause cause);
std::string word_of(mapping::Where where);

/// The resource of a machine part that is busy for the largest share of the time.
struct Busiest {
  std::string resource;                                // its name in the program
  double busy = 0;                                     // share of the time between the first start and the end
  int64_t instances = 1;                               // of the part that the resource stands for
  std::map<circuit::Verb, double> per_instance_per_s;  // largest rate of any resource of the part
};
/// By machine part.
std::map<std::string, Busiest> busiest(const Report& report);

/// What a stage has of the chain of firings that made the run as long as it is, by why its firings did not
/// start earlier.
struct ChainPart {
  std::string stage;
  int64_t firings = 0;
  double seconds = 0;  // from their starts to the starts of what they let start
  execution::Cause cause = execution::Cause::Nothing;
};
/// Longest first.
std::vector<ChainPart> critical_chain(const Report& report);

/// Time the firings of a stage waited, by cause, per sample.
struct Waiting {
  std::string stage;
  std::map<execution::Cause, double> seconds;
};
/// Stages in program order; those that never waited are left out.
std::vector<Waiting> waiting(const Report& report);

}  // namespace ohmweave::report
