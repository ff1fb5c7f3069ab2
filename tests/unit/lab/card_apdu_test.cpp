// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/tlv.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

TEST(CardApdu, FourCasesInShortForm) {
    EXPECT_FALSE(parse_command(hex("00200080"))->le);
    EXPECT_EQ(parse_command(hex("00B0000000"))->le, 256U);
    EXPECT_EQ(parse_command(hex("00A4020C02000A"))->data, hex("000A"));
    const auto four = parse_command(hex("00CB3FFF055C035FC10500"));
    EXPECT_EQ(four->data, hex("5C035FC105"));
    EXPECT_EQ(four->le, 256U);
}

TEST(CardApdu, ExtendedForm) {
    EXPECT_EQ(parse_command(hex("00B00000000000"))->le, 65536U);
    const auto four = parse_command(hex("00870711000003AABBCC0100"));
    EXPECT_EQ(four->data, hex("AABBCC"));
    EXPECT_EQ(four->le, 256U);
}

TEST(CardApdu, LengthsThatDoNotAddUpAreRefused) {
    for (const char* bad : {"", "00", "00A404", "00A4040C05AABB", "00A4040C01AABBCC", "00A4040C0000"}) {
        EXPECT_FALSE(parse_command(hex(bad))) << bad;
    }
}

TEST(CardApdu, LongAnswersComeInParts) {
    AnswerQueue queue;
    Command command;
    command.le = 256;
    const Bytes first = queue.start(Bytes(600, 0xAB), command);
    EXPECT_EQ(first.size(), 258U);
    EXPECT_EQ(status_of(first), 0x6100);  // 344 wait
    EXPECT_EQ(status_of(queue.next(command)), 0x6158);
    command.le = 0x58;
    EXPECT_EQ(queue.next(command).size(), 0x5AU);
    EXPECT_EQ(status_of(queue.next(command)), sw::ok);
}

TEST(CardApdu, ChainJoinsPartsOfOneCommandOnly) {
    CommandChain chain;
    EXPECT_FALSE(chain.add(*parse_command(hex("1087079A02AABB"))));
    const auto whole = chain.add(*parse_command(hex("0087079A01CC00")));
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->data, hex("AABBCC"));
    EXPECT_EQ(whole->le, 256U);

    EXPECT_FALSE(chain.add(*parse_command(hex("1087079A02AABB"))));
    const auto other = chain.add(*parse_command(hex("00CB3FFF01CC00")));
    ASSERT_TRUE(other);
    EXPECT_EQ(other->data, hex("CC"));
}

TEST(CardApdu, EndlessChainOverflows) {
    CommandChain chain;
    const Bytes part = hex("1087079AFF" + std::string(510, '0'));
    for (int i = 0; i < 100 && !chain.overflowed(); ++i) EXPECT_FALSE(chain.add(*parse_command(part)));
    EXPECT_TRUE(chain.overflowed());
}

TEST(CardTlv, LengthsOfEverySize) {
    for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
        const auto parsed = parse_tlvs(tlv(0x5FC105, Bytes(size, 0x11)));
        ASSERT_TRUE(parsed) << size;
        ASSERT_EQ(parsed->size(), 1U);
        EXPECT_EQ(parsed->front().tag, 0x5FC105U);
        EXPECT_EQ(parsed->front().value.size(), size);
    }
}

TEST(CardTlv, MalformedIsRefused) {
    for (const char* bad : {"7C", "7C01", "7C81", "7C8400000001AA", "5F", "5FFFFF", "7C80"}) {
        EXPECT_FALSE(parse_tlvs(hex(bad))) << bad;
    }
}

}  // namespace
}  // namespace sekimori::lab
