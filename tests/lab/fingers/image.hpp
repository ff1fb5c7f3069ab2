// SPDX-License-Identifier: Apache-2.0
// An 8-bit grey image: dark ridges on a light ground, as a 500 dpi optical sensor delivers it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/result.hpp"

namespace sekimori::lab::fingers {

// Row-major, no padding: pixels.size() == width * height.
struct GreyImage {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<std::uint8_t> pixels;

    bool operator==(const GreyImage&) const = default;
};

// The sensor driver disconnects a client that announces a larger side.
inline constexpr std::uint32_t max_side = 5000;

// Binary PGM (P5) with maxval 255 and sides of 1 to max_side; anything else is an error.
[[nodiscard]] Result<GreyImage> load_pgm(const std::filesystem::path& file);
[[nodiscard]] Result<void> save_pgm(const GreyImage& image, const std::filesystem::path& file);

// Any PNG, taken as 8-bit grey. A picture that is one colour with its content in the alpha channel (as NIST samples are
// often kept) is read from the alpha channel.
[[nodiscard]] Result<GreyImage> load_png_grey(const std::filesystem::path& file);

}  // namespace sekimori::lab::fingers
