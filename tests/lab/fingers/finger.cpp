// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/fingers/finger.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/lab/fingers/orientation.hpp"
#include "tests/lab/fingers/random.hpp"
#include "tests/lab/fingers/ridges.hpp"

namespace sekimori::lab::fingers {
namespace {

constexpr double pi = std::numbers::pi;

// A rigid motion and a slow wave: where on the master a pixel of the press lies.
struct Skin {
    double angle;
    Point shift;
    Wave stretch_x;
    Wave stretch_y;

    [[nodiscard]] Point on_master(Point pixel) const {
        const double x = pixel.x - print_size.width / 2.0;
        const double y = pixel.y - print_size.height / 2.0;
        const double turned_x = std::cos(angle) * x - std::sin(angle) * y + shift.x;
        const double turned_y = std::sin(angle) * x + std::cos(angle) * y + shift.y;
        const auto bend = [&](const Wave& wave) {
            return wave.amplitude * std::sin(wave.kx * turned_x + wave.ky * turned_y + wave.phase);
        };
        return {turned_x + bend(stretch_x) + master_size.width / 2.0,
                turned_y + bend(stretch_y) + master_size.height / 2.0};
    }
};

Wave random_stretch(Random& random) {
    const double k = 2.0 * pi / random.uniform(180.0, 360.0);
    const double heading = random.uniform(0.0, 2.0 * pi);
    const double phase = random.uniform(0.0, 2.0 * pi);
    return {k * std::cos(heading), k * std::sin(heading), phase, random.uniform(0.5, 2.2)};
}

Skin random_skin(Random& random) {
    const double angle = random.uniform(-8.0, 8.0) * pi / 180.0;
    const double dx = random.uniform(-9.0, 9.0);
    const double dy = random.uniform(-9.0, 9.0);
    const Wave stretch_x = random_stretch(random);
    const Wave stretch_y = random_stretch(random);
    return {angle, {dx, dy}, stretch_x, stretch_y};
}

// 1 inside the contact area, 0 outside, soft over some 5 px.
double contact(Point pixel, Point centre) {
    const double x = (pixel.x - centre.x) / (print_size.width * 0.46);
    const double y = (pixel.y - centre.y) / (print_size.height * 0.47);
    return std::clamp((1.0 - std::sqrt(x * x + y * y)) * 24.0, 0.0, 1.0);
}

}  // namespace

Field grow_master(FingerSeed seed) {
    Random random(static_cast<std::uint64_t>(seed));
    const OrientationField orientation = random_orientation(master_size, random);
    const double period_px = random.uniform(8.6, 9.4);
    return grow_ridges(master_size, orientation, period_px, random);
}

GreyImage press_finger(const Field& master, FingerSeed seed, PressNumber press) {
    Random mixer(static_cast<std::uint64_t>(seed) ^ 0x5052455353ULL);  // "PRESS": not the master's own sequence
    Random random(mixer.bits() + static_cast<std::uint64_t>(press) * 0xD1342543DE82EF95ULL);
    const Skin skin = random_skin(random);
    const double pressure = random.uniform(-0.12, 0.12);
    const double centre_x = print_size.width / 2.0 + random.uniform(-5.0, 5.0);
    const double centre_y = print_size.height / 2.0 + random.uniform(-5.0, 5.0);
    const Field moisture = smooth_noise(print_size, 14, random);
    const Field pores = smooth_noise(print_size, 1, random);

    GreyImage image{print_size.width, print_size.height, std::vector<std::uint8_t>(print_size.area())};
    for (std::size_t y = 0; y < print_size.height; ++y) {
        for (std::size_t x = 0; x < print_size.width; ++x) {
            const Point pixel{static_cast<double>(x), static_cast<double>(y)};
            const double ridge = static_cast<double>(master.sample(skin.on_master(pixel))) + pressure +
                                 0.10 * static_cast<double>(moisture.at(x, y));
            const double ink = std::tanh(1.6 * ridge) + 0.16 * static_cast<double>(pores.at(x, y));
            const double grey = 255.0 - contact(pixel, {centre_x, centre_y}) * (127.0 + 100.0 * ink);
            image.pixels[y * print_size.width + x] = static_cast<std::uint8_t>(std::clamp(grey, 0.0, 255.0));
        }
    }
    return image;
}

}  // namespace sekimori::lab::fingers
