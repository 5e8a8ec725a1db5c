// SPDX-License-Identifier: Apache-2.0
// Unlike quantities do not add.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  Voltage v = Voltage::from_si(1) + Voltage::from_si(2);
#ifdef BAD_LINE
  v = v + Current::from_si(1);
#endif
}
