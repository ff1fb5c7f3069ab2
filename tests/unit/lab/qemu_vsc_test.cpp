// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/qemu/vsc.hpp"

#include <gtest/gtest.h>

namespace sekimori::lab {
namespace {

TEST(Vsc, HelloAsQemuWantsIt) {
    EXPECT_EQ(to_hex(encode_vsc_init()),
              "00000001000000000000000C56534344"
              "0000000200000000");
}

TEST(Vsc, AMessageIsTypeReaderLengthAndBody) {
    EXPECT_EQ(to_hex(encode_vsc(Vsc::Atr, Bytes{0x3B, 0x80}).value()), "0000000500000000000000023B80");
    EXPECT_EQ(to_hex(encode_vsc(Vsc::CardRemove, {}).value()), "000000060000000000000000");
    EXPECT_EQ(to_hex(encode_vsc_error(kVscGeneralError)), "00000002000000000000000400000001");
}

TEST(Vsc, BodiesAreBounded) {
    EXPECT_TRUE(encode_vsc(Vsc::Apdu, Bytes(kMaxVscBody)));
    EXPECT_FALSE(encode_vsc(Vsc::Apdu, Bytes(kMaxVscBody + 1)));
}

TEST(Vsc, MessagesAreCutOutOfAStream) {
    Bytes stream = encode_vsc(Vsc::Apdu, Bytes{0x00, 0xA4}).value();
    append(stream, encode_vsc_error(kVscSuccess));
    VscParser parser;
    std::vector<VscMessage> messages;
    // One byte at a time: every place where a read can end.
    for (const std::uint8_t byte : stream) {
        ASSERT_GT(parser.missing(), 0U);
        parser.feed(ByteView(&byte, 1));
        if (auto message = parser.take()) messages.push_back(std::move(*message));
    }
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0], (VscMessage{7, {0x00, 0xA4}}));
    EXPECT_EQ(vsc_error_code(messages[1].body), kVscSuccess);
}

TEST(Vsc, TakesNoByteOfTheNextMessage) {
    Bytes stream = encode_vsc(Vsc::CardRemove, {}).value();
    stream.push_back(0xFF);
    VscParser parser;
    parser.feed(stream);
    EXPECT_EQ(parser.missing(), 0U);
    EXPECT_EQ(parser.take(), (VscMessage{6, {}}));
    EXPECT_EQ(parser.missing(), kVscHeader);
}

TEST(Vsc, AnAbsurdLengthIsNotWaitedFor) {
    VscParser parser;
    parser.feed(from_hex("0000000700000000 FFFFFFFF").value());
    EXPECT_TRUE(parser.broken());
    EXPECT_FALSE(parser.take());
}

TEST(Vsc, ErrorCodesHaveFourBytes) {
    EXPECT_EQ(vsc_error_code(Bytes{0, 0, 1, 2}), 258U);
    EXPECT_FALSE(vsc_error_code(Bytes{0, 0, 0}));
    EXPECT_FALSE(vsc_error_code(Bytes{0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace sekimori::lab
