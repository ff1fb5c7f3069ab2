// SPDX-License-Identifier: Apache-2.0
#include "protocol/secure_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace sekimori {
namespace {

constexpr std::array<std::uint8_t, 4> kFour{1, 2, 3, 4};

static_assert(!std::is_copy_constructible_v<SecureBytes> && !std::is_copy_assignable_v<SecureBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecureBytes> && std::is_nothrow_move_assignable_v<SecureBytes>);

TEST(SecureBytesTest, NewMemoryIsZero) {
    const SecureBytes bytes(5000);
    ASSERT_EQ(bytes.size(), 5000U);
    EXPECT_TRUE(std::ranges::all_of(bytes.span(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST(SecureBytesTest, NothingIsEmpty) {
    EXPECT_TRUE(SecureBytes().empty());
    EXPECT_TRUE(SecureBytes(std::size_t{0}).empty());
    EXPECT_EQ(SecureBytes().view(), "");
    EXPECT_TRUE(SecureBytes().clone().empty());
}

TEST(SecureBytesTest, AnImpossibleSizeIsEmpty) { EXPECT_EQ(SecureBytes(std::size_t{1} << 60).size(), 0U); }

TEST(SecureBytesTest, HoldsWhatItWasGiven) {
    const SecureBytes bytes(kFour);
    EXPECT_TRUE(std::ranges::equal(bytes.span(), kFour));
    EXPECT_EQ(bytes.view(), "\x01\x02\x03\x04");
}

TEST(SecureBytesTest, AMoveLeavesNothingBehind) {
    SecureBytes first(kFour);
    const std::uint8_t* memory = first.data();
    SecureBytes second(std::move(first));
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    EXPECT_EQ(second.data(), memory) << "the secret was copied";
    SecureBytes third(std::size_t{10});
    third = std::move(second);
    EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(third.data(), memory);
    EXPECT_TRUE(std::ranges::equal(third.span(), kFour));
}

TEST(SecureBytesTest, AMoveToItselfKeepsTheContent) {
    SecureBytes bytes(kFour);
    SecureBytes& same = bytes;
    bytes = std::move(same);
    EXPECT_TRUE(std::ranges::equal(bytes.span(), kFour));
}

TEST(SecureBytesTest, ACloneIsItsOwn) {
    SecureBytes first(kFour);
    const SecureBytes second = first.clone();
    first.data()[0] = 9;
    EXPECT_EQ(second.data()[0], 1);
}

TEST(SecureBytesTest, TruncateWipesTheRest) {
    SecureBytes bytes(kFour);
    const std::uint8_t* memory = bytes.data();
    bytes.truncate(1);
    EXPECT_EQ(bytes.size(), 1U);
    EXPECT_EQ(memory[0], 1);
    EXPECT_EQ(memory[1] | memory[2] | memory[3], 0);
    bytes.truncate(0);
    EXPECT_TRUE(bytes.empty());
    EXPECT_EQ(memory[0], 0);
}

TEST(SecureBytesTest, ClearGivesTheMemoryBack) {
    SecureBytes bytes(kFour);
    bytes.clear();
    EXPECT_TRUE(bytes.empty());
    EXPECT_EQ(bytes.data(), nullptr);
    bytes.clear();
}

TEST(SecureBytesTest, EqualComparesEveryByte) {
    EXPECT_TRUE(SecureBytes::equal(kFour, kFour));
    EXPECT_TRUE(SecureBytes::equal({}, {}));
    EXPECT_FALSE(SecureBytes::equal(kFour, {}));
    EXPECT_FALSE(SecureBytes::equal(kFour, std::span(kFour).first(3)));
    for (std::size_t i = 0; i < kFour.size(); ++i) {
        auto other = kFour;
        other[i] ^= 0x80;
        EXPECT_FALSE(SecureBytes::equal(kFour, other)) << i;
    }
}

TEST(SecureBytesTest, WipeZeroesOrdinaryMemory) {
    auto memory = kFour;
    wipe(memory);
    EXPECT_EQ(memory, (std::array<std::uint8_t, 4>{}));
    wipe({});
}

}  // namespace
}  // namespace sekimori
