// SPDX-License-Identifier: Apache-2.0
// A bare number is no energy.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  Energy e = Energy::from_si(1);
#ifdef BAD_LINE
  e = 1.0;
#endif
}
