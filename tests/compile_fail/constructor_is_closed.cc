// SPDX-License-Identifier: Apache-2.0
// Quantities are made by from_si() or units::parse, so that a number names its unit.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  Time t = Time::from_si(1);
#ifdef BAD_LINE
  t = Time(1.0);
#endif
}
