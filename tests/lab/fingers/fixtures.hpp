// SPDX-License-Identifier: Apache-2.0
// Fingers that the real libfprint matcher tells apart: sekimori-lab-screen enrolled each of them, took further presses
// of each for its own and for nobody else's. Tests take their fingers from here; any other seed may look like a
// neighbour.
#pragma once

#include <array>

#include "tests/lab/fingers/finger.hpp"

namespace sekimori::lab::fingers {

inline constexpr std::array screened_fingers{
    FingerSeed{1},  FingerSeed{2},  FingerSeed{4},  FingerSeed{5},  FingerSeed{6},  FingerSeed{7},
    FingerSeed{8},  FingerSeed{9},  FingerSeed{10}, FingerSeed{12}, FingerSeed{13}, FingerSeed{14},
    FingerSeed{15}, FingerSeed{17}, FingerSeed{18}, FingerSeed{19},
};

}  // namespace sekimori::lab::fingers
