// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/apdu.hpp"

#include <gtest/gtest.h>

#include "tests/unit/smartcard/bytes.hpp"

namespace sekimori::smartcard {
namespace {

using test::hex;
using test::repeat;

TEST(Apdu, EncodesTheFourCases) {
    const auto data = hex("A1A2");
    const auto text = [](const Command& command) { return to_hex(CommandBytes::encode(command)->span()); };
    EXPECT_EQ(text({0x00, 0x20, 0x00, 0x80}), "00200080");
    EXPECT_EQ(text({0x00, 0xb0, 0x01, 0x02, {}, std::uint16_t{32}}), "00b0010220");
    EXPECT_EQ(text({0x00, 0xa4, 0x02, 0x0c, data}), "00a4020c02a1a2");
    EXPECT_EQ(text({0x00, 0xa4, 0x02, 0x0c, data, std::uint16_t{256}}), "00a4020c02a1a200");
}

TEST(Apdu, RefusesWhatIsTooLong) {
    const std::vector<std::uint8_t> data(256);
    EXPECT_EQ(CommandBytes::encode({0, 0, 0, 0, data}).error().code, ErrorCode::too_large);
    EXPECT_EQ(CommandBytes::encode({0, 0, 0, 0, {}, std::uint16_t{257}}).error().code, ErrorCode::too_large);
    EXPECT_EQ(CommandBytes::encode({0, 0, 0, 0, {}, std::uint16_t{0}}).error().code, ErrorCode::too_large);
    EXPECT_TRUE(CommandBytes::encode({0, 0, 0, 0, std::span(data).first(255), std::uint16_t{256}}).has_value());
}

TEST(Apdu, ParsesWhatItEncodes) {
    const auto data = hex("0102030405");
    for (const Command& command : {Command{1, 2, 3, 4}, Command{1, 2, 3, 4, {}, std::uint16_t{256}},
                                   Command{1, 2, 3, 4, data}, Command{1, 2, 3, 4, data, std::uint16_t{7}}}) {
        const auto bytes = CommandBytes::encode(command);
        const auto parsed = parse_command(bytes->span());
        ASSERT_TRUE(parsed.has_value());
        EXPECT_EQ(to_hex(parsed->data), to_hex(command.data));
        EXPECT_EQ(parsed->le, command.le);
        EXPECT_EQ(parsed->ins, command.ins);
    }
}

TEST(Apdu, CommandsThatDoNotAddUpAreMalformed) {
    for (const char* text : {"", "00A404", "00A4040002A1", "00A40400020102 0304", "00A4040000 0102"})
        EXPECT_EQ(parse_command(hex(text)).error().code, ErrorCode::malformed) << text;
    EXPECT_FALSE(parse_command(hex(repeat("00", 300))).has_value());
}

TEST(Apdu, AnswersNeedAStatusWordAndAreShort) {
    EXPECT_EQ(parse_answer({}).error().code, ErrorCode::malformed);
    EXPECT_EQ(parse_answer(hex("90")).error().code, ErrorCode::malformed);
    EXPECT_EQ(parse_answer(hex("9000"))->status, 0x9000);
    const auto most = hex(repeat("AA", 256) + "6A82");
    EXPECT_EQ(parse_answer(most)->data.size(), 256U);
    EXPECT_EQ(parse_answer(most)->status, 0x6a82);
    EXPECT_EQ(parse_answer(hex(repeat("AA", 257) + "9000")).error().code, ErrorCode::too_large);
}

TEST(Apdu, StatusWordsWithACount) {
    EXPECT_EQ(more_waiting(0x6110), 0x10);
    EXPECT_EQ(more_waiting(0x6100), 256);
    EXPECT_EQ(more_waiting(0x9000), std::nullopt);
    EXPECT_EQ(wrong_le(0x6c20), 0x20);
    EXPECT_EQ(wrong_le(0x6c00), 256);
    EXPECT_EQ(wrong_le(0x6a82), std::nullopt);
    EXPECT_EQ(tries_left(0x63c3), 3);
    EXPECT_EQ(tries_left(0x63c0), 0);
    EXPECT_EQ(tries_left(0x6300), std::nullopt);
}

}  // namespace
}  // namespace sekimori::smartcard
