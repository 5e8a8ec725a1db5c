// SPDX-License-Identifier: Apache-2.0
// JPEG by libjpeg (turbo), with its presets: the slow, exact transform and smooth upsampling, as Pillow uses
// it. Errors leave by longjmp; see picture_png.cc.
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it

#include <fmt/format.h>
#include <jpeglib.h>
// After it:
#include <jerror.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/picture.h"

namespace ohmweave::network {
namespace {

class JpegReader {
 public:
  explicit JpegReader(std::string_view bytes) : bytes_(bytes) {
    jpeg_.err = jpeg_std_error(&errors_);
    errors_.error_exit = &on_error;
    errors_.emit_message = &on_message;
    jpeg_.client_data = this;
  }
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// Up to the first pixels; false: problem() says why not.
  bool read_header() {
    if (setjmp(escape_) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    jpeg_read_header(&jpeg_, TRUE);
    if (jpeg_.num_components == 4) jpeg_.out_color_space = JCS_CMYK;
    return true;
  }
  bool read_rows(uint8_t* to) {
    if (setjmp(escape_) != 0) return false;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = to + size_t{jpeg_.output_scanline} * jpeg_.output_width *
                              static_cast<size_t>(jpeg_.output_components);
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  int64_t height() const { return jpeg_.image_height; }
  int64_t width() const { return jpeg_.image_width; }
  int64_t components() const { return jpeg_.num_components; }
  const char* problem() const { return problem_; }

 private:
  [[noreturn]] static void on_error(j_common_ptr jpeg) {
    auto* self = static_cast<JpegReader*>(jpeg->client_data);
    jpeg->err->format_message(jpeg, self->problem_);
    std::longjmp(self->escape_, 1);
  }
  /// libjpeg only warns of files that are cut off or damaged and fills in grey; these are errors here.
  static void on_message(j_common_ptr jpeg, int level) {
    const int code = jpeg->err->msg_code;
    const bool harmless = code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR;
    if (level < 0 && !harmless) on_error(jpeg);
  }

  std::string_view bytes_;
  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  std::jmp_buf escape_{};
  char problem_[JMSG_LENGTH_MAX] = "";
};

/// Cyan, magenta, yellow and black as files hold them (Adobe: 255 is no ink) to red, green and blue.
Picture from_inks(const Picture& inks) {
  Picture out{inks.height, inks.width, 3, {}};
  out.pixels.resize(inks.pixels.size() / 4 * 3);
  for (size_t k = 0; k < inks.pixels.size() / 4; ++k) {
    const int light = inks.pixels[4 * k + 3];
    for (size_t c = 0; c < 3; ++c) {
      const int product = (255 - inks.pixels[4 * k + c]) * light + 128;
      out.pixels[3 * k + c] =
          static_cast<uint8_t>(light - (((product >> 8) + product) >> 8));  // / 255, rounded
    }
  }
  return out;
}

}  // namespace

Picture decode_jpeg(std::string_view bytes, const std::string& name) {
  JpegReader reader(bytes);
  const auto refuse = [&] { base::fail(name, fmt::format("damaged JPEG picture: {}", reader.problem())); };
  if (!reader.read_header()) refuse();
  Picture out{reader.height(), reader.width(), reader.components(), {}};
  if (out.channels != 1 && out.channels != 3 && out.channels != 4)
    base::fail(name, fmt::format("a JPEG picture of {} components is not known; grey, YCbCr and CMYK are",
                                 out.channels));
  if (out.height > kMostPixels / out.width)
    base::fail(name, fmt::format("{} x {} pixels are more than are read", out.height, out.width));
  out.pixels.resize(static_cast<size_t>(out.height * out.width * out.channels));
  if (!reader.read_rows(out.pixels.data())) refuse();
  return out.channels == 4 ? from_inks(out) : out;
}

}  // namespace ohmweave::network
