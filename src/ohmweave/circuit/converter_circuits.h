// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "ohmweave/base/random.h"
#include "ohmweave/circuit/converter_errors.h"

namespace ohmweave::circuit {

// The circuits of converters: each gives the characteristic of one converter of `bits`.
Characteristic ideal_converter(int bits);
Characteristic sar_converter(int bits, const ConverterErrors& errors, const Instance& which);
Characteristic ramp_converter(int bits, const ConverterErrors& errors, const Instance& which);
Characteristic flash_converter(int bits, const ConverterErrors& errors, const Instance& which);
/// Pipelined and cyclic.
Characteristic staged_converter(int bits, const ConverterErrors& errors, const Instance& which);

/// Random numbers of one converter, or of what all converters of its place share.
base::RandomStream stream_of(const Instance& which, std::string_view purpose);
base::RandomStream shared_stream_of(const Instance& which, std::string_view purpose);

}  // namespace ohmweave::circuit
