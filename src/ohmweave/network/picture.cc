// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/picture.h"

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::network {

Picture decode_picture(std::string_view bytes, const std::string& name) {
  if (bytes.substr(0, 4) == "\x89PNG") return decode_png(bytes, name);
  if (bytes.substr(0, 3) == "\xff\xd8\xff") return decode_jpeg(bytes, name);
  base::fail(name, bytes.empty() ? "the file is empty" : "neither a PNG nor a JPEG picture");
}

Picture in_grey(Picture picture) {
  if (picture.channels == 1) return picture;
  // 0.299, 0.587 and 0.114 in units of 1 / 65536, rounded to nearest; they add up to 1.
  constexpr uint32_t kRed = 19595, kGreen = 38470, kBlue = 7471, kHalf = 0x8000;
  Picture out{picture.height, picture.width, 1, {}};
  out.pixels.resize(picture.pixels.size() / 3);
  for (size_t k = 0; k < out.pixels.size(); ++k) {
    const uint8_t* p = picture.pixels.data() + 3 * k;
    out.pixels[k] = static_cast<uint8_t>((p[0] * kRed + p[1] * kGreen + p[2] * kBlue + kHalf) >> 16);
  }
  return out;
}

Picture in_colour(Picture picture) {
  if (picture.channels == 3) return picture;
  Picture out{picture.height, picture.width, 3, {}};
  out.pixels.reserve(picture.pixels.size() * 3);
  for (uint8_t grey : picture.pixels) out.pixels.insert(out.pixels.end(), 3, grey);
  return out;
}

}  // namespace ohmweave::network
