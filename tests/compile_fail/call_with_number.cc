// SPDX-License-Identifier: Apache-2.0
// Functions that take a quantity take no number.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  Picoseconds p = to_picoseconds(Time::from_si(1));
#ifdef BAD_LINE
  p = to_picoseconds(100e-9);
#endif
}
