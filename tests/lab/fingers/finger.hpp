// SPDX-License-Identifier: Apache-2.0
// Synthetic fingers. A finger is a seed; its master print is grown once, and every press of it is a different picture
// of the same ridges. The same build on the same kind of processor gives the same bytes.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/result.hpp"
#include "tests/lab/fingers/field.hpp"
#include "tests/lab/fingers/image.hpp"

namespace sekimori::lab::fingers {

enum class FingerSeed : std::uint64_t {};
enum class PressNumber : std::uint64_t {};

inline constexpr Size print_size{256, 288};
// The master is larger, so that a turned and shifted press still finds ridges.
inline constexpr Size master_size{288, 320};

// Grows the ridges of a finger: +1 on ridges, -1 in valleys, master_size. About 0.5 s.
[[nodiscard]] Field grow_master(FingerSeed seed);

// One press: turned by up to 8 degrees, shifted by up to 9 px, mildly stretched, noisy, cut to an ellipse.
// Precondition: master has master_size.
[[nodiscard]] GreyImage press_finger(const Field& master, FingerSeed seed, PressNumber press);

// Keeps masters as files in a folder of the caller's, which is made if it is missing. A damaged file is grown again;
// several processes may share the folder. The caller removes it.
class MasterCache {
  public:
    explicit MasterCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] Result<Field> master(FingerSeed seed) const;
    [[nodiscard]] Result<GreyImage> press(FingerSeed seed, PressNumber press) const;

  private:
    std::filesystem::path folder_;
};

}  // namespace sekimori::lab::fingers
