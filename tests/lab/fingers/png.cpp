// SPDX-License-Identifier: Apache-2.0
// PNG through libpng's simplified interface, which reports errors by value (libpng-manual, section V).
#include <png.h>

#include "tests/lab/fingers/image.hpp"

namespace sekimori::lab::fingers {
namespace {

class PngReader {
  public:
    PngReader() { png_.version = PNG_IMAGE_VERSION; }
    ~PngReader() { png_image_free(&png_); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    png_image* operator->() { return &png_; }
    png_image* get() { return &png_; }

  private:
    png_image png_{};
};

bool one_colour(const std::vector<std::uint8_t>& grey_alpha) {
    for (std::size_t i = 2; i < grey_alpha.size(); i += 2) {
        if (grey_alpha[i] != grey_alpha[0]) {
            return false;
        }
    }
    return true;
}

}  // namespace

Result<GreyImage> load_png_grey(const std::filesystem::path& file) {
    PngReader png;
    if (png_image_begin_read_from_file(png.get(), file.c_str()) == 0) {
        return fail(ErrorCode::malformed, file.string() + ": " + png->message);
    }
    if (png->width == 0 || png->height == 0 || png->width > max_side || png->height > max_side) {
        return fail(ErrorCode::too_large, file.string() + " is larger than a fingerprint sensor's image");
    }
    png->format = PNG_FORMAT_GA;
    GreyImage image{png->width, png->height, {}};
    std::vector<std::uint8_t> grey_alpha(std::size_t{image.width} * image.height * 2);
    if (png_image_finish_read(png.get(), nullptr, grey_alpha.data(), 0, nullptr) == 0) {
        return fail(ErrorCode::malformed, file.string() + ": " + png->message);
    }
    const std::size_t channel = one_colour(grey_alpha) ? 1 : 0;
    image.pixels.reserve(grey_alpha.size() / 2);
    for (std::size_t i = channel; i < grey_alpha.size(); i += 2) {
        // Ink is opaque, and ridges are dark.
        image.pixels.push_back(channel == 1 ? static_cast<std::uint8_t>(255 - grey_alpha[i]) : grey_alpha[i]);
    }
    return image;
}

}  // namespace sekimori::lab::fingers
