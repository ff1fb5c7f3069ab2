// SPDX-License-Identifier: Apache-2.0
// A rectangle of real numbers, sampled at pixel centres.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sekimori::lab::fingers {

struct Size {
    std::size_t width;
    std::size_t height;

    [[nodiscard]] constexpr std::size_t area() const { return width * height; }
};

struct Point {
    double x;
    double y;
};

class Field {
  public:
    explicit Field(Size size) : size_(size), values_(size.area()) {}

    [[nodiscard]] Size size() const { return size_; }
    // Precondition: x < width, y < height.
    [[nodiscard]] float& at(std::size_t x, std::size_t y) { return values_[y * size_.width + x]; }
    [[nodiscard]] float at(std::size_t x, std::size_t y) const { return values_[y * size_.width + x]; }
    // Bilinear; a point outside takes the value at the nearest edge.
    [[nodiscard]] float sample(Point point) const;
    [[nodiscard]] std::span<float> values() { return values_; }
    [[nodiscard]] std::span<const float> values() const { return values_; }

  private:
    Size size_;
    std::vector<float> values_;
};

// Smooth noise: white noise under a triangular window of the given radius in pixels, scaled to variance 1.
class Random;
[[nodiscard]] Field smooth_noise(Size size, std::size_t radius, Random& random);

}  // namespace sekimori::lab::fingers
