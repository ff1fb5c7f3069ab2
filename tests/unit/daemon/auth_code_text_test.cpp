// SPDX-License-Identifier: Apache-2.0
// The text of a code: what is shown can be typed, as people type.
#include <gtest/gtest.h>

#include "crypto/system.hpp"
#include "daemon/auth/code_text.hpp"

namespace sekimori::daemon {
namespace {

SecureBytes bytes(std::string_view text) {
    return SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

TEST(CodeText, IsReadAsItIsShownAndNothingElseIs) {
    crypto::SystemRng rng;
    for (int i = 0; i < 100; ++i) {
        const auto code = draw_code(rng);
        ASSERT_TRUE(code);
        const auto read = read_code(code->shown().span());
        ASSERT_TRUE(read);
        EXPECT_EQ(read->whole.view(), code->whole.view());
        EXPECT_EQ(read->handle, code->handle);
        EXPECT_EQ(code->shown().size(), 14U);
    }
    for (const char* text : {"", "AAAA-AAAA-AAA", "AAAA-AAAA-AAAAA", "AAAA-AAAA-AAAU", "AAAA-AAAA-AAA\xe3", "1234"})
        EXPECT_FALSE(read_code(bytes(text).span())) << text;
    EXPECT_EQ(read_code(bytes("oooo-iill-0000").span())->whole.view(), "000011110000");
}

}  // namespace
}  // namespace sekimori::daemon
