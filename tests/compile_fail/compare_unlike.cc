// SPDX-License-Identifier: Apache-2.0
// Unlike quantities do not compare.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  bool b = Length::from_si(1) < Length::from_si(2);
#ifdef BAD_LINE
  b = Length::from_si(1) < Area::from_si(1);
#endif
}
