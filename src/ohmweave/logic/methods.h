// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/method.h"

namespace ohmweave::logic {

// Every method is one entry, defined in its own file and listed in method.cc.

extern const LogicMethod kOhmweave;
extern const LogicMethod kAritpim, kAritpimUnsigned, kAritpimParallel;
extern const LogicMethod kMultpim, kMultpimArea, kMultpimNor, kHajali, kFloatpim, kFelix, kNor9, kBnn3d;

}  // namespace ohmweave::logic
