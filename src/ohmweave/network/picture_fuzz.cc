// SPDX-License-Identifier: Apache-2.0
// Seeds: tests/data/network/pictures
#include <cstdint>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/picture.h"

/// Any bytes are a picture or a diagnosis of what is wrong with them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ohmweave;
  try {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const network::Picture picture = network::decode_picture(bytes, "fuzz");
    if (picture.height * picture.width < (1 << 20))
      (void)network::fitted(picture, {{7}, {5, 9}, network::Interpolation::Bicubic});
  } catch (const base::Failure&) {
  }
  return 0;
}
