// SPDX-License-Identifier: Apache-2.0
// A quantity leaves its type by si() only.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  double x = Energy::from_si(1).si();
#ifdef BAD_LINE
  x = Energy::from_si(1);
#endif
}
