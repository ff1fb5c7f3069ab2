// SPDX-License-Identifier: Apache-2.0
// The drivers against software cards that share no code with them: what each kind of card says, proves and refuses, and
// how many APDUs that takes.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "smartcard/card/card.hpp"
#include "smartcard/card/lite_s.hpp"
#include "smartcard/card/padding.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/smartcard/lab_visit.hpp"
#include "tests/unit/smartcard/signature.hpp"

namespace sekimori::smartcard {
namespace {

using test::digest_for;
using test::LabVisit;
using test::verifies;
using wire::PinState;
using wire::SignatureScheme;

const lab::Ca& ca() {
    static const lab::Ca made = *lab::Ca::create(lab::KeyKind::P256);
    return made;
}

SecureBytes pin(std::string_view text) {
    return SecureBytes(ByteSpan(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string key_of(const lab::Key& key) { return to_hex(*sha256(key.spki())); }

// ---- PIV

struct PivCase {
    lab::KeyKind kind;
    SignatureScheme scheme;
    unsigned identify_most, sign_9e_most, sign_9a_most;  // APDUs
};
std::ostream& operator<<(std::ostream& out, const PivCase& c) { return out << lab::name_of(c.kind); }

class PivCards : public testing::TestWithParam<PivCase> {
  protected:
    lab::PivCard card_{*lab::new_piv(ca(), {.kind = GetParam().kind})};
    std::string key(std::uint8_t slot) { return key_of(card_.contents().slots.at(slot).key.key()); }
};

TEST_P(PivCards, IdentifyTellsBothKeys) {
    LabVisit visit(card_);
    const auto references = identify(visit);
    ASSERT_TRUE(references.has_value());
    ASSERT_EQ(references->size(), 2U);
    EXPECT_EQ((*references)[0].slot, CardSlot::piv_9e);
    EXPECT_EQ((*references)[0].key.hex(), key(0x9e));
    EXPECT_EQ((*references)[0].pin, PinState::not_needed);
    EXPECT_EQ((*references)[1].slot, CardSlot::piv_9a);
    EXPECT_EQ((*references)[1].key.hex(), key(0x9a));
    EXPECT_EQ((*references)[1].pin, PinState::ready);
    EXPECT_EQ((*references)[1].tries, 3);
    EXPECT_LE(visit.count(), GetParam().identify_most);
    RecordProperty("apdus_identify", static_cast<int>(visit.count()));
}

TEST_P(PivCards, BothKeysSign) {
    const Bytes digest = digest_for(GetParam().scheme);
    for (const CardSlot slot : {CardSlot::piv_9e, CardSlot::piv_9a}) {
        LabVisit visit(card_);
        const SecureBytes secret = needs_pin(slot) ? pin("123456") : SecureBytes{};
        const auto signature = sign(visit, {CardType::piv, slot, GetParam().scheme, digest, secret});
        ASSERT_TRUE(signature.has_value()) << name_of(signature.error().fault);
        const auto& key = card_.contents().slots.at(slot == CardSlot::piv_9a ? 0x9a : 0x9e).key.key();
        EXPECT_TRUE(verifies(key.spki(), GetParam().scheme, digest, *signature));
        EXPECT_FALSE(verifies(key.spki(), GetParam().scheme, digest_for(GetParam().scheme, 0x5b), *signature));
        EXPECT_LE(visit.count(), needs_pin(slot) ? GetParam().sign_9a_most : GetParam().sign_9e_most);
        RecordProperty(needs_pin(slot) ? "apdus_sign_9a" : "apdus_sign_9e", static_cast<int>(visit.count()));
    }
}

TEST_P(PivCards, EnrolmentReadsTheContactlessKeyFirst) {
    LabVisit visit(card_);
    const auto content = read_card(visit, CardSlot::none);
    ASSERT_TRUE(content.has_value());
    EXPECT_EQ(content->reference.slot, CardSlot::piv_9e);
    EXPECT_EQ(content->certificate, card_.contents().slots.at(0x9e).certificate);
    EXPECT_EQ(read_card(visit, CardSlot::piv_9a)->reference.key.hex(), key(0x9a));
    EXPECT_EQ(read_card(visit, CardSlot::jpki_auth).error().fault, CardFault::no_key);
}

INSTANTIATE_TEST_SUITE_P(Keys, PivCards,
                         testing::Values(PivCase{lab::KeyKind::P256, SignatureScheme::ecdsa_p256_sha256, 8, 2, 4},
                                         PivCase{lab::KeyKind::P384, SignatureScheme::ecdsa_p384_sha384, 9, 2, 4},
                                         PivCase{lab::KeyKind::Rsa2048, SignatureScheme::rsa_pkcs1_sha256, 10, 4, 6},
                                         PivCase{lab::KeyKind::Rsa2048, SignatureScheme::rsa_pss_sha256, 10, 4, 6}));

class OnePiv : public testing::Test {
  protected:
    CardResult<Bytes> sign_9a(std::string_view digits) {
        LabVisit visit(card_);
        const Bytes digest = digest_for(SignatureScheme::ecdsa_p256_sha256);
        const SecureBytes secret = pin(digits);
        auto signature =
            sign(visit, {CardType::piv, CardSlot::piv_9a, SignatureScheme::ecdsa_p256_sha256, digest, secret});
        sent_ = visit.commands();
        return signature;
    }
    [[nodiscard]] unsigned tries() { return card_.contents().pin.tries(); }
    lab::PivCard card_{*lab::new_piv(ca(), {})};
    std::vector<Bytes> sent_;
};

TEST_F(OnePiv, AWrongPinCostsOneTryAndTheLastIsKept) {
    EXPECT_EQ(sign_9a("654321").error(), (Failure{CardFault::pin_wrong, 2}));
    EXPECT_EQ(sign_9a("654321").error(), (Failure{CardFault::pin_wrong, 1}));
    EXPECT_EQ(sign_9a("654321").error().fault, CardFault::pin_last_try);
    EXPECT_EQ(sign_9a("123456").error().fault, CardFault::pin_last_try);
    EXPECT_EQ(tries(), 1U);
}

TEST_F(OnePiv, ABlockedPinStaysBlocked) {
    card_.contents().pin.block();
    EXPECT_EQ(sign_9a("123456").error().fault, CardFault::pin_blocked);
    LabVisit visit(card_);
    EXPECT_EQ((*identify(visit))[1].pin, PinState::blocked);
}

TEST_F(OnePiv, AMalformedPinNeverReachesTheCard) {
    for (const char* digits : {"", "12345", "123456789", "12345x"}) {
        EXPECT_EQ(sign_9a(digits).error().fault, CardFault::pin_malformed);
        EXPECT_TRUE(sent_.empty());
    }
    EXPECT_EQ(tries(), 3U);
}

TEST_F(OnePiv, ThePinIsSentOnce) {
    ASSERT_TRUE(sign_9a("123456").has_value());
    EXPECT_EQ(std::ranges::count_if(sent_, [](const Bytes& c) { return c[1] == 0x20 && c.size() > 5; }), 1);
}

// Somebody left the card verified: the PIN that is presented now decides all the same.
TEST_F(OnePiv, ACardLeftVerifiedIsLoggedOutFirst) {
    LabVisit visit(card_);
    const Bytes digest = digest_for(SignatureScheme::ecdsa_p256_sha256);
    const SecureBytes right = pin("123456"), wrong = pin("000000");
    const auto order = [&](const SecureBytes& secret) {
        return SignOrder{CardType::piv, CardSlot::piv_9a, SignatureScheme::ecdsa_p256_sha256, digest, secret};
    };
    ASSERT_TRUE(sign(visit, order(right)).has_value());
    EXPECT_EQ(sign(visit, order(wrong)).error().fault, CardFault::pin_wrong);
}

TEST_F(OnePiv, WithoutAPinTheCardRefuses) {
    LabVisit visit(card_);
    visit.meddle = [](ByteSpan command, Bytes answer) -> CardResult<Bytes> {
        if (command[1] == 0x20 && command.size() > 5) return Bytes{0x90, 0x00};  // the VERIFY did not happen
        return answer;
    };
    const Bytes digest = digest_for(SignatureScheme::ecdsa_p256_sha256);
    const SecureBytes wrong = pin("999999");
    EXPECT_EQ(
        sign(visit, {CardType::piv, CardSlot::piv_9a, SignatureScheme::ecdsa_p256_sha256, digest, wrong}).error().fault,
        CardFault::pin_missing);
}

TEST_F(OnePiv, ADigestOfAnotherSizeIsUnsupported) {
    const SecureBytes none;
    for (const auto scheme : {SignatureScheme::ecdsa_p384_sha384, SignatureScheme::rsa_pkcs1_sha256}) {
        LabVisit visit(card_);
        const Bytes digest(20, 0);
        EXPECT_EQ(sign(visit, {CardType::piv, CardSlot::piv_9e, scheme, digest, none}).error().fault,
                  CardFault::unsupported);
    }
}

TEST_F(OnePiv, ASlotOfAnotherKindIsUnsupported) {
    LabVisit visit(card_);
    const Bytes digest(32, 0);
    const SecureBytes none;
    const auto scheme = SignatureScheme::ecdsa_p256_sha256;
    for (const auto& [type, slot] : {std::pair{CardType::piv, CardSlot::jpki_auth},
                                     {CardType::jpki, CardSlot::piv_9e},
                                     {CardType::lite_s, CardSlot::none},
                                     {CardType::idm, CardSlot::piv_9a},
                                     {CardType::piv, CardSlot::none}})
        EXPECT_EQ(sign(visit, {type, slot, scheme, digest, none}).error().fault, CardFault::unsupported);
    EXPECT_EQ(visit.count(), 0U);
}

TEST(Piv, OneSlotOnly) {
    for (const std::uint8_t slot : {lab::piv::authentication, lab::piv::card_authentication}) {
        lab::PivCard card(*lab::new_piv(ca(), {.slots = {slot}}));
        LabVisit visit(card);
        const auto references = identify(visit);
        ASSERT_EQ(references->size(), 1U);
        const CardSlot wanted = slot == 0x9a ? CardSlot::piv_9a : CardSlot::piv_9e;
        EXPECT_EQ(references->front().slot, wanted);
        EXPECT_EQ(read_card(visit, CardSlot::none)->reference.slot, wanted);
    }
}

TEST(Piv, NoSlotAtAll) {
    lab::PivCard card(*lab::new_piv(ca(), {.slots = {}}));
    LabVisit visit(card);
    EXPECT_EQ(identify(visit).error().fault, CardFault::no_key);
    EXPECT_EQ(read_card(visit, CardSlot::none).error().fault, CardFault::no_key);
}

TEST(Piv, APackedCertificate) {
    lab::PivCard card(*lab::new_piv(ca(), {.encoding = lab::CertificateEncoding::Gzip}));
    LabVisit visit(card);
    EXPECT_EQ(read_card(visit, CardSlot::piv_9e)->certificate, card.contents().slots.at(0x9e).certificate);
    card.contents().slots.at(0x9e).certificate = Bytes(200'000, 0x30);
    EXPECT_EQ(read_card(visit, CardSlot::piv_9e).error().fault, CardFault::unreadable);
}

TEST(Piv, AnOversizeCertificateIsUnreadable) {
    lab::PivCard card(*lab::new_piv(ca(), {.certificate = lab::CertificateKind::Oversize}));
    LabVisit visit(card);
    EXPECT_EQ(identify(visit).error().fault, CardFault::unreadable);
}

// ---- JPKI

class Jpki : public testing::Test {
  protected:
    static lab::JpkiContents fresh(const lab::NewJpki& wanted = {}) { return *lab::new_jpki(ca(), wanted); }
    CardResult<Bytes> sign_with(std::string_view digits) {
        LabVisit visit(card_);
        const SecureBytes secret = pin(digits);
        const Bytes digest = digest_for(SignatureScheme::rsa_pkcs1_sha256);
        auto signature =
            sign(visit, {CardType::jpki, CardSlot::jpki_auth, SignatureScheme::rsa_pkcs1_sha256, digest, secret});
        apdus_ = visit.count();
        return signature;
    }
    void TearDown() override {
        EXPECT_FALSE(card_.forbidden_touched());
        EXPECT_EQ(card_.signature_tries(), 5U);
    }
    lab::JpkiCard card_{fresh()};
    unsigned apdus_{0};
};

TEST_F(Jpki, Identify) {
    LabVisit visit(card_);
    const auto references = identify(visit);
    ASSERT_TRUE(references.has_value()) << name_of(references.error().fault);
    ASSERT_EQ(references->size(), 1U);
    EXPECT_EQ(references->front().type, CardType::jpki);
    EXPECT_EQ(references->front().slot, CardSlot::jpki_auth);
    EXPECT_EQ(references->front().key.hex(), key_of(card_.contents().key.key()));
    EXPECT_EQ(references->front().pin, PinState::ready);
    EXPECT_EQ(references->front().tries, 3);
    EXPECT_LE(visit.count(), 14U);
    RecordProperty("apdus_identify", static_cast<int>(visit.count()));
}

TEST_F(Jpki, Signs) {
    const auto signature = sign_with("1234");
    ASSERT_TRUE(signature.has_value()) << name_of(signature.error().fault);
    EXPECT_TRUE(verifies(card_.contents().key.key().spki(), SignatureScheme::rsa_pkcs1_sha256,
                         digest_for(SignatureScheme::rsa_pkcs1_sha256), *signature));
    EXPECT_LE(apdus_, 6U);
    RecordProperty("apdus_sign", static_cast<int>(apdus_));
}

TEST_F(Jpki, Pins) {
    EXPECT_EQ(sign_with("").error().fault, CardFault::pin_malformed);
    EXPECT_EQ(sign_with("123456").error().fault, CardFault::pin_malformed);
    EXPECT_EQ(apdus_, 0U);
    EXPECT_EQ(sign_with("0000").error(), (Failure{CardFault::pin_wrong, 2}));
    EXPECT_EQ(sign_with("0000").error(), (Failure{CardFault::pin_wrong, 1}));
    EXPECT_EQ(sign_with("1234").error().fault, CardFault::pin_last_try);
    card_.contents().pin.block();
    EXPECT_EQ(sign_with("1234").error().fault, CardFault::pin_blocked);
}

TEST_F(Jpki, ACardWithoutPins) {
    card_.contents().auth_pin = lab::AuthPin::Absent;
    EXPECT_EQ(sign_with("1234").error().fault, CardFault::pin_missing);
    LabVisit visit(card_);
    EXPECT_EQ(identify(visit)->front().pin, PinState::missing);
}

TEST_F(Jpki, TheFirstCommandMayFail) {
    card_.contents().first_command = lab::FirstCommand::Fails;
    EXPECT_TRUE(sign_with("1234").has_value());
    LabVisit visit(card_);
    EXPECT_TRUE(identify(visit).has_value());
}

TEST_F(Jpki, OnlyPlasticCards) {
    for (const char* label : {"JPKIAPGPSETOKEN", "JPKIAPIOSTOKEN", "JPKIAPICCTOKEN", "", "JPKIAPICCTOKEN22"}) {
        card_.contents().label = label;
        LabVisit visit(card_);
        EXPECT_EQ(identify(visit).error().fault, CardFault::no_application) << label;
    }
    card_.contents().label = std::string("JPKIAPICCTOKEN2\0\0  ", 19);
    LabVisit visit(card_);
    EXPECT_TRUE(identify(visit).has_value());
}

TEST_F(Jpki, SignsPkcs1OverSha256Only) {
    const SecureBytes secret = pin("1234");
    for (const auto scheme : {SignatureScheme::rsa_pss_sha256, SignatureScheme::ecdsa_p384_sha384}) {
        LabVisit visit(card_);
        const Bytes digest = digest_for(scheme);
        EXPECT_EQ(sign(visit, {CardType::jpki, CardSlot::jpki_auth, scheme, digest, secret}).error().fault,
                  CardFault::unsupported);
    }
}

TEST_F(Jpki, EnrolmentReadsTheWholeCertificate) {
    LabVisit visit(card_);
    EXPECT_EQ(read_card(visit, CardSlot::none)->certificate, card_.contents().certificate);
    EXPECT_EQ(read_card(visit, CardSlot::piv_9a).error().fault, CardFault::no_key);
}

TEST_F(Jpki, AnOversizeCertificateIsUnreadable) {
    lab::NewJpki oversize;
    oversize.certificate = lab::CertificateKind::Oversize;
    card_.contents().certificate = fresh(oversize).certificate;
    LabVisit visit(card_);
    EXPECT_EQ(identify(visit).error().fault, CardFault::unreadable);
    card_.contents().certificate.clear();
    LabVisit again(card_);
    EXPECT_EQ(identify(again).error().fault, CardFault::no_key);
}

}  // namespace
}  // namespace sekimori::smartcard
