// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/config/value.h"

namespace ohmweave::network {

/// Pixels of 8 bits: rows from the top, pixels from the left, one channel (grey) or three (red, green, blue).
struct Picture {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;
};

/// Larger pictures are refused before memory is taken for them.
constexpr int64_t kMostPixels = int64_t{1} << 28;

/// A PNG or JPEG file, known by its first bytes; `name` is what errors call it. The pixels are those that
/// Pillow's convert("L") and convert("RGB") give: palettes are looked up, transparency is dropped, of 16 bits
/// the upper 8 are taken (Pillow does so for colour, and clips grey), CMYK is converted as Adobe's. Failure:
/// neither, damaged, cut off, too large.
Picture decode_picture(std::string_view bytes, const std::string& name);
Picture decode_png(std::string_view bytes, const std::string& name);
Picture decode_jpeg(std::string_view bytes, const std::string& name);

/// One channel of luma (ITU-R BT.601, in 16 bits of fraction), or three equal ones.
Picture in_grey(Picture picture);
Picture in_colour(Picture picture);

enum class Interpolation { Nearest, Bilinear, Bicubic };

/// What becomes of a picture before it is a sample, as torchvision's Resize and CenterCrop do with PIL
/// pictures.
struct PictureOptions {
  enum class Colour { AsStored, Grey, Rgb };
  std::vector<int64_t> resize;  // one number: of the shorter side; two: height and width; none: as it is
  std::vector<int64_t> crop;    // one number: of both sides; two: height and width; none: all of it
  Interpolation interpolation = Interpolation::Bilinear;
  Colour colour = Colour::AsStored;
};

/// To another size by the filter, widened where the picture shrinks (antialiased), to the bits of Pillow's
/// resize().
Picture resized(const Picture& picture, int64_t height, int64_t width, Interpolation how);
/// The middle; where the picture is smaller it is put on black.
Picture centre_cropped(const Picture& picture, int64_t height, int64_t width);
/// Resized and cropped.
Picture fitted(Picture picture, const PictureOptions& how);

}  // namespace ohmweave::network

template <>
struct ohmweave::config::Words<ohmweave::network::Interpolation> {
  using enum ohmweave::network::Interpolation;
  static constexpr std::pair<std::string_view, ohmweave::network::Interpolation> values[] = {
      {"nearest", Nearest}, {"bilinear", Bilinear}, {"bicubic", Bicubic}};
};
