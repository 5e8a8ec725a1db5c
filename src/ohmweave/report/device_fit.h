// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/device/fit.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// What was fitted and how well, for people and for programs.
std::string fit_text(const device::DeviceFit& fit, const Style& style, int columns);
nlohmann::ordered_json fit_json(const device::DeviceFit& fit);
/// Measurements, the fit through them, and what it leaves, SVG.
std::string fit_picture(const device::DeviceFit& fit, const device::Measurements& measurements);

}  // namespace ohmweave::report
