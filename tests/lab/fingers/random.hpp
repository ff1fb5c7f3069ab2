// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same on every platform (the distributions of <random> are not).
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace sekimori::lab::fingers {

// SplitMix64 (Steele, Lea, Flood 2014): any 64-bit seed is a good one. Not for cryptography.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    // In [low, high).
    double uniform(double low, double high) {
        return low + (high - low) * static_cast<double>(bits() >> 11U) * 0x1.0p-53;
    }

    // Mean 0, variance 1 (Box and Muller).
    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform(0.0, 1.0)));
        return radius * std::cos(uniform(0.0, 2.0 * std::numbers::pi));
    }

  private:
    std::uint64_t state_;
};

}  // namespace sekimori::lab::fingers
