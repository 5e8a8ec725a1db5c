// SPDX-License-Identifier: Apache-2.0
// What options say about networks and data.
#pragma once

#include "ohmweave/cli/arguments.h"
#include "ohmweave/network/feed.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/metric.h"

namespace ohmweave::cli {

/// What --shape and --bind say of a network's inputs.
network::LoadOptions load_options(const Arguments& arguments);
/// --div, --mean, --std, --bgr, --transpose-hw and --layout.
network::Preprocessing preprocessing(const Arguments& arguments);
/// --resize, --crop, --interpolation and --colour.
network::PictureOptions pictures(const Arguments& arguments);
/// --window.
network::Windows windows(const Arguments& arguments);
/// --metric and --padding.
report::MetricOptions metric(const Arguments& arguments);

}  // namespace ohmweave::cli
