// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/tlv.hpp"

#include <gtest/gtest.h>

#include "tests/unit/smartcard/bytes.hpp"

namespace sekimori::smartcard {
namespace {

using test::hex;
using test::repeat;

TEST(Tlv, ReadsObjectsInOrder) {
    const auto bytes = hex("5A02 0102 7F49 03 AABBCC 53 8180" + repeat("11", 128));
    TlvReader reader(bytes);
    auto first = reader.next();
    EXPECT_EQ(first->tag, 0x5aU);
    EXPECT_EQ(to_hex(first->whole), "5a020102");
    EXPECT_EQ(reader.next()->tag, 0x7f49U);
    EXPECT_EQ(reader.next()->value.size(), 128U);
    EXPECT_TRUE(reader.done());
    EXPECT_FALSE(reader.next().has_value());
}

TEST(Tlv, RefusesBrokenObjects) {
    for (const char* text :
         {"53", "5380", "5302 01", "5382 01", "5384 00000001 00", "1F", "1F81", "1F818181 00", "5383 000001"})
        EXPECT_EQ(TlvReader(hex(text)).next().error().code, ErrorCode::malformed) << text;
    EXPECT_EQ(TlvReader(hex("5383 100000" + repeat("00", 16))).next().error().code, ErrorCode::too_large);
}

TEST(Tlv, CountsObjects) {
    const auto bytes = hex(repeat("5300", kMaxTlvObjects + 1));
    EXPECT_EQ(find(bytes, 0x54).error().code, ErrorCode::too_large);
}

TEST(Tlv, FindLooksAtEverything) {
    EXPECT_EQ(to_hex(**find(hex("7001AA 710100 7001BB"), 0x70)), "aa");
    EXPECT_FALSE(find(hex("7001AA"), 0x71)->has_value());
    EXPECT_FALSE(find(hex("7001AA 7105"), 0x70).has_value());
}

TEST(Tlv, DerIsStricter) {
    for (const char* text : {"308105"
                             "0000000000",
                             "30820001 00", "3F8105",
                             "30 820080"
                             "00"})
        EXPECT_EQ(TlvReader(hex(text), TlvRules::der).next().error().code, ErrorCode::malformed) << text;
    EXPECT_TRUE(TlvReader(hex("3081 80" + repeat("00", 128)), TlvRules::der).next().has_value());
}

TEST(Tlv, SizeOfADerSequence) {
    EXPECT_EQ(*der_sequence_size(hex("30820510"), 4096), 0x514U);
    EXPECT_EQ(*der_sequence_size(hex("30050000"), 4096), 7U);
    EXPECT_EQ(der_sequence_size(hex("30820FFD"), 4096).error().code, ErrorCode::too_large);
    EXPECT_EQ(der_sequence_size(hex("31820510"), 4096).error().code, ErrorCode::malformed);
    EXPECT_EQ(der_sequence_size(hex("3080"), 4096).error().code, ErrorCode::malformed);
    EXPECT_EQ(der_sequence_size(hex("3082"), 4096).error().code, ErrorCode::malformed);
    EXPECT_EQ(der_sequence_size({}, 4096).error().code, ErrorCode::malformed);
}

// version, serial, algorithm, issuer, validity, subject, key, signature's algorithm and value.
std::string certificate(const std::string& fields) {
    const auto wrap = [](const std::string& tag, const std::string& body) {
        constexpr const char* digits = "0123456789ABCDEF";
        const std::size_t size = hex(body).size();
        return tag + digits[size / 16] + digits[size % 16] + body;
    };
    return wrap("30", wrap("30", fields) + "3000" + "030100");
}

TEST(Tlv, SpkiOfACertificate) {
    const std::string after_version =
        "020101"
        "3000"
        "3000"
        "3000"
        "3000"
        "3003020107";
    EXPECT_EQ(to_hex(*spki_of(hex(certificate("A003020102" + after_version)))), "3003020107");
    EXPECT_EQ(to_hex(*spki_of(hex(certificate(after_version)))), "3003020107");  // version 1
}

TEST(Tlv, SpkiOfSomethingElse) {
    const auto bad = [](const std::string& text) { return !spki_of(hex(text)).has_value(); };
    const std::string good = certificate(
        "A003020102"
        "020101"
        "3000"
        "3000"
        "3000"
        "3000"
        "3003020107");
    EXPECT_TRUE(bad(good + "00"));
    EXPECT_TRUE(
        bad(certificate("020101"
                        "3000"
                        "3000"
                        "3000"
                        "3000")));  // cut short
    EXPECT_TRUE(
        bad(certificate("3000"
                        "3000"
                        "3000"
                        "3000"
                        "3000"
                        "3000")));  // no serial number
    EXPECT_TRUE(
        bad(certificate("020101"
                        "3000"
                        "0400"
                        "3000"
                        "3000"
                        "3000")));  // an issuer of another type
    EXPECT_TRUE(bad(""));
    EXPECT_TRUE(bad("3000"));
    for (std::size_t size = 2; size < good.size(); size += 2) EXPECT_TRUE(bad(good.substr(0, size))) << size;
}

}  // namespace
}  // namespace sekimori::smartcard
