// SPDX-License-Identifier: Apache-2.0
// A product has the product of the dimensions.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  Energy e = Power::from_si(1) * Time::from_si(1);
#ifdef BAD_LINE
  e = Power::from_si(1) / Time::from_si(1);
#endif
}
