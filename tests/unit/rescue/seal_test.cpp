// SPDX-License-Identifier: Apache-2.0
#include "session_lock/rescue/seal.hpp"

#include <gtest/gtest.h>

#include "session_lock/rescue/code.hpp"
#include "tests/unit/rescue/counting_rng.hpp"

namespace sekimori::rescue {
namespace {

class SealTest : public testing::Test {
  protected:
    CountingRng rng_;
    SecureBytes code_{*draw_code(rng_)};
    Seal seal_{*seal(code_, rng_)};
};

TEST_F(SealTest, OpensForItsCodeAlone) {
    EXPECT_TRUE(open_seal(seal_, code_));
    CountingRng other(77);
    const auto refused = open_seal(seal_, *draw_code(other));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::mismatch);
}

TEST_F(SealTest, TheSameCodeTwiceLooksDifferent) { EXPECT_NE(seal(code_, rng_)->hash, seal_.hash); }

TEST_F(SealTest, IsReadAsItWasWritten) {
    const std::string text = write_seal(seal_);
    EXPECT_LE(text.size(), kMaxSeal);
    EXPECT_EQ(text.find(code_.view()), std::string::npos);
    const auto again = read_seal(text);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, seal_);
}

TEST_F(SealTest, AnythingElseIsNoSeal) {
    const std::string text = write_seal(seal_);
    for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(read_seal(text.substr(0, size))) << size;
    EXPECT_FALSE(read_seal(text + "\n"));
    for (std::size_t at = 18; at < text.size(); ++at) {
        std::string damaged = text;
        damaged[at] = 'g';
        EXPECT_FALSE(read_seal(damaged)) << at;
    }
    const auto later = read_seal("sekimori-rescue 2\n" + text.substr(18));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::unsupported);
}

TEST_F(SealTest, NoRandomBytesNoSeal) {
    DryRng dry;
    EXPECT_FALSE(seal(code_, dry));
}

}  // namespace
}  // namespace sekimori::rescue
