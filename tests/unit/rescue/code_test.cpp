// SPDX-License-Identifier: Apache-2.0
#include "session_lock/rescue/code.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "crypto/system.hpp"
#include "tests/unit/rescue/counting_rng.hpp"

namespace sekimori::rescue {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string drawn(Rng& rng) {
    const auto code = draw_code(rng);
    EXPECT_TRUE(code);
    return code ? std::string(code->view()) : std::string();
}

std::string read(std::string_view typed) {
    const auto code = read_code(typed);
    return code ? std::string(code->view()) : std::string();
}

TEST(RescueCode, IsReadAsItWasPrinted) {
    crypto::SystemRng rng;
    std::set<std::string> all;
    for (int i = 0; i < 200; ++i) {
        const auto code = draw_code(rng);
        ASSERT_TRUE(code);
        const SecureBytes printed = in_groups(*code);
        EXPECT_EQ(printed.size(), 24U);
        EXPECT_EQ(printed.view()[4], '-');
        EXPECT_EQ(read(printed.view()), code->view());
        all.emplace(code->view());
    }
    EXPECT_EQ(all.size(), 200U);
}

TEST(RescueCode, EachLetterIsAsLikelyAsAnyOther) {
    std::set<char> seen;
    for (int first = 0; first < 256; ++first) {
        CountingRng rng(static_cast<std::uint8_t>(first));
        seen.insert(drawn(rng).front());
    }
    EXPECT_EQ(seen.size(), kLetters.size());
}

TEST(RescueCode, WhatPeopleMistakeDoesNotMatter) {
    CountingRng rng;
    const std::string code = drawn(rng);
    ASSERT_EQ(code.substr(0, 4), "0123");
    std::string typed = "oI" + code.substr(2);
    for (char& c : typed) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_EQ(read(typed), code);
    EXPECT_EQ(read("Ol" + code.substr(2)), code);
    EXPECT_EQ(read("  0-1 " + code.substr(2) + " "), code);
}

TEST(RescueCode, AnyWrongLetterIsFoundBeforeItIsAGuess) {
    crypto::SystemRng rng;
    const std::string code = drawn(rng);
    for (std::size_t at = 0; at < code.size(); ++at)
        for (const char other : kLetters) {
            if (other == code[at]) continue;
            std::string typed = code;
            typed[at] = other;
            EXPECT_EQ(read(typed), "") << at << other;
        }
}

TEST(RescueCode, WhatIsNoCode) {
    CountingRng rng;
    const std::string code = drawn(rng);
    for (const std::string& typed :
         {std::string(), std::string(" - "), code.substr(1), code + "0", code.substr(1) + "U", code.substr(1) + "\n",
          code + std::string(200, ' '), std::string(20, '\0')}) {
        const auto got = read_code(typed);
        ASSERT_FALSE(got) << typed;
        EXPECT_EQ(got.error().code, ErrorCode::malformed);
        EXPECT_EQ(got.error().message.find(code.substr(1)), std::string::npos);
    }
}

TEST(RescueCode, NoRandomBytesNoCode) {
    DryRng rng;
    EXPECT_FALSE(draw_code(rng));
}

}  // namespace
}  // namespace sekimori::rescue
