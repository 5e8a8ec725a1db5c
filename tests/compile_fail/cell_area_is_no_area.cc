// SPDX-License-Identifier: Apache-2.0
// A cell area needs a technology to become an area.
#include "ohmweave/units/quantity.h"

using namespace ohmweave::units;  // NOLINT(google-build-using-namespace)

int main() {
  Area a = CellArea::from_squares(4).at(Length::from_si(1e-9));
#ifdef BAD_LINE
  a = CellArea::from_squares(4);
#endif
}
