// SPDX-License-Identifier: Apache-2.0
// Reports of one network on several machines, side by side.
#pragma once

#include <string>
#include <vector>

#include "ohmweave/report/report.h"
#include "ohmweave/report/terms.h"

namespace ohmweave::report {

/// Several reports side by side, each beside its ratio to the first; in front of them what is equal and what is
/// not, behind them what they do within one budget, if the terms name one.
std::string compare_text(const std::vector<Report>& reports, bool colour, const Terms& terms = {});
/// Energy and area of each as bars by component, energy against throughput, and accuracies where there are
/// any: an SVG as wide as a column of a paper, whose text can be read when it is printed that wide.
std::string compare_picture(const std::vector<Report>& reports);

/// Configurations as short as they stay different, in their order: "isaac adc.bits=7" for
/// "isaac:chip.tile.ima.adc.bits=7".
std::vector<std::string> short_names(const std::vector<std::string>& configurations);

/// Those of reports with their number in front, "2 isaac adc.bits=7".
std::vector<std::string> numbered_names(const std::vector<Report>& reports);

}  // namespace ohmweave::report
