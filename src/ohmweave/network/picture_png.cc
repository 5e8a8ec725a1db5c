// SPDX-License-Identifier: Apache-2.0
// PNG by libpng. Its errors leave by longjmp, which runs no destructors: what lives across a call into it is a
// member here, and functions that call setjmp hold nothing that has to be destroyed.
#include <csetjmp>
#include <cstring>

#include <fmt/format.h>
#include <png.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/network/picture.h"

namespace ohmweave::network {
namespace {

class PngReader {
 public:
  explicit PngReader(std::string_view bytes) : rest_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &on_error, [](png_structp, png_const_charp) {});
    if (png_ == nullptr) throw std::bad_alloc();
    info_ = png_create_info_struct(png_);
    png_set_read_fn(png_, this, &on_read);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Up to the first pixels, with every transformation set; false: problem() says why not.
  bool read_header() {
    if (setjmp(escape_) != 0) return false;
    png_read_info(png_, info_);
    const int type = png_get_color_type(png_, info_);
    if (png_get_bit_depth(png_, info_) == 16) png_set_strip_16(png_);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
    if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png_);
    png_set_strip_alpha(png_);
    passes_ = png_set_interlace_handling(png_);
    return true;
  }
  bool read_rows(uint8_t* to) {
    if (setjmp(escape_) != 0) return false;
    png_read_update_info(png_, info_);
    const size_t row = png_get_rowbytes(png_, info_);
    if (row != static_cast<size_t>(width()) * static_cast<size_t>(channels()))
      png_error(png_, "unexpected form of pixels");
    for (int pass = 0; pass < passes_; ++pass) {
      for (int64_t y = 0; y < height(); ++y) png_read_row(png_, to + static_cast<size_t>(y) * row, nullptr);
    }
    png_read_end(png_, nullptr);
    return true;
  }

  int64_t height() const { return png_get_image_height(png_, info_); }
  int64_t width() const { return png_get_image_width(png_, info_); }
  int64_t channels() const { return (png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1; }
  const char* problem() const { return problem_; }

 private:
  [[noreturn]] static void on_error(png_structp png, png_const_charp what) {
    auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(self->problem_, what, sizeof self->problem_ - 1);
    std::longjmp(self->escape_, 1);
  }
  static void on_read(png_structp png, png_bytep to, size_t count) {
    auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > self->rest_.size()) png_error(png, "the file is cut off");
    std::memcpy(to, self->rest_.data(), count);
    self->rest_.remove_prefix(count);
  }

  std::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  std::jmp_buf escape_{};
  char problem_[120] = "";
};

}  // namespace

Picture decode_png(std::string_view bytes, const std::string& name) {
  PngReader reader(bytes);
  const auto refuse = [&] { base::fail(name, fmt::format("damaged PNG picture: {}", reader.problem())); };
  if (!reader.read_header()) refuse();
  Picture out{reader.height(), reader.width(), reader.channels(), {}};
  // A deflated stream holds at most 1032 bytes for one of its own, of which a pixel takes an eighth at least.
  constexpr int64_t kMostPerByte = 8 * 1032;
  if (out.height > kMostPixels / out.width)
    base::fail(name, fmt::format("{} x {} pixels are more than are read", out.height, out.width));
  if (out.height * out.width / kMostPerByte > static_cast<int64_t>(bytes.size()))
    base::fail(name, fmt::format("damaged PNG picture: {} bytes cannot hold {} x {} pixels", bytes.size(),
                                 out.height, out.width));
  out.pixels.resize(static_cast<size_t>(out.height * out.width * out.channels));
  if (!reader.read_rows(out.pixels.data())) refuse();
  return out;
}

}  // namespace ohmweave::network
