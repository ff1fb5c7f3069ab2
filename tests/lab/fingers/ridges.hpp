// SPDX-License-Identifier: Apache-2.0
// Ridges grown along an orientation field from sparse seeds, after Cappelli's SFinGe (2000): where two growths meet out
// of phase, a minutia is born.
#pragma once

#include "tests/lab/fingers/field.hpp"
#include "tests/lab/fingers/orientation.hpp"

namespace sekimori::lab::fingers {

// Precondition: period_px > 2. Values near +1 on ridges and -1 in valleys. Takes some 0.5 s for a 288x320 field.
// Not thread-safe (FFTW's planner).
[[nodiscard]] Field grow_ridges(Size size, const OrientationField& orientation, double period_px, Random& random);

}  // namespace sekimori::lab::fingers
