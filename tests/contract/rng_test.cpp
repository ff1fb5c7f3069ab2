// SPDX-License-Identifier: Apache-2.0
// What every Rng keeps to.
#include <gtest/gtest.h>

#include <set>

#include "crypto/system.hpp"
#include "tests/contract/fakes.hpp"

namespace sekimori {
namespace {

template <class Type>
class RngContract : public testing::Test {
  protected:
    Type rng{};
};
using Rngs = testing::Types<fakes::FakeRng, crypto::SystemRng>;
TYPED_TEST_SUITE(RngContract, Rngs);

TYPED_TEST(RngContract, FillsEveryByte) {
    // A byte that stays 0 in eight fills in a row has chance 2^-64.
    std::array<std::uint8_t, 100> any{};
    for (int i = 0; i < 8; ++i) {
        std::array<std::uint8_t, 100> bytes{};
        ASSERT_TRUE(this->rng.fill(bytes));
        for (std::size_t at = 0; at < bytes.size(); ++at) any[at] |= bytes[at];
    }
    for (const std::uint8_t byte : any) EXPECT_NE(byte, 0);
}

TYPED_TEST(RngContract, TouchesNothingElse) {
    std::array<std::uint8_t, 48> bytes{};
    ASSERT_TRUE(this->rng.fill(std::span(bytes).subspan(16, 16)));
    for (std::size_t at = 0; at < 16; ++at) {
        EXPECT_EQ(bytes[at], 0);
        EXPECT_EQ(bytes[at + 32], 0);
    }
}

TYPED_TEST(RngContract, NoIdComesTwice) {
    std::set<PersonId> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto id = this->rng.template draw<PersonId>();
        ASSERT_TRUE(id);
        EXPECT_TRUE(id->valid());
        EXPECT_TRUE(seen.insert(*id).second);
    }
}

TYPED_TEST(RngContract, NothingIsEasyAndMuchIsPossible) {
    ASSERT_TRUE(this->rng.fill({}));
    std::vector<std::uint8_t> much(1 << 20);
    ASSERT_TRUE(this->rng.fill(much));
    EXPECT_NE(much.back() | much[much.size() / 2] | much[much.size() - 2] | much[much.size() - 3], 0);
}

TEST(FakeRng, CanFail) {
    fakes::FakeRng rng;
    rng.failing = true;
    EXPECT_EQ(rng.draw<PersonId>().error().code, ErrorCode::io);
}

}  // namespace
}  // namespace sekimori
