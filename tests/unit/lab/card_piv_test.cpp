// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/piv_card.hpp"

#include <openssl/rsa.h>
#include <zlib.h>

#include "tests/lab/cards/new_card.hpp"
#include "tests/lab/cards/tlv.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

constexpr const char* kSelect = "00A4040009A0000003080000100000";
constexpr const char* kTries = "00200080";
constexpr const char* kRightPin = "0020008008313233343536FFFF";
constexpr const char* kWrongPin = "0020008008363534333231FFFF";

const Ca& ca() {
    static const Ca made = Ca::create(KeyKind::P256).value();
    return made;
}

PivCard make(KeyKind kind, CertificateEncoding encoding = CertificateEncoding::Plain) {
    NewPiv wanted;
    wanted.kind = kind;
    wanted.encoding = encoding;
    PivContents contents = new_piv(ca(), wanted).value();
    return PivCard(std::move(contents));
}

void start(Card& card) {
    card.power_on();
    ASSERT_EQ(status_of(card.process(hex(kSelect))), sw::ok);
}

bool verifies(const Key& key, ByteView hash, ByteView signature) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key.get(), nullptr);
    const bool good =
        EVP_PKEY_verify_init(context) == 1 &&
        (!key.is_rsa() || EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1) &&
        (key.is_rsa() || EVP_PKEY_verify(context, signature.data(), signature.size(), hash.data(), hash.size()) == 1);
    EVP_PKEY_CTX_free(context);
    return good;
}

// The signature inside 7C { 82 ... }.
Bytes signature_in(const Bytes& response) {
    EXPECT_EQ(status_of(response), sw::ok) << to_hex(response);
    const auto outer = parse_tlvs(without_status(response));
    const auto inner = parse_tlvs(outer.value().at(0).value);
    return inner.value().at(0).value;
}

std::string authenticate(std::uint8_t algorithm, std::uint8_t reference, ByteView challenge) {
    Bytes inner = tlv(0x82, {});
    append(inner, tlv(0x81, challenge));
    const Bytes data = tlv(0x7C, inner);
    return "0087" + to_hex(Bytes{algorithm, reference, static_cast<std::uint8_t>(data.size())}) + to_hex(data) + "00";
}

TEST(PivCard, SelectAcceptsTheAidWithAndWithoutVersion) {
    PivCard card = make(KeyKind::P256);
    card.power_on();
    EXPECT_EQ(say(card, kSelect).substr(0, 20), "61114F06000010000100");
    EXPECT_EQ(status_of(card.process(hex("00A404000BA00000030800001000010000"))), sw::ok);
    EXPECT_EQ(say(card, "00A404000AD392F00026010000000100"), "6A82");
}

TEST(PivCard, NothingWorksBeforeSelect) {
    PivCard card = make(KeyKind::P256);
    card.power_on();
    EXPECT_EQ(say(card, kTries), "6D00");
    EXPECT_EQ(say(card, "00CB3FFF055C035FC10500"), "6D00");
}

TEST(PivCard, GivesChuidAndCertificates) {
    PivCard card = make(KeyKind::P256);
    start(card);
    const auto chuid = parse_tlvs(without_status(converse(card, hex("00CB3FFF055C035FC10200"))));
    const auto fields = parse_tlvs(chuid.value().at(0).value);
    EXPECT_EQ(find_tlv(*fields, 0x34)->value, card.contents().guid);

    const auto object = parse_tlvs(without_status(converse(card, hex("00CB3FFF055C035FC10100"))));
    ASSERT_EQ(object.value().at(0).tag, 0x53U);
    const auto parts = parse_tlvs(object->at(0).value);
    EXPECT_EQ(find_tlv(*parts, 0x70)->value, card.contents().slots.at(piv::card_authentication).certificate);
    EXPECT_EQ(find_tlv(*parts, 0x71)->value, Bytes{0x00});
    EXPECT_EQ(say(card, "00CB3FFF055C035FC10A00"), "6A82");
    EXPECT_EQ(say(card, "00CB3FFF025C0000"), "6A82");
    EXPECT_EQ(say(card, "00CB3FFF03AA015F00"), "6A80");
}

TEST(PivCard, GzippedCertificateInflatesToTheSame) {
    PivCard card = make(KeyKind::P384, CertificateEncoding::Gzip);
    start(card);
    const auto object = parse_tlvs(without_status(converse(card, hex("00CB3FFF055C035FC10500"))));
    const auto parts = parse_tlvs(object.value().at(0).value);
    EXPECT_EQ(find_tlv(*parts, 0x71)->value, Bytes{0x01});
    Bytes packed = find_tlv(*parts, 0x70)->value;
    Bytes plain(8192);
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, 31), Z_OK);
    stream.next_in = packed.data();
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = plain.data();
    stream.avail_out = static_cast<uInt>(plain.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    plain.resize(stream.total_out);
    inflateEnd(&stream);
    EXPECT_EQ(plain, card.contents().slots.at(piv::authentication).certificate);
}

TEST(PivCard, PinCountsDownOverPowerAndBlocks) {
    PivCard card = make(KeyKind::P256);
    start(card);
    EXPECT_EQ(say(card, kTries), "63C3");
    EXPECT_EQ(say(card, kWrongPin), "63C2");
    card.power_off();
    start(card);
    EXPECT_EQ(say(card, kTries), "63C2");
    EXPECT_EQ(say(card, kRightPin), "9000");
    EXPECT_EQ(say(card, kTries), "9000");
    EXPECT_EQ(say(card, "0020FF80"), "9000");
    EXPECT_EQ(say(card, kTries), "63C3");
    for (const char* left : {"63C2", "63C1", "63C0"}) EXPECT_EQ(say(card, kWrongPin), left);
    EXPECT_EQ(say(card, kRightPin), "6983");
    EXPECT_EQ(say(card, kTries), "6983");
}

TEST(PivCard, MalformedPinIsNotCharged) {
    PivCard card = make(KeyKind::P256);
    start(card);
    for (const char* bad : {"0020008008FFFFFFFFFFFFFFFF", "002000800831323334FFFFFFFF", "0020008006313233343536",
                            "00200080083132333435363FFF", "0020008008313233343536FF31"}) {
        EXPECT_EQ(say(card, bad), "6A80") << bad;
    }
    EXPECT_EQ(say(card, "00200081083132333435363738"), "6A88");
    EXPECT_EQ(say(card, kTries), "63C3");
}

TEST(PivCard, LoginEndsWithPowerAndResetUnlessItIsTheOddCard) {
    PivCard card = make(KeyKind::P256);
    start(card);
    say(card, kRightPin);
    EXPECT_TRUE(card.logged_in());
    card.reset();
    EXPECT_FALSE(card.logged_in());
    card.contents().warm_reset = WarmReset::KeepsLogin;
    start(card);
    say(card, kRightPin);
    card.reset();
    EXPECT_TRUE(card.logged_in());
    card.power_off();
    EXPECT_FALSE(card.logged_in());
}

class PivSigns : public testing::TestWithParam<std::pair<KeyKind, std::uint8_t>> {};

TEST_P(PivSigns, WithAHashAndWithTheRightKey) {
    const auto [kind, algorithm] = GetParam();
    PivCard card = make(kind);
    start(card);
    const Bytes hash(kind == KeyKind::P256 ? 32 : 48, 0x5A);
    const std::string ask = authenticate(algorithm, piv::authentication, hash);
    EXPECT_EQ(say(card, ask), "6982");
    say(card, kRightPin);
    const Key& key = card.contents().slots.at(piv::authentication).key.key();
    EXPECT_TRUE(verifies(key, hash, signature_in(converse(card, hex(ask)))));

    // 9E needs no PIN and has a key of its own.
    say(card, "0020FF80");
    const Bytes possession = signature_in(converse(card, hex(authenticate(algorithm, piv::card_authentication, hash))));
    EXPECT_TRUE(verifies(card.contents().slots.at(piv::card_authentication).key.key(), hash, possession));
    EXPECT_FALSE(verifies(key, hash, possession));
}
INSTANTIATE_TEST_SUITE_P(Curves, PivSigns,
                         testing::Values(std::pair{KeyKind::P256, std::uint8_t{0x11}},
                                         std::pair{KeyKind::P384, std::uint8_t{0x14}}));

TEST(PivCard, RsaByChaining) {
    PivCard card = make(KeyKind::Rsa2048);
    start(card);
    say(card, kRightPin);
    Bytes block(256, 0x11);
    block[0] = 0x00;
    Bytes data = hex("7C820106820081820100");
    append(data, block);
    ASSERT_EQ(data.size(), 266U);
    EXPECT_EQ(say(card, "1087079AFF" + to_hex(ByteView(data).first(255))), "9000");
    const Bytes last = card.process(hex("0087079A0B" + to_hex(ByteView(data).subspan(255)) + "00"));
    EXPECT_EQ(status_of(last), 0x6108);
    EXPECT_EQ(to_hex(ByteView(last).first(8)), "7C82010482820100");
    Bytes signature(last.begin() + 8, last.end() - 2);
    append(signature, without_status(card.process(hex("00C0000008"))));
    ASSERT_EQ(signature.size(), 256U);

    // The public operation gives the block back.
    const Key& key = card.contents().slots.at(piv::authentication).key.key();
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key.get(), nullptr);
    Bytes back(256);
    std::size_t size = back.size();
    ASSERT_EQ(EVP_PKEY_encrypt_init(context), 1);
    ASSERT_EQ(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    ASSERT_EQ(EVP_PKEY_encrypt(context, back.data(), &size, signature.data(), signature.size()), 1);
    EVP_PKEY_CTX_free(context);
    EXPECT_EQ(back, block);
}

TEST(PivCard, TheSigningKeyWantsThePinRightBefore) {
    PivCard card(new_piv(ca(), {.slots = {piv::digital_signature}}).value());
    start(card);
    const Bytes hash(32, 0x01);
    const std::string ask = authenticate(0x11, piv::digital_signature, hash), pin = "0020008008313233343536FFFF";
    EXPECT_EQ(say(card, ask), "6982");
    EXPECT_EQ(say(card, pin), "9000");
    const Key& key = card.contents().slots.at(piv::digital_signature).key.key();
    EXPECT_TRUE(verifies(key, hash, signature_in(card.process(hex(ask)))));
    EXPECT_EQ(say(card, ask), "6982");
    EXPECT_EQ(say(card, pin), "9000");
    EXPECT_EQ(say(card, kTries), "9000");  // still logged in, but something came between
    EXPECT_EQ(say(card, ask), "6982");
}

TEST(PivCard, WrongRequestsAreRefused) {
    PivCard card = make(KeyKind::P256);
    start(card);
    const Bytes hash(32, 0x01);
    EXPECT_EQ(say(card, authenticate(0x14, piv::card_authentication, hash)), "6A86");  // not this key's algorithm
    EXPECT_EQ(say(card, authenticate(0x11, 0x9C, hash)), "6A88");
    EXPECT_EQ(say(card, authenticate(0x11, piv::card_authentication, Bytes(20, 0x01))), "6A80");
    EXPECT_EQ(say(card, "0087119E047C02810000"), "6A80");
    EXPECT_EQ(say(card, "0087119E037C058200"), "6A80");
    EXPECT_EQ(say(card, "80CB3FFF055C035FC10500"), "6E00");
    EXPECT_EQ(say(card, "00FE000000"), "6D00");
}

TEST(PivCard, WrongKeySignerAndReplay) {
    PivCard card = make(KeyKind::P256);
    start(card);
    CardKey& card_key = card.contents().slots.at(piv::card_authentication).key;
    const Bytes hash(32, 0x22);
    const Bytes other(32, 0x33);
    const Bytes first = signature_in(converse(card, hex(authenticate(0x11, 0x9E, hash))));
    ASSERT_TRUE(card_key.set_signing(Signing::Replay));
    EXPECT_EQ(signature_in(converse(card, hex(authenticate(0x11, 0x9E, other)))), first);
    ASSERT_TRUE(card_key.set_signing(Signing::WrongKey));
    EXPECT_FALSE(verifies(card_key.key(), other, signature_in(converse(card, hex(authenticate(0x11, 0x9E, other))))));
}

}  // namespace
}  // namespace sekimori::lab
