// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/fingers/field.hpp"

#include <algorithm>
#include <cmath>

#include "tests/lab/fingers/random.hpp"

namespace sekimori::lab::fingers {
namespace {

// Mean over 2 * radius + 1 neighbours on a line that wraps around.
void box_blur(std::span<float> line, std::size_t radius, std::vector<float>& scratch) {
    const std::size_t count = line.size();
    scratch.assign(line.begin(), line.end());
    double sum = 0.0;
    for (std::size_t i = 0; i <= 2 * radius; ++i) {
        sum += scratch[(i + count - radius % count) % count];
    }
    const double scale = 1.0 / static_cast<double>(2 * radius + 1);
    for (std::size_t i = 0; i < count; ++i) {
        line[i] = static_cast<float>(sum * scale);
        sum += scratch[(i + radius + 1) % count] - scratch[(i + count - radius % count) % count];
    }
}

void blur(Field& field, std::size_t radius) {
    const Size size = field.size();
    std::vector<float> scratch;
    for (std::size_t y = 0; y < size.height; ++y) {
        box_blur(field.values().subspan(y * size.width, size.width), radius, scratch);
    }
    std::vector<float> column(size.height);
    for (std::size_t x = 0; x < size.width; ++x) {
        for (std::size_t y = 0; y < size.height; ++y) {
            column[y] = field.at(x, y);
        }
        box_blur(column, radius, scratch);
        for (std::size_t y = 0; y < size.height; ++y) {
            field.at(x, y) = column[y];
        }
    }
}

}  // namespace

float Field::sample(Point point) const {
    const double x = std::clamp(point.x, 0.0, static_cast<double>(size_.width - 1));
    const double y = std::clamp(point.y, 0.0, static_cast<double>(size_.height - 1));
    const auto left = static_cast<std::size_t>(x);
    const auto top = static_cast<std::size_t>(y);
    const std::size_t right = std::min(left + 1, size_.width - 1);
    const std::size_t bottom = std::min(top + 1, size_.height - 1);
    const auto u = static_cast<float>(x - static_cast<double>(left));
    const auto v = static_cast<float>(y - static_cast<double>(top));
    return std::lerp(std::lerp(at(left, top), at(right, top), u), std::lerp(at(left, bottom), at(right, bottom), u), v);
}

Field smooth_noise(Size size, std::size_t radius, Random& random) {
    Field noise(size);
    for (float& value : noise.values()) {
        value = static_cast<float>(random.normal());
    }
    blur(noise, radius);
    blur(noise, radius);
    double power = 0.0;
    for (const float value : noise.values()) {
        power += static_cast<double>(value) * static_cast<double>(value);
    }
    const double scale = power > 0.0 ? 1.0 / std::sqrt(power / static_cast<double>(size.area())) : 0.0;
    for (float& value : noise.values()) {
        value *= static_cast<float>(scale);
    }
    return noise;
}

}  // namespace sekimori::lab::fingers
