// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/fingers/orientation.hpp"

#include <cmath>
#include <numbers>

#include "tests/lab/fingers/random.hpp"

namespace sekimori::lab::fingers {
namespace {

constexpr double pi = std::numbers::pi;

double angle_around(Point centre, Point point) { return std::atan2(centre.y - point.y, point.x - centre.x); }

Point near(Point point, double spread, Random& random) {
    const double dx = random.uniform(-spread, spread);
    const double dy = random.uniform(-spread, spread);
    return {point.x + dx, point.y + dy};
}

// Cores and deltas of the pattern, in pixels from the middle of a 256x288 print.
void place_singularities(OrientationField& field, Pattern pattern, Point middle, Random& random) {
    const auto core = [&](double x, double y) {
        field.cores.push_back(near({middle.x + x, middle.y + y}, 22.0, random));
    };
    const auto delta = [&](double x, double y) {
        field.deltas.push_back(near({middle.x + x, middle.y + y}, 32.0, random));
    };
    switch (pattern) {
        case Pattern::left_loop:
            core(0, -15);
            delta(85, 95);
            break;
        case Pattern::right_loop:
            core(0, -15);
            delta(-85, 95);
            break;
        case Pattern::whorl:
            core(0, -30);
            core(0, 22);
            delta(-95, 90);
            delta(95, 90);
            break;
        case Pattern::tented_arch:
            core(0, -5);
            delta(0, 85);
            break;
    }
}

}  // namespace

double OrientationField::at(Point point) const {
    double direction = 0.0;
    for (const Point& core : cores) {
        direction += 0.5 * angle_around(core, point);
    }
    for (const Point& delta : deltas) {
        direction -= 0.5 * angle_around(delta, point);
    }
    for (const Wave& wave : waves) {
        direction += wave.amplitude * std::cos(wave.kx * point.x + wave.ky * point.y + wave.phase);
    }
    // The angles above have y upwards.
    const double turned = std::fmod(-direction, pi);
    return turned < 0.0 ? std::fmod(turned + pi, pi) : turned;
}

OrientationField random_orientation(Size size, Random& random) {
    OrientationField field;
    const Point middle{static_cast<double>(size.width) / 2.0, static_cast<double>(size.height) / 2.0};
    place_singularities(field, static_cast<Pattern>(random.bits() % 4U), middle, random);
    for (int i = 0; i < 6; ++i) {
        const double k = 2.0 * pi / random.uniform(110.0, 320.0);
        const double heading = random.uniform(0.0, 2.0 * pi);
        const double phase = random.uniform(0.0, 2.0 * pi);
        field.waves.push_back({k * std::cos(heading), k * std::sin(heading), phase, random.uniform(0.08, 0.22)});
    }
    return field;
}

}  // namespace sekimori::lab::fingers
