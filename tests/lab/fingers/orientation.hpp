// SPDX-License-Identifier: Apache-2.0
// The flow of a finger's ridges: the zero-pole model (Sherlock and Monro, 1993) with a smooth random perturbation.
#pragma once

#include <vector>

#include "tests/lab/fingers/field.hpp"

namespace sekimori::lab::fingers {

enum class Pattern { left_loop, right_loop, whorl, tented_arch };

struct Wave {
    double kx;         // radians a pixel
    double ky;         // radians a pixel
    double phase;      // radians
    double amplitude;  // radians of ridge direction
};

struct OrientationField {
    std::vector<Point> cores;   // each turns the direction by half the angle around it
    std::vector<Point> deltas;  // each turns it back
    std::vector<Wave> waves;

    // The ridges' direction at a point in image coordinates (y grows downwards), radians in [0, pi), 0 = along x.
    [[nodiscard]] double at(Point point) const;
};

// A random field whose cores lie near the middle of a print of this size.
[[nodiscard]] OrientationField random_orientation(Size size, Random& random);

}  // namespace sekimori::lab::fingers
