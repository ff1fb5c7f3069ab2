// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <set>

#include "tests/lab/fingers/finger.hpp"
#include "tests/lab/fingers/fixtures.hpp"
#include "tests/lab/fingers/orientation.hpp"
#include "tests/lab/fingers/random.hpp"
#include "tests/unit/lab/finger_folder.hpp"

namespace sekimori::lab::fingers {
namespace {

bool same(const Field& left, const Field& right) { return std::ranges::equal(left.values(), right.values()); }

TEST(FingerRandom, IsTheSamePublishedSequenceEverywhere) {
    // The reference implementation's first outputs for seed 0.
    Random random(0);
    EXPECT_EQ(random.bits(), 0xE220A8397B1DCDAFU);
    EXPECT_EQ(random.bits(), 0x6E789E6AA1B965F4U);
}

TEST(FingerRandom, HasTheStatedDistributions) {
    Random random(7);
    double sum = 0.0;
    double squares = 0.0;
    constexpr int draws = 20000;
    for (int i = 0; i < draws; ++i) {
        const double uniform = random.uniform(-2.0, 3.0);
        EXPECT_GE(uniform, -2.0);
        EXPECT_LT(uniform, 3.0);
        const double normal = random.normal();
        sum += normal;
        squares += normal * normal;
    }
    EXPECT_NEAR(sum / draws, 0.0, 0.05);
    EXPECT_NEAR(squares / draws, 1.0, 0.05);
}

TEST(FingerField, SamplesBetweenPixelsAndBeyondEdges) {
    Field field({2, 2});
    field.at(1, 0) = 1.0F;
    field.at(0, 1) = 2.0F;
    field.at(1, 1) = 3.0F;
    EXPECT_FLOAT_EQ(field.sample({0.5, 0.5}), 1.5F);
    EXPECT_FLOAT_EQ(field.sample({-4.0, 9.0}), 2.0F);
    EXPECT_FLOAT_EQ(field.sample({9.0, 9.0}), 3.0F);
}

TEST(FingerField, NoiseIsSmoothAndOfVarianceOne) {
    Random random(3);
    const Field noise = smooth_noise({64, 48}, 5, random);
    double power = 0.0;
    double steps = 0.0;
    for (std::size_t y = 0; y < 48; ++y) {
        for (std::size_t x = 0; x + 1 < 64; ++x) {
            power += noise.at(x, y) * noise.at(x, y);
            steps += std::pow(noise.at(x + 1, y) - noise.at(x, y), 2);
        }
    }
    EXPECT_NEAR(power / (48.0 * 63.0), 1.0, 0.1);
    EXPECT_LT(steps, power / 10.0);
}

TEST(FingerOrientation, TurnsHalfAroundACore) {
    const OrientationField field{{{100.0, 100.0}}, {}, {}};
    // Across a core's two sides the ridges are at right angles to each other.
    const double east = field.at({120.0, 100.5});
    const double west = field.at({80.0, 100.5});
    EXPECT_NEAR(std::fabs(std::sin(east - west)), 1.0, 0.1);
}

TEST(FingerOrientation, IsADirectionEverywhere) {
    Random random(11);
    const OrientationField field = random_orientation(master_size, random);
    for (double y = 0; y < 320; y += 7) {
        for (double x = 0; x < 288; x += 7) {
            const double direction = field.at({x, y});
            EXPECT_GE(direction, 0.0);
            EXPECT_LT(direction, std::numbers::pi);
        }
    }
}

TEST(FingerGenerator, TheSameSeedIsTheSameFinger) {
    const FingerSeed seed = screened_fingers[0];
    const Field first = grow_master(seed);
    EXPECT_TRUE(same(first, grow_master(seed)));
    EXPECT_EQ(press_finger(first, seed, PressNumber{4}), press_finger(first, seed, PressNumber{4}));
}

TEST(FingerGenerator, EveryPressIsAnotherPicture) {
    const FingerSeed seed = screened_fingers[1];
    const Field master = grow_master(seed);
    EXPECT_NE(press_finger(master, seed, PressNumber{0}), press_finger(master, seed, PressNumber{1}));
}

TEST(FingerGenerator, MastersAreRidgesAndDiffer) {
    const Field one = grow_master(screened_fingers[0]);
    const Field other = grow_master(screened_fingers[1]);
    EXPECT_FALSE(same(one, other));
    const auto strong = std::ranges::count_if(one.values(), [](float value) { return std::fabs(value) > 0.5F; });
    EXPECT_GT(strong, static_cast<std::ptrdiff_t>(master_size.area() / 2));
}

TEST(FingerGenerator, APressIsAnEllipseOnALightGround) {
    const FingerSeed seed = screened_fingers[2];
    const GreyImage image = press_finger(grow_master(seed), seed, PressNumber{0});
    ASSERT_EQ(image.pixels.size(), print_size.area());
    EXPECT_EQ(image.pixels.front(), 255);
    EXPECT_EQ(image.pixels.back(), 255);
    const auto dark = std::ranges::count_if(image.pixels, [](std::uint8_t grey) { return grey < 100; });
    EXPECT_GT(dark, static_cast<std::ptrdiff_t>(print_size.area() / 5));
}

TEST(FingerFixtures, AreAtLeastTwelveDifferentFingers) {
    const std::set<FingerSeed> different(screened_fingers.begin(), screened_fingers.end());
    EXPECT_EQ(different.size(), screened_fingers.size());
    EXPECT_GE(different.size(), 12U);
}

TEST(FingerCache, GrowsOnceAndGivesTheSame) {
    const TemporaryFolder folder;
    const MasterCache cache(folder.path() / "made" / "here");
    const auto grown = cache.master(FingerSeed{5});
    ASSERT_TRUE(grown) << grown.error().message;
    const auto kept = MasterCache(folder.path() / "made" / "here").master(FingerSeed{5});
    ASSERT_TRUE(kept);
    EXPECT_TRUE(same(*grown, *kept));
    EXPECT_TRUE(same(*grown, grow_master(FingerSeed{5})));
}

TEST(FingerCache, GrowsADamagedFileAgain) {
    const TemporaryFolder folder;
    const MasterCache cache(folder.path());
    const auto grown = cache.master(FingerSeed{6});
    ASSERT_TRUE(grown);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        std::filesystem::resize_file(entry.path(), 1000);
    }
    const auto again = cache.master(FingerSeed{6});
    ASSERT_TRUE(again);
    EXPECT_TRUE(same(*grown, *again));
}

TEST(FingerCache, SaysWhichFolderCannotBeMade) {
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "file") << "in the way";
    const auto master = MasterCache(folder.path() / "file").master(FingerSeed{1});
    ASSERT_FALSE(master);
    EXPECT_EQ(master.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace sekimori::lab::fingers
